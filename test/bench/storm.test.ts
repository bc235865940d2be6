import { modelledSeconds } from '../../bench/storm/model';
import { storms } from '../../bench/storm/storms';

beforeEach(() => void jest.spyOn(console, 'log').mockImplementation(() => undefined));
afterEach(() => void jest.restoreAllMocks());

const SETTINGS = { shards: 2, failures: 100, maxConcurrency: 2, load: 10, batches: ['small'] as const, seed: 1 };

describe('a storm of failures', () => {
  test('becomes dead letters, all of them, and takes fewer reads of the mapping by the intake queue', async () => {
    const [calm, each, queued] = await storms(SETTINGS, () => undefined);
    expect([each, queued].map(({ lost, undeliverable, duplicates }) => [lost, undeliverable, duplicates])).toEqual([[0, 0, 0], [0, 0, 0]]);
    expect(calm.mapping.throttles).toBe(0);
    expect(queued.mapping.throttles).toBeLessThan(each.mapping.throttles);
    expect(queued.hydration.throttles).toBeLessThan(each.hydration.throttles);
  });

  test('gives the same figures again', async () => {
    expect(await storms(SETTINGS, () => undefined)).toEqual(await storms(SETTINGS, () => undefined));
  });

  test.each([
    ['the shards', { shards: 4, failures: 1_000, bytes: 1_024, maxConcurrency: 2 }, 127],
    ['the bytes of the shards', { shards: 4, failures: 1_000, bytes: 1_258_291, maxConcurrency: 2 }, 377],
    ['the instances', { shards: 1_000, failures: 100_000, bytes: 1_024, maxConcurrency: 2 }, 4_727],
  ])('is modelled by %s', (_, storm, seconds) => expect(modelledSeconds(storm)).toBeCloseTo(seconds, 0));
});
