import type { _Record } from '@aws-sdk/client-kinesis';
import type { SQSEvent } from 'aws-lambda';
import { BatchInfo, FailureRecord } from '../../lambda/shared/dead-letter/failure-record';

export const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
export const CONSUMER_ARN = `${STREAM_ARN}/consumer/fast:1700000000`;
export const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:orders';
export const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';
export const SHARD_ID = 'shardId-000000000000';

/** A sequence number as Kinesis makes them: 56 digits. */
export function sequenceNumber(index: number): string {
  return (49646986683135544286507457936321625675700192471156785154n + BigInt(index)).toString();
}

/** Where the batches of failure records made here start and end, both inclusive. */
export interface Range {
  readonly from?: number;
  readonly to?: number;
}

export function batchInfo({ from = 0, to = 2, ...fields }: Range & Partial<BatchInfo> = {}): BatchInfo {
  return {
    shardId: SHARD_ID,
    startSequenceNumber: sequenceNumber(from),
    endSequenceNumber: sequenceNumber(to),
    approximateArrivalOfFirstRecord: '2026-11-21T08:00:00.120Z',
    approximateArrivalOfLastRecord: '2026-11-21T08:00:02.480Z',
    batchSize: to - from + 1,
    streamArn: STREAM_ARN,
    ...fields,
  };
}

/** What Lambda sends when a function failed as often as it may. */
export function failureRecord(batch: Parameters<typeof batchInfo>[0] = {}, fields: Partial<FailureRecord> = {}): FailureRecord {
  return {
    requestContext: {
      requestId: '3b1c5b1e-5d36-4d7b-a0f0-5f0b6f3e0a77',
      functionArn: FUNCTION_ARN,
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 4,
    },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: '2026-11-21T08:00:09.671Z',
    KinesisBatchInfo: batchInfo(batch),
    ...fields,
  };
}

/** A failure record without some of its top-level fields. */
export function without<Key extends keyof FailureRecord>(failure: FailureRecord, ...names: Key[]): Omit<FailureRecord, Key> {
  return Object.fromEntries(Object.entries(failure).filter(([name]) => !names.includes(name as Key))) as Omit<FailureRecord, Key>;
}

/** The place of a record that was made here, by the event that the function gets of it. */
export function indexOf(record: unknown): number {
  const { sequenceNumber: number } = (record as { kinesis: { sequenceNumber: string } }).kinesis;
  return Number(BigInt(number) - BigInt(sequenceNumber(0)));
}

/** A record as `GetRecords` returns it. */
export function streamRecord(index: number, fields: Partial<_Record> = {}): _Record {
  return {
    SequenceNumber: sequenceNumber(index),
    ApproximateArrivalTimestamp: new Date(Date.parse('2026-11-21T08:00:00.120Z') + index),
    Data: new TextEncoder().encode(`{"order":${index}}`),
    PartitionKey: `customer-${index}`,
    ...fields,
  };
}

/** What SNS writes into the intake queue. */
export function notificationText(message: string | object, index = 0): string {
  return JSON.stringify({
    Type: 'Notification',
    MessageId: `5a1f3b0e-6c1d-4c53-9c86-0f9b9d1f000${index}`,
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:failures',
    Message: typeof message === 'string' ? message : JSON.stringify(message),
    Timestamp: '2026-11-21T08:00:09.700Z',
    SignatureVersion: '1',
    Signature: '',
    SigningCertURL: '',
    UnsubscribeURL: '',
  });
}

/** The event that the hydrate function gets, with one message for each failure record. */
export function sqsEvent(...messages: readonly (string | object)[]): SQSEvent {
  return {
    Records: messages.map((message, index) => ({
      messageId: `message-${index}`,
      receiptHandle: `receipt-${index}`,
      body: notificationText(message, index),
      attributes: {
        ApproximateReceiveCount: '1', SentTimestamp: '1795000000000', SenderId: 'AIDAISMY7JYY5F7RTT6AO', ApproximateFirstReceiveTimestamp: '1795000000100',
      },
      messageAttributes: {},
      md5OfBody: '',
      eventSource: 'aws:sqs',
      eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:intake',
      awsRegion: 'us-east-1',
    })),
  };
}
