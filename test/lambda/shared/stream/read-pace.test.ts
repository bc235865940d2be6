import { ReadPace } from '../../../../lambda/shared/stream/read-pace';

const { signal } = new AbortController();

describe('the pace of reads', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => void jest.useRealTimers());

  test('lets a shard be read at once that was not read before', async () => {
    const pace = new ReadPace(2);
    expect(pace.millisUntilReady('a')).toBe(0);
    await pace.turn('a', signal);
  });

  test.each([[1, 333], [2, 667], [6, 2_000], [1_000, 2_000]])('of %d instances pauses each of them for %d milliseconds', async (instances, millis) => {
    const pace = new ReadPace(instances);
    await pace.turn('a', signal);
    expect(Math.round(pace.millisUntilReady('a'))).toBe(millis);
    expect(pace.millisUntilReady('b')).toBe(0);
  });

  test.each([[100_000, 667], [1_258_291, 2_000], [104_857_600, 20_000]])('pauses a shard that gave %d bytes for %d milliseconds', async (bytes, millis) => {
    const pace = new ReadPace(2);
    await pace.turn('a', signal);
    pace.used('a', bytes);
    expect(Math.round(pace.millisUntilReady('a'))).toBe(millis);
  });

  test('waits before the next read', async () => {
    const pace = new ReadPace(6);
    await pace.turn('a', signal);
    let isOver = false;
    const turn = pace.turn('a', signal).then(() => void (isOver = true));
    await jest.advanceTimersByTimeAsync(1_999);
    expect(isOver).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    await turn;
  });

  test('ends a wait with the time of the invocation', async () => {
    const pace = new ReadPace(30);
    await pace.turn('a', signal);
    await expect(pace.turn('a', AbortSignal.abort(new Error('over')))).rejects.toThrow();
  });
});
