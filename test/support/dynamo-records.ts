import type { _Record } from '@aws-sdk/client-dynamodb-streams';
import { BatchInfo, FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { batchInfo, failureRecord, Range, without } from './records';

export const TABLE_STREAM_ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-11-20T10:11:12.345';
export const TABLE_SHARD_ID = 'shardId-00000001795248000000-1a2b3c4d';
export const RETENTION_MILLIS = 24 * 3_600_000;

/** A sequence number as DynamoDB makes them. From the second on they have a digit more: by text, those would come first. */
export function dynamoSequenceNumber(index: number): string {
  return (999_999_999_999_999_999_999n + BigInt(index)).toString();
}

export function dynamoBatchInfo({ from = 0, to = 2, ...fields }: Range & Partial<BatchInfo> = {}): BatchInfo {
  return batchInfo({
    shardId: TABLE_SHARD_ID,
    startSequenceNumber: dynamoSequenceNumber(from),
    endSequenceNumber: dynamoSequenceNumber(to),
    approximateArrivalOfFirstRecord: '2026-11-21T08:00:00Z',
    approximateArrivalOfLastRecord: '2026-11-21T08:00:02Z',
    batchSize: to - from + 1,
    streamArn: TABLE_STREAM_ARN,
    ...fields,
  });
}

/** A batch whose last record arrived so long ago. */
export function dynamoBatchOfAge(millis: number, fields: Parameters<typeof dynamoBatchInfo>[0] = {}): BatchInfo {
  return dynamoBatchInfo({ approximateArrivalOfLastRecord: new Date(Date.now() - millis).toISOString(), ...fields });
}

/** What Lambda sends when a function failed as often as it may. */
export function dynamoFailureRecord(batch: Parameters<typeof dynamoBatchInfo>[0] = {}): FailureRecord {
  return { ...without(failureRecord(), 'KinesisBatchInfo'), DDBStreamBatchInfo: dynamoBatchInfo(batch) };
}

/** The place of a record that was made here, by the event that the function gets of it. */
export function dynamoIndexOf(event: unknown): number {
  const { SequenceNumber } = (event as { dynamodb: { SequenceNumber: string } }).dynamodb;
  return Number(BigInt(SequenceNumber) - BigInt(dynamoSequenceNumber(0)));
}

/** A record as `GetRecords` returns it. */
export function dynamoRecord(index: number, change: Partial<NonNullable<_Record['dynamodb']>> = {}): _Record {
  const Keys = { id: { S: `order-${index}` } };
  return {
    eventID: `${index}`.padStart(32, '0'),
    eventName: 'INSERT',
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: 'us-east-1',
    dynamodb: {
      ApproximateCreationDateTime: new Date('2026-11-21T08:00:00Z'),
      Keys,
      NewImage: { ...Keys, total: { N: `${index}` } },
      SequenceNumber: dynamoSequenceNumber(index),
      SizeBytes: 26,
      StreamViewType: 'NEW_AND_OLD_IMAGES',
      ...change,
    },
  };
}
