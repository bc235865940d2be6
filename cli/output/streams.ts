import type { Readable, Writable } from 'node:stream';

/** The three streams of a process, or what stands for them in a test. */
export interface Streams {
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(isRaw: boolean): unknown };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

/**
 * Whether a stream gets colours: --no-color first, then FORCE_COLOR and NO_COLOR, then whether it is a terminal.
 * @see https://no-color.org and https://force-color.org
 */
export function hasColors(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv, wanted: boolean): boolean {
  if (!wanted) return false;
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  if (env.NO_COLOR) return false;
  return stream.isTTY === true && env.TERM !== 'dumb';
}
