import stringWidth from 'string-width';

/** What the lines of a text that go on are indented by, beside what it is indented by itself. */
const INDENT = 2;

/**
 * Prose for a terminal: lines that are too long are broken between words and go on indented. A word that does not fit a line, such as an
 * ARN, is left whole, so that it can be copied.
 */
export function wrap(text: string, width: number, indent?: number): string {
  return text.split('\n').map((line) => wrappedLine(line, width, indent)).join('\n');
}

function wrappedLine(line: string, width: number, given?: number): string {
  if (stringWidth(line) <= width) return line;
  const indent = given ?? leadingSpaces(line) + INDENT;
  const [first, ...words] = line.slice(leadingSpaces(line)).split(' ');
  const lines = [' '.repeat(leadingSpaces(line)) + first];
  for (const word of words) {
    const joined = `${lines.at(-1)} ${word}`;
    // The value beside a label: on a line of its own it would begin in the same place.
    const isBesideLabel = given !== undefined && stringWidth(lines.at(-1)!) < indent;
    if (isBesideLabel || stringWidth(joined) <= width) lines[lines.length - 1] = joined;
    else lines.push(' '.repeat(indent) + word);
  }
  return lines.map((it) => it.trimEnd()).join('\n');
}

function leadingSpaces(line: string): number {
  return line.length - line.trimStart().length;
}
