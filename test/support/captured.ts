import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { S3ObjectCreatedNotificationEvent } from 'aws-lambda';
import { toEventRecord } from '../../lambda/shared/stream/kinesis-event-record';
import { SHARD_ID, STREAM_ARN, streamRecord } from './records';

export const BUCKET = 'failed-batches';
/** A key as Lambda makes them. */
export const KEY = `aws/lambda/9a3b1c52-0d8e-4a4e-9a66-5d1f3c2b7e90/${SHARD_ID}/2026/11/21/2026-11-21T08.00.09-0f3f7d0e-0a51-4b7a-a8f4-2f3fb1f3c6ce`;
export const LOCATION = `s3://${BUCKET}/${KEY}`;

/** The event that a function got, with so many records. */
export function functionEvent(count = 3): { readonly Records: readonly unknown[] } {
  const eventOf = (index: number) => toEventRecord(streamRecord(index), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
  return { Records: Array.from({ length: count }, (_, index) => eventOf(index)) };
}

/** The event that the capture function gets when Lambda has written an object. */
export function objectCreated(key = KEY, bucket = BUCKET): S3ObjectCreatedNotificationEvent {
  return {
    'version': '0',
    'id': '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': 'Object Created',
    'source': 'aws.s3',
    'account': '123456789012',
    'time': '2026-11-21T08:00:10Z',
    'region': 'us-east-1',
    'resources': [`arn:aws:s3:::${bucket}`],
    'detail': {
      'version': '0',
      'bucket': { name: bucket },
      'object': { key, 'size': 5, 'etag': 'b1946ac92492d2347c6235b4d2611184', 'version-id': '', 'sequencer': '617f08299329d189' },
      'request-id': 'N4N7GDK58NMKJ12R',
      'requester': '123456789012',
      'source-ip-address': '1.2.3.4',
      'reason': 'PutObject',
    },
  };
}

/** What S3 answers of an object that arrives in these pieces. */
export function object(...pieces: readonly (string | Buffer)[]): Partial<GetObjectCommandOutput> {
  return { Body: Readable.from(pieces.map((piece) => Buffer.from(piece))) as GetObjectCommandOutput['Body'] };
}
