/**
 * What a terminal acts on instead of showing it: control characters, escape sequences among them, what turns the direction of the text
 * around, what has no width (a soft hyphen, a byte order mark), half a character. The joiner that emoji are made of stays.
 */
const UNPRINTABLE = /(?!\u200d)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** The same, but for line breaks and the colours and weights of picocolors, which the tool itself puts into its text. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE_IN_OUR_TEXT = /(?!\u200d|\n|\u001b\[(?:[0-4]|7|9|2[2-9]|3\d|4\d|9\d|10\d)m)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Text from a message or from AWS, safe to print within a line. What does not print becomes `\uXXXX`: in JSON that is the same text
 * again, so that a JSON document stays what it was.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Text of the tool with text of others in it: keeps its line breaks and colours. */
export function printableText(text: string): string {
  return text.replace(UNPRINTABLE_IN_OUR_TEXT, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
