import timers from 'node:timers/promises';

/** Of the about five `FilterLogEvents` a second of an account and Region: people's consoles need the rest. */
const PER_SECOND = 4;
const LONGEST_MILLIS = 4_000;

/** The turns of calls that share a quota with people: one after another, and slower while AWS throttles. */
export class CallPacer {
  private readonly least: number;
  private interval: number;
  private nextAt = 0;

  constructor(perSecond = PER_SECOND) {
    this.least = this.interval = 1_000 / perSecond;
  }

  /** Comes back when it is the caller's turn. @throws the reason of the signal */
  async turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const at = Math.max(Date.now(), this.nextAt);
    this.nextAt = at + this.interval;
    if (at > Date.now()) await timers.setTimeout(at - Date.now(), undefined, { signal });
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
