import type { Output } from '../../output/output';
import { printable } from '../../output/printable';

/** What is shown of a text where not all of it was asked for. */
const MOST_LINES = 60;
const MOST_CHARACTERS = 8_000;

export interface TextStyle {
  readonly colors: Output['colors'];
  /** Whether all of it is shown, however much it is. */
  readonly isWhole: boolean;
}

/** A text of others as lines for a terminal: only its line breaks break lines, tabs are spaces, and nothing else is acted on. */
export function textLines(text: string, { colors, isWhole }: TextStyle): string[] {
  const shown = isWhole ? text : text.slice(0, MOST_CHARACTERS).split('\n').slice(0, MOST_LINES).join('\n');
  const lines = shown.split(/\r?\n/).map((line) => printable(line.replaceAll('\t', '    ')));
  return shown.length < text.length ? [...lines, colors.dim(`… ${(text.length - shown.length).toLocaleString('en-US')} more characters: --all`)] : lines;
}
