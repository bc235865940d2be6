import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs waits and record ages faster than the wall clock. It does not change time stamps: events, failure records and stream records
 * have wall time. At speed 60, a record is a minute old after one second, and a backoff of one minute takes one second.
 */
export class Clock {
  constructor(readonly speed: number = 1) {
    if (!(speed > 0 && Number.isFinite(speed))) {
      throw new Error(`clock speed must be a finite number above 0, got: ${speed}`);
    }
  }

  /** Simulated milliseconds that have passed since a wall-clock time. */
  age(wallMillis: number): number {
    return (Date.now() - wallMillis) * this.speed;
  }

  /** Waits for simulated milliseconds. An aborted signal ends the wait early, without an error. */
  async sleep(millis: number, signal?: AbortSignal): Promise<void> {
    try {
      await sleep(millis / this.speed, undefined, { signal });
    } catch (error) {
      if (!signal?.aborted) throw error;
    }
  }
}

/** Returns a function that gives the wall-clock milliseconds since its last call. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const before = last;
    last = performance.now();
    return Math.round(last - before);
  };
}
