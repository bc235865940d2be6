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
