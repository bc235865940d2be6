/** How fast things went lately, and how long the rest takes at that pace. */
export class Pace {
  private readonly marks: { readonly at: number; readonly done: number }[];

  constructor(
    now: number,
    /** The stretch of time that counts. */
    private readonly windowMillis = 30_000,
  ) {
    this.marks = [{ at: now, done: 0 }];
  }

  update(now: number, done: number): void {
    // A mark a second is enough, however many things are done in it.
    if (now - this.marks.at(-1)!.at < 1_000) return;
    this.marks.push({ at: now, done });
    while (this.marks.length > 2 && now - this.marks[1].at >= this.windowMillis) this.marks.shift();
  }

  /** A second; undefined as long as there is nothing to judge by. */
  rate(now: number, done: number): number | undefined {
    const { at, done: before } = this.marks[0];
    return now - at < 1_000 || done === before ? undefined : ((done - before) * 1_000) / (now - at);
  }

  secondsLeft(now: number, done: number, total: number): number | undefined {
    const rate = this.rate(now, done);
    return rate === undefined ? undefined : Math.max(0, Math.ceil((total - done) / rate));
  }
}

export function durationText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor((seconds % 3_600) / 60)];
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

/** `12.3/s, 1m 40s left`, as far as it can be told. */
export function paceText(pace: Pace, now: number, done: number, total: number | undefined): string {
  const rate = pace.rate(now, done);
  if (rate === undefined) return '';
  const left = total === undefined || done >= total ? undefined : pace.secondsLeft(now, done, total);
  return [`${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`, ...(left === undefined ? [] : [`${durationText(left)} left`])].join(', ');
}
