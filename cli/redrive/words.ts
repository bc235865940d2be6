/** A number with its noun: `1 message`, `12,000 messages`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** Enough of an id to name one by, as `ls` shows it. */
export function shortId(id: string): string {
  return id.slice(0, 8);
}
