import { deadLetterId } from '../../lambda/shared/dead-letter/dead-letter-id';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { failureRecord, type FailureRecordSource, type GiveUpCondition } from '../../local/mapping/failure-record';
import type { PastRecord } from './stream-history';

/** A message on the topic, or an object in the bucket, and what is to become of it. */
export interface Notification {
  /** The same in every run. */
  readonly name: string;
  /** What the function is told: the text of the message, or the key of the object. */
  readonly message: string;
  /** Absent where the message is no failure record of the stream. */
  readonly failure?: FailureRecord;
  readonly deadLetterId?: string;
}

export interface FailedBatch extends FailureRecordSource {
  /** The records that failed, in their order. */
  readonly failed: readonly Pick<PastRecord, 'shardId' | 'sequenceNumber' | 'orderingKey' | 'arrivedAt'>[];
  readonly condition?: GiveUpCondition;
}

/** The failure record of a batch, as Lambda writes it. The number makes its request id. */
export function failureNotification(number: number, { failed, condition, ...source }: FailedBatch): Notification {
  if (failed.some(({ shardId }) => shardId !== failed[0].shardId)) throw new Error(`failure record ${number} must be of one shard, as batches are`);
  const isAged = condition === 'RecordAgeExceeded';
  const name = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
  const failure = failureRecord(
    {
      requestId: name,
      condition: condition ?? 'RetryAttemptsExhausted',
      records: failed.map(({ sequenceNumber, orderingKey, arrivedAt }) => ({ sequenceNumber, orderingKey, arrivedAt, event: {} })),
      // Lambda says 1 for records that it never called the function with.
      approximateInvokeCount: isAged ? 1 : 4,
      ...(!isAged && { responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' } }),
    },
    failed[0].shardId,
    source,
  ) as FailureRecord;
  return { name, message: JSON.stringify(failure), failure, deadLetterId: deadLetterId(failure) };
}
