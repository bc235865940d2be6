import { runCaptureSoak } from '../../bench/soak/run-capture-soak';

test('a hundred and fifty objects come to rest in one of the two queues, every byte as it was written', async () => {
  const result = await runCaptureSoak({ seed: 3, failures: 150, concurrency: 8 });
  expect(result).toMatchObject({ lost: [], wrong: [], sound: true });
  expect(result.notifications + result.ofAnother).toBe(150);
  expect(result.deadLetters + result.undelivered).toBe(result.failureRecords);
  expect(result.faultyInvocations).toBeGreaterThan(50);
});
