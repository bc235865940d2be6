import promises from 'node:timers/promises';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  isCleared: boolean;
}

const { setImmediate: real } = globalThis;

/** Time that waits do not take: when all work waits, the clock goes on to the end of the shortest wait. Work itself takes no time. */
export class VirtualTime {
  private millis = 0;
  private order = 0;
  private readonly timers: Timer[] = [];

  readonly now = (): number => this.millis;

  /** Runs work whose timers are these of the process, until it ends. All its code must wait by timers only. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const restore = this.install();
    try {
      let isDone = false;
      const result = work().finally(() => { isDone = true; });
      // Rejections are reported by the caller.
      result.catch(() => undefined);
      for (;;) {
        // Lets all that does not wait for a timer go on first.
        await new Promise((resolve) => real(resolve));
        if (isDone) return await result;
        const timer = this.pop();
        if (!timer) throw new Error('the work waits for something other than a timer');
        if (timer.isCleared) continue;
        this.millis = Math.max(this.millis, timer.at);
        timer.run();
      }
    } finally {
      restore();
    }
  }

  async sleep(millis: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const timer = this.add(millis, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      const onAbort = () => {
        timer.isCleared = true;
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  private install(): () => void {
    const { performance, Date: { now: dateNow } } = globalThis;
    const saved = { sleep: promises.setTimeout, timeout: AbortSignal.timeout, performanceNow: performance.now };
    const epoch = dateNow();
    promises.setTimeout = (async (millis: number, value: unknown, options?: { signal?: AbortSignal }) => {
      await this.sleep(millis, options?.signal);
      return value;
    }) as typeof promises.setTimeout;
    AbortSignal.timeout = (millis: number) => {
      const controller = new AbortController();
      this.add(millis, () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')));
      return controller.signal;
    };
    performance.now = this.now;
    Date.now = () => epoch + this.millis;
    return () => {
      promises.setTimeout = saved.sleep;
      AbortSignal.timeout = saved.timeout;
      performance.now = saved.performanceNow;
      Date.now = dateNow;
    };
  }

  private add(millis: number, run: () => void): Timer {
    const timer = { at: this.millis + Math.max(0, millis), order: this.order++, run, isCleared: false };
    const { timers } = this;
    let index = timers.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(timer, timers[parent])) break;
      timers[index] = timers[parent];
      index = parent;
    }
    timers[index] = timer;
    return timer;
  }

  private pop(): Timer | undefined {
    const { timers } = this;
    const [first] = timers;
    const last = timers.pop();
    if (!last || timers.length === 0) return first;
    let index = 0;
    for (let child = 1; child < timers.length; child = 2 * index + 1) {
      if (child + 1 < timers.length && isBefore(timers[child + 1], timers[child])) child++;
      if (!isBefore(timers[child], last)) break;
      timers[index] = timers[child];
      index = child;
    }
    timers[index] = last;
    return first;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Random numbers from 0 to 1, the same for each run with a seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
