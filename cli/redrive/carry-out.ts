import type { Context } from '../context';
import { NOT_ASKED, type Unreached } from '../queue/unreached';
import type { LetterOrigin } from './letter-origin';

/** How the work of a command came to its end. */
export interface Ended {
  /** What ended it before its end. */
  readonly failure?: { readonly error: unknown };
  readonly unreached: Unreached;
  /** What could not be given back, in words. */
  readonly notReleased?: string;
}

/** Does the work of a command on messages that it has taken, and gives back what is left of them, whatever happens. */
export async function carryOut(
  { stopped, aborted }: Context, origin: Pick<LetterOrigin, 'unreached' | 'close'>, work: () => Promise<void>,
): Promise<Ended> {
  let failure: Ended['failure'];
  let unreached: Unreached = NOT_ASKED;
  try {
    await work();
    if (!stopped.aborted) unreached = await origin.unreached(aborted);
  } catch (error) {
    failure = { error };
  }
  return { failure, unreached, notReleased: await origin.close(aborted) };
}

/** Says which message was hidden no longer while a command worked on it. */
export function warnOfLost({ output }: Pick<Context, 'output'>): (letter: { readonly messageId: string }, reason: string) => void {
  return ({ messageId }, reason) => output.warn(`message ${messageId} is hidden no longer (${reason}): somebody else may have it`);
}
