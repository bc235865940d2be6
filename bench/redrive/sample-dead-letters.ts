import { randomBytes } from 'node:crypto';
import type { KinesisStreamRecord } from 'aws-lambda';
import { type DeadLetter, toDeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { toEventRecord } from '../../lambda/shared/stream/kinesis-event-record';
import { failureNotification } from '../../test/faults/notification';

export const REGION = 'eu-west-1';
export const ACCOUNT_ID = '123456789012';
export const FUNCTION_ARN = `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:orders`;
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT_ID}:role/orders`;
export const STREAM_ARN = `arn:aws:kinesis:${REGION}:${ACCOUNT_ID}:stream/orders`;

const SHARDS = 4;
const FEW_RECORDS = 3;
const MANY_RECORDS = 50;
const RECORD_BYTES = 1_024;
const FIRST_SEQUENCE_NUMBER = 49646986683135544286507457936321625675700192471156785154n;

/** What records are cut from: to make every byte anew would take longer than to redrive them. */
const POOL = randomBytes(1 << 20);

export type SampleDeadLetter = DeadLetter & { readonly payload: { readonly Records: readonly KinesisStreamRecord[] } };

/** A dead letter as the hydrate function makes it: by default a few records of 1 KiB, or many in every tenth. No two records are alike. */
export function sampleDeadLetter(number: number, records = recordsOf(number)): SampleDeadLetter {
  const shardId = `shardId-${String(number % SHARDS).padStart(12, '0')}`;
  const arrivedAt = Date.now();
  const failed = Array.from({ length: records }, (_, index) => ({
    shardId,
    sequenceNumber: String(FIRST_SEQUENCE_NUMBER + BigInt(number * MANY_RECORDS + index)),
    orderingKey: `customer-${number}-${index}`,
    arrivedAt,
  }));
  const { failure } = failureNotification(number, {
    failed,
    functionArn: FUNCTION_ARN,
    eventSourceArn: STREAM_ARN,
    batchInfoKey: 'KinesisBatchInfo',
    formatArrival: (at) => new Date(at).toISOString(),
  });
  const inEvent = failed.map(({ sequenceNumber, orderingKey }, index) => toEventRecord(
    {
      SequenceNumber: sequenceNumber,
      PartitionKey: orderingKey,
      Data: data(number, index),
      ApproximateArrivalTimestamp: new Date(arrivedAt),
    },
    { shardId, eventSourceArn: STREAM_ARN },
  ) as KinesisStreamRecord);
  const whole = toDeadLetter(failure!, { records: inEvent, hasStart: true, hasEnd: true });
  return { ...whole, payload: { Records: inEvent } };
}

/** How many records the first so many dead letters have. */
export function recordsIn(deadLetters: number): number {
  return Array.from({ length: deadLetters }, (_, number) => recordsOf(number)).reduce((sum, count) => sum + count, 0);
}

function recordsOf(number: number): number {
  return number % 10 === 9 ? MANY_RECORDS : FEW_RECORDS;
}

function data(number: number, index: number): Buffer {
  const start = (number * 7_919 + index * 1_031) % (POOL.length - RECORD_BYTES);
  const bytes = Buffer.from(POOL.subarray(start, start + RECORD_BYTES));
  bytes.writeUInt32BE(number, 0);
  bytes.writeUInt32BE(index, 4);
  return bytes;
}
