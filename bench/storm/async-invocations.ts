import { RemainingTime } from '../../lambda/runtime/remaining-time';
import { type DeadLetter, toDeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { batchOf, type FailureRecord, parseFailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { KinesisReader } from '../../lambda/shared/stream/kinesis-reader';
import type { Delivery } from './delivery';

/** Lambda's waits before it invokes again after an error of an asynchronous invocation. */
const RETRY_MILLIS = [60_000, 120_000];

/** SNS invokes the function asynchronously for each notification: as many instances as there are notifications, up to the account's limit. */
export const asyncInvocations: Delivery = async (storm) => {
  const { time, random, timeoutMillis, accountConcurrency } = storm;
  let running = 0;
  let undeliverable = 0;
  const waiting: (() => void)[] = [];

  async function invoke(text: string): Promise<boolean> {
    if (running >= accountConcurrency) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      await time.sleep(storm.coldStartMillis());
      await hydrate(text);
      return true;
    } catch {
      return false;
    } finally {
      running--;
      waiting.shift()?.();
    }
  }

  async function hydrate(text: string): Promise<void> {
    const end = time.now() + timeoutMillis;
    const remainingTime = new RemainingTime({ getRemainingTimeInMillis: () => end - time.now() });
    const failure: FailureRecord = parseFailureRecord(text);
    const reader = new KinesisReader(storm.client(), { maxBytes: storm.maxBytes });
    const reading = await reader.read(batchOf(failure), { signal: remainingTime.readSignal() });
    const deadLetter: DeadLetter = toDeadLetter(failure, reading);
    await storm.send(deadLetter);
  }

  await Promise.all(storm.failures.map(async (text) => {
    // All notifications come within a second.
    await time.sleep(random() * 1_000);
    if (await invoke(text)) return;
    for (const millis of RETRY_MILLIS) {
      await time.sleep(millis);
      if (await invoke(text)) return;
    }
    undeliverable++;
  }));
  return { undeliverable };
};
