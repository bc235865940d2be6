import type { Context } from 'aws-lambda';

/** The remaining time of the invocation at which reading ends, and at which writing ends. */
const WRITE_MILLIS = 20_000;
const END_MILLIS = 2_000;

/** Divides the time of an invocation: slow reads leave time to write. */
export class RemainingTime {
  constructor(private readonly context: Pick<Context, 'getRemainingTimeInMillis'>) {}

  /** The remaining time for reading, or for sending to a processor. */
  get readMillis(): number {
    return this.context.getRemainingTimeInMillis() - WRITE_MILLIS;
  }

  /** Aborts when reading, or sending to a processor, must end. */
  readSignal(): AbortSignal {
    return this.until(WRITE_MILLIS);
  }

  /** Aborts when writing must end. */
  writeSignal(): AbortSignal {
    return this.until(END_MILLIS);
  }

  private until(millisBeforeEnd: number): AbortSignal {
    return AbortSignal.timeout(Math.max(1, this.context.getRemainingTimeInMillis() - millisBeforeEnd));
  }
}
