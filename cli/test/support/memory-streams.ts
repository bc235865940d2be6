import { PassThrough, Writable } from 'node:stream';
import type { Streams } from '../../output/streams';

export interface MemoryStreams extends Streams {
  readonly stdin: PassThrough & { isTTY?: boolean };
  /** All that was written so far. */
  readonly out: () => string;
  readonly err: () => string;
}

interface TerminalOptions {
  /** Which of the streams are terminals. Default: none. */
  readonly terminals?: readonly ('stdin' | 'stdout' | 'stderr')[];
  readonly columns?: number;
}

/** Streams that keep what is written to them. */
export function memoryStreams({ terminals = [], columns }: TerminalOptions = {}): MemoryStreams {
  const texts = { stdout: '', stderr: '' };
  const sink = (name: 'stdout' | 'stderr'): Writable & { isTTY: boolean; columns?: number } => Object.assign(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString();
        done();
      },
    }),
    { isTTY: terminals.includes(name), ...(terminals.includes(name) && columns !== undefined && { columns }) },
  );
  return {
    stdin: Object.assign(new PassThrough(), { isTTY: terminals.includes('stdin') }),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    out: () => texts.stdout,
    err: () => texts.stderr,
  };
}
