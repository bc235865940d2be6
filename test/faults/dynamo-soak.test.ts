import { runSoak } from '../../bench/soak/run-soak';
import { itNeedsJava } from '../support/java';

itNeedsJava('a hundred notifications of a table come to rest in one of the two queues, every change to the character', async () => {
  const result = await runSoak({ source: 'dynamodb', seed: 3, failures: 100, concurrency: 8 });
  expect(result).toMatchObject({ lost: [], wrong: [], sound: true, notifications: 100 });
  expect(result.deadLetters + result.undelivered).toBe(result.failureRecords);
  // An invocation has up to ten failure records.
  expect(Object.values(result.faults).reduce((sum, times) => sum + times)).toBeGreaterThan(50);
});
