/** The text of one line: more than any dead letter has, less than makes a string fail. */
const MOST_BYTES = 256 * 1_048_576;
const LINE_FEED = 0x0a;

export class TooLongLineError extends Error {
  constructor(readonly lineNumber: number) {
    super(`line ${lineNumber} is longer than ${MOST_BYTES} bytes`);
  }
}

/**
 * The lines of a file, one in memory at a time. Only line feeds end a line: the `readline` of Node.js also splits at U+2028, which is text
 * within JSON.
 */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  let parts: Buffer[] = [];
  let bytes = 0;
  let lineNumber = 1;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      bytes = 0;
      lineNumber++;
      start = end + 1;
    }
    parts.push(chunk.subarray(start));
    bytes += chunk.length - start;
    if (bytes > MOST_BYTES) throw new TooLongLineError(lineNumber);
  }
  if (bytes > 0) yield Buffer.concat(parts);
}
