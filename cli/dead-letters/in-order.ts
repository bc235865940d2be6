/** An item with what was found out about it. */
export interface Checked<Item, Result> {
  readonly item: Item;
  readonly result: Result;
}

/**
 * Checks items as they come, several at a time, and gives each with its result, in their order: the first as soon as it is checked, although
 * those after it are not.
 * @throws what a check throws, in its place
 */
export async function* checkedInOrder<Item, Result>(
  items: AsyncIterable<Item>, check: (item: Item) => Promise<Result>, most: number,
): AsyncGenerator<Checked<Item, Result>, void, void> {
  const iterator = items[Symbol.asyncIterator]();
  const pending: { readonly item: Item; readonly settled: Promise<void>; done?: () => Result }[] = [];
  let end: { readonly failure?: { readonly error: unknown } } | undefined;
  let next: Promise<void> | undefined;
  const pull = async (): Promise<void> => {
    const { done, value: item } = await iterator.next();
    if (done) {
      end = {};
      return;
    }
    const entry: (typeof pending)[number] = {
      item,
      settled: check(item).then(
        (result) => void (entry.done = () => result),
        (error: unknown) => void (entry.done = () => {
          throw error;
        }),
      ),
    };
    pending.push(entry);
  };
  try {
    for (;;) {
      if (!next && !end && pending.length < most) {
        next = pull().catch((error: unknown) => void (end = { failure: { error } })).finally(() => (next = undefined));
      }
      const [first] = pending;
      if (!first && !next) {
        if (end?.failure) throw end.failure.error;
        return;
      }
      await Promise.race([...(first ? [first.settled] : []), ...(next ? [next] : [])]);
      if (!first?.done) continue;
      pending.shift();
      yield { item: first.item, result: first.done() };
    }
  } finally {
    // What is under way there comes to its end, so that nothing is received after it.
    await next;
    await iterator.return?.();
  }
}

/** Lets so many pass at a time. */
export class Gate {
  private readonly waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.free === 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.free--;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}
