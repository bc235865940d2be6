import { setTimeout as sleep } from 'node:timers/promises';

export interface ConcurrencyOptions<Item> {
  /** How many at a time. */
  readonly concurrency: number;
  /** The most items to begin. */
  readonly limit?: number;
  readonly rate: RateLimit;
  /** Aborted: nothing new is begun, what is under way comes to its end. */
  readonly ending: AbortSignal;
  /** What has the same lane is done one after another, in its order. */
  groupOf?(item: Item): string | undefined;
}

/**
 * Works on items as they come.
 * @throws what the work throws: nothing new is begun then, and what is under way comes to its end before
 */
export async function runConcurrently<Item>(
  items: AsyncIterable<Item>, work: (item: Item) => Promise<void>, options: ConcurrencyOptions<Item>,
): Promise<void> {
  const { concurrency, limit = Infinity, rate, ending } = options;
  const underWay = new Set<Promise<void>>();
  const lanes = new Map<string, Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  let begun = 0;

  const begin = (item: Item) => {
    begun++;
    const lane = options.groupOf?.(item);
    const before = lane === undefined ? undefined : lanes.get(lane);
    const task = (async () => {
      await before;
      // Its turn may come long after it was taken.
      if (before && (ending.aborted || failure)) return;
      await work(item);
    })()
      .catch((error: unknown) => void (failure ??= { error }))
      .finally(() => {
        underWay.delete(task);
        if (lane !== undefined && lanes.get(lane) === task) lanes.delete(lane);
      });
    underWay.add(task);
    if (lane !== undefined) lanes.set(lane, task);
  };

  try {
    for await (const item of items) {
      await rate.turn(ending);
      if (ending.aborted || failure) break;
      begin(item);
      if (begun >= limit) break;
      while (underWay.size >= concurrency) await Promise.race(underWay);
      if (ending.aborted || failure) break;
    }
  } catch (error) {
    failure ??= { error };
  }
  await Promise.all(underWay);
  if (failure) throw failure.error;
}

/** Work that goes on beside other work. */
export class BackgroundWork {
  private readonly underWay = new Set<Promise<void>>();
  private failure: { readonly error: unknown } | undefined;

  constructor(
    /** How much of it may be under way. */
    private readonly most: number,
    private readonly onFailure: () => void,
  ) {}

  /** Comes back when there is room for more. */
  async add(work: Promise<void>): Promise<void> {
    const task: Promise<void> = work
      .catch((error: unknown) => {
        this.failure ??= { error };
        this.onFailure();
      })
      .finally(() => this.underWay.delete(task));
    this.underWay.add(task);
    while (this.underWay.size >= this.most) await Promise.race(this.underWay);
  }

  /** Waits for its end. Returns the first error, if there is one. */
  async end(): Promise<{ readonly error: unknown } | undefined> {
    await Promise.all(this.underWay);
    return this.failure;
  }

  /** Waits until `adding` ends, and then for all that was added. @throws the error of `adding`, or else the first of what was added */
  async endAfter(adding: Promise<void>): Promise<void> {
    let own: Awaited<ReturnType<BackgroundWork['end']>>;
    try {
      await adding;
    } finally {
      own = await this.end();
    }
    if (own) throw own.error;
  }
}

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
