import timers from 'node:timers/promises';

/** Of the about five `FilterLogEvents` a second of an account and Region: people's consoles need the rest. */
const PER_SECOND = 4;
const LONGEST_MILLIS = 4_000;

/** The turns of calls that share a quota with people: one after another, and slower while AWS throttles. */
export class CallPacer {
  private readonly least: number;
  private interval: number;
  private nextAt = 0;
  private last: Promise<void> = Promise.resolve();

  constructor(perSecond = PER_SECOND) {
    this.least = this.interval = 1_000 / perSecond;
  }

  /** Comes back when it is the caller's turn, in the order of asking. @throws the reason of the signal */
  async turn(signal: AbortSignal): Promise<void> {
    const before = this.last;
    this.last = this.next(before, signal);
    await this.last;
  }

  /** Begins to wait once the turn before is over: then no delay of this machine makes several turns fall on one moment. */
  private async next(before: Promise<void>, signal: AbortSignal): Promise<void> {
    await before.catch(() => undefined);
    signal.throwIfAborted();
    const millis = this.nextAt - Date.now();
    if (millis > 0) await timers.setTimeout(millis, undefined, { signal });
    this.nextAt = Math.max(this.nextAt, Date.now()) + this.interval;
  }

  slowDown(): void {
    this.interval = Math.min(LONGEST_MILLIS, this.interval * 2);
    this.nextAt = Math.max(this.nextAt, Date.now() + this.interval);
  }

  /** Back to the usual pace, in small steps. */
  speedUp(): void {
    this.interval = Math.max(this.least, this.interval * 0.9);
  }
}
