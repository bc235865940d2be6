import { redriveHandler } from '../../../../lambda/redrive/redrive-handler';
import type { DeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { HydrationStatus } from '../../../../src/contract';
import { deadLetterRecord, sqsEvent } from '../../../../test/support/sqs-event';
import { remoteDecision } from '../../../commands/redrive/remote-preview';
import { messageSummary } from '../../../messages/message-summary';
import { deadLetterOf } from '../../support/operation';

/** Whether the redrive function itself sends a dead letter, or parks it. */
async function isSentByHandler(deadLetter: DeadLetter, sendsSuperset: boolean): Promise<boolean> {
  const done: boolean[] = [];
  const handler = redriveHandler({
    objects: { read: () => Promise.reject(new Error('nothing is in S3')) },
    target: {
      nameFor: () => 'processor',
      send: async () => {
        done.push(true);
        return { outcome: 'sent' };
      },
    },
    source: { delay: async () => 1, expiryOf: async () => undefined },
    parking: { keep: async () => void done.push(false), send: async () => undefined },
    parkingQueueUrl: 'https://sqs.us-east-1.amazonaws.com/123456789012/parking',
    maxAttempts: 3,
    sendsSuperset,
  });
  await handler(sqsEvent(deadLetterRecord(deadLetter)), { getRemainingTimeInMillis: () => 300_000, invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:Redrive' });
  expect(done).toHaveLength(1);
  return done[0];
}

beforeEach(() => void jest.spyOn(console, 'log').mockImplementation());
afterEach(() => jest.restoreAllMocks());

describe.each([true, false])('what is said of the redrive function before it is started, sendSuperset %s', (sendsSuperset) => {
  test.each(Object.values(HydrationStatus))('is what it does: %s', async (status) => {
    const deadLetter = deadLetterOf({ status });
    const { to, reason } = remoteDecision(messageSummary({ Body: JSON.stringify(deadLetter) }), sendsSuperset);
    expect([to !== undefined, reason === undefined]).toEqual(Array(2).fill(await isSentByHandler(deadLetter, sendsSuperset)));
  });

  test.each(Object.values(HydrationStatus))('is what it does without records: %s', async (status) => {
    const deadLetter = deadLetterOf({ status, records: [] });
    const { to } = remoteDecision(messageSummary({ Body: JSON.stringify(deadLetter) }), sendsSuperset);
    expect([to, await isSentByHandler(deadLetter, sendsSuperset)]).toEqual([undefined, false]);
  });
});
