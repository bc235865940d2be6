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

/** Why a command was told to stop, for whoever waits at the terminal: the reason of its signal, where a person gave the signal. */
export class Stopping extends Error {
  /** As of every call that a signal cuts off. */
  readonly name = 'AbortError';

  constructor() {
    super('stopping: what is under way comes to its end; once more to stop at once');
  }
}
