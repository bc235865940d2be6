import { setTimeout as sleep } from 'node:timers/promises';

/** So many a second, one after another: what was not used in time is not made up for. */
export class RateLimit {
  private nextAt = 0;

  constructor(
    /** None: no limit. */
    private readonly perSecond: number | undefined,
    private readonly now: () => number = () => performance.now(),
    private readonly wait: (millis: number, signal: AbortSignal) => Promise<unknown> = async (millis, signal) => sleep(millis, undefined, { signal }),
  ) {}

  /** Comes back when it is the caller's turn, or at once when there is none any more. */
  async turn(stopped: AbortSignal): Promise<void> {
    if (this.perSecond === undefined || stopped.aborted) return;
    const at = Math.max(this.now(), this.nextAt);
    this.nextAt = at + 1_000 / this.perSecond;
    await this.wait(at - this.now(), stopped).catch(() => undefined);
  }
}
