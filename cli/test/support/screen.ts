/** What a terminal shows in the end after all that was written to it, as far as bars and lines go. It fails at what it does not know. */
export function screen(written: string): string[] {
  const lines: string[] = [''];
  let [row, column] = [0, 0];
  let saved = [0, 0];
  // eslint-disable-next-line no-control-regex
  for (const [token, final] of written.matchAll(/\u001b\[[?\d;]*([A-Za-z])|\u001b[78]|[^]/g)) {
    if (token === '\u001b7') saved = [row, column];
    else if (token === '\u001b8') [row, column] = saved;
    else if (token === '\r' || token === '\u001b[1G') column = 0;
    else if (token === '\n') [row, column] = [row + 1, 0];
    else if (final === 'K') lines[row] = token === '\u001b[2K' ? '' : lines[row].slice(0, column);
    else if (final === 'm' || token === '\u001b[?25l' || token === '\u001b[?25h') continue;
    else if (final !== undefined) throw new Error(`the screen knows no ${JSON.stringify(token)}`);
    else lines[row] = lines[row].slice(0, column).padEnd(column) + token + lines[row].slice(++column);
    lines[row] ??= '';
  }
  return lines.map((line) => line.trimEnd());
}
