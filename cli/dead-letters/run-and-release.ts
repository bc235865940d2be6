import type { Context } from '../context';
import { NOT_COUNTED, type RemainingMessages } from '../queue/remaining-messages';
import type { DeadLetterReader } from './dead-letter-reader';

/** How the work of a command came to its end. */
export interface RunEnd {
  /** What ended it before its end. */
  readonly failure?: { readonly error: unknown };
  readonly remaining: RemainingMessages;
  /** What could not be given back, in words. */
  readonly notReleased?: string;
}

/** Does the work of a command on messages that it has taken, and gives back what is left of them, whatever happens. */
export async function runAndRelease(
  { stopped, aborted }: Context, origin: Pick<DeadLetterReader, 'remaining' | 'close'>, work: () => Promise<void>,
): Promise<RunEnd> {
  let failure: RunEnd['failure'];
  let unreached: RemainingMessages = NOT_COUNTED;
  try {
    await work();
    if (!stopped.aborted) unreached = await origin.remaining(aborted);
  } catch (error) {
    failure = { error };
  }
  return { failure, remaining: unreached, notReleased: await origin.close(aborted) };
}

/** Says which message was hidden no longer while a command worked on it. */
export function warnWhenVisible({ output }: Pick<Context, 'output'>): (deadLetter: { readonly messageId: string }, reason: string) => void {
  return ({ messageId }, reason) => output.warn(`message ${messageId} is visible again (${reason}): another consumer may have it`);
}
