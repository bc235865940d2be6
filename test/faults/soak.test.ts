import { runSoak } from '../../bench/soak/run-soak';

test('a hundred notifications come to rest in one of the two queues, every byte as it was published', async () => {
  const result = await runSoak({ seed: 3, failures: 100, shards: 2, concurrency: 8 });
  expect(result).toMatchObject({ lost: [], wrong: [], sound: true, notifications: 100 });
  expect(result.deadLetters + result.undelivered).toBe(result.failureRecords);
  // An invocation has up to ten failure records.
  expect(Object.values(result.faults).reduce((sum, times) => sum + times)).toBeGreaterThan(50);
});
