import type { Context } from 'aws-lambda';

/** What must be left of an invocation when reading ends, and when writing ends, to end it in good order. */
const WRITE_MILLIS = 20_000;
const END_MILLIS = 2_000;

/** The time of an invocation, shared out: what is slow leaves time to write. */
export class RemainingTime {
  constructor(private readonly context: Pick<Context, 'getRemainingTimeInMillis'>) {}

  /** How long reading, or sending to a processor, may still take. */
  get readMillis(): number {
    return this.context.getRemainingTimeInMillis() - WRITE_MILLIS;
  }

  /** Aborted when reading, or sending to a processor, has to end. */
  readSignal(): AbortSignal {
    return this.until(WRITE_MILLIS);
  }

  /** Aborted when writing has to end. */
  writeSignal(): AbortSignal {
    return this.until(END_MILLIS);
  }

  private until(millisBeforeEnd: number): AbortSignal {
    return AbortSignal.timeout(Math.max(1, this.context.getRemainingTimeInMillis() - millisBeforeEnd));
  }
}
