/** A number with its noun: `1 message`, `12,000 messages`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** Which of a number is meant: `which`, `all of which`, `2 of which`. */
export function ofWhich(part: number, whole: number): string {
  if (part < whole) return `${part.toLocaleString('en-US')} of which`;
  return part === 1 ? 'which' : 'all of which';
}

/** What is said of messages whose dead letter is in another message as well: after a notification that came twice, or an import. */
export function duplicatesText(repeats: number, all: number): string {
  const verb = repeats === 1 ? 'is' : 'are';
  return `${repeats.toLocaleString('en-US')} of these ${count(all, 'message')} ${verb} the same failure as another one: each is handled separately.`;
}

/** Enough of an id to name one by, as `ls` shows it. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}

/** What a queue, a function or a stream is called where it is plain which account and region are meant: ARNs and URLs fill whole lines. */
export function shortName(name: string): string {
  if (/^https?:\/\//.test(name)) return name.split('/').at(-1) || name;
  if (!name.startsWith('arn:')) return name;
  const [, , , , , ...resource] = name.split(':');
  // Of a function alias or version belong to it; of a stream the kind does.
  return (resource[0] === 'function' ? resource.slice(1) : resource).join(':') || name;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB'] as const;

/** A number of bytes in few characters: 512 B, 1.4 KiB, 12 MiB. */
export function shortSize(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1_024 ** step;
  return `${step === 0 || value >= 10 ? Math.round(value) : value.toFixed(1)} ${UNITS[step]}`;
}
