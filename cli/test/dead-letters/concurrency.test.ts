import { BackgroundWork, type ConcurrencyOptions, RateLimit, runConcurrently } from '../../dead-letters/concurrency';

async function* upTo(count: number): AsyncGenerator<number> {
  for (let item = 0; item < count; item++) yield item;
}

const optionsOf = (more: Partial<ConcurrencyOptions<number>> = {}): ConcurrencyOptions<number> => ({
  concurrency: 3, rate: new RateLimit(undefined), ending: new AbortController().signal, ...more,
});

const soon = () => new Promise((resolve) => setImmediate(resolve));

test('does so much at a time, and no more', async () => {
  let [now, most, done] = [0, 0, 0];
  await runConcurrently(upTo(20), async () => {
    most = Math.max(most, ++now);
    await soon();
    now--;
    done++;
  }, optionsOf());
  expect([most, done]).toEqual([3, 20]);
});

test('takes no more from the source than it can begin', async () => {
  let taken = 0;
  async function* source() {
    for (;;) yield taken++;
  }
  const ending = new AbortController();
  let done = 0;
  await runConcurrently(source(), async () => {
    await soon();
    if (++done === 5) ending.abort();
  }, optionsOf({ ending: ending.signal }));
  expect(taken).toBeLessThanOrEqual(5 + 3 + 1);
});

test('begins no more than the limit', async () => {
  const done: number[] = [];
  await runConcurrently(upTo(20), async (item) => void done.push(item), optionsOf({ limit: 4 }));
  expect(done).toEqual([0, 1, 2, 3]);
});

test('brings what is under way to its end before it throws what one of them threw', async () => {
  const done: number[] = [];
  const work = runConcurrently(upTo(20), async (item) => {
    await soon();
    if (item === 1) throw new Error('one');
    for (let turn = 0; turn < 5; turn++) await soon();
    done.push(item);
  }, optionsOf());
  await expect(work).rejects.toThrow('one');
  expect(done.sort()).toEqual([0, 2]);
});

test('brings what is under way to its end before it throws what the source threw', async () => {
  let done = 0;
  async function* source() {
    yield 1;
    throw new Error('the source');
  }
  await expect(runConcurrently(source(), async () => {
    await soon();
    done++;
  }, optionsOf())).rejects.toThrow('the source');
  expect(done).toBe(1);
});

test('does what is in one lane one after another, and other lanes meanwhile', async () => {
  const order: string[] = [];
  await runConcurrently(upTo(6), async (item) => {
    order.push(`+${item}`);
    for (let turn = 0; turn <= (item % 2) * 3; turn++) await soon();
    order.push(`-${item}`);
  }, optionsOf({ groupOf: (item) => String(item % 2) }));
  for (const lane of [[0, 2, 4], [1, 3, 5]]) {
    expect(order.filter((step) => lane.includes(Number(step.slice(1))))).toEqual(lane.flatMap((item) => [`+${item}`, `-${item}`]));
  }
});

test('does not begin what waits in its lane when it is ended', async () => {
  const ending = new AbortController();
  const done: number[] = [];
  await runConcurrently(upTo(3), async (item) => {
    done.push(item);
    await soon();
    ending.abort();
  }, optionsOf({ groupOf: () => 'one', ending: ending.signal }));
  expect(done).toEqual([0]);
});

describe('a steady rate', () => {

  test('gives turns one after another, and does not make up for what was not used', async () => {
    let now = 0;
    const waits: number[] = [];
    const rate = new RateLimit(4, () => now, async (millis) => {
      waits.push(millis);
      now += millis;
    });
    const { signal } = new AbortController();
    for (let turn = 0; turn < 3; turn++) await rate.turn(signal);
    now += 10_000;
    for (let turn = 0; turn < 3; turn++) await rate.turn(signal);
    expect(waits).toEqual([0, 250, 250, 0, 250, 250]);
  });

  test('keeps nobody who is stopped', async () => {
    const stop = new AbortController();
    const rate = new RateLimit(0.001);
    await rate.turn(stop.signal);
    const turn = rate.turn(stop.signal);
    stop.abort();
    await turn;
    await rate.turn(stop.signal);
  });
});

describe('work in the background', () => {
  test('goes on beside other work, until there is no room', async () => {
    const ends: (() => void)[] = [];
    const begin = () => new Promise<void>((resolve) => void ends.push(resolve));
    const work = new BackgroundWork(2, () => undefined);
    await work.add(begin());
    let hasRoom = false;
    const second = work.add(begin()).then(() => (hasRoom = true));
    await soon();
    expect(hasRoom).toBe(false);
    ends[0]();
    await second;
    ends[1]();
    expect(await work.end()).toBeUndefined();
  });

  test('says when some of it fails, and gives the first error once all of it has ended', async () => {
    const failures: string[] = [];
    const work = new BackgroundWork(10, () => failures.push('failed'));
    let isOver = false;
    await work.add(Promise.reject(new Error('first')));
    await work.add(soon().then(() => Promise.reject(new Error('second'))));
    await work.add(soon().then(soon).then(() => void (isOver = true)));
    expect(await work.end()).toEqual({ error: new Error('first') });
    expect([isOver, failures]).toEqual([true, ['failed', 'failed']]);
  });
  test('ends after what adds to it, whose error comes before its own', async () => {
    const work = new BackgroundWork(10, () => undefined);
    let isOver = false;
    await work.endAfter(work.add(soon().then(() => void (isOver = true))));
    expect(isOver).toBe(true);
    await work.add(Promise.reject(new Error('own')));
    await expect(work.endAfter(Promise.resolve())).rejects.toThrow('own');
    await expect(work.endAfter(Promise.reject(new Error('adding')))).rejects.toThrow('adding');
  });
});
