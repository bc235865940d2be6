import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import type { KinesisStreamRecord } from 'aws-lambda';
import { KinesisStreamProcessor } from '../../src';
import type { Sent } from '../pipeline/pipeline';
import { KinesisStreamEmulation } from './kinesis-stream-emulation';
import { pages, type Source } from './source';
import type { PutRecord } from './stream-history';

export interface KinesisDatum {
  readonly key: string;
  readonly data: string | Uint8Array;
}

const PUT_RECORDS = 500;
const RETENTION_MILLIS = 24 * 3_600_000;

export const kinesisSource: Source<KinesisDatum> = {
  service: 'kinesis',
  batchInfoKey: 'KinesisBatchInfo',
  formatArrival: (arrivedAt) => new Date(arrivedAt).toISOString(),
  define: (stack, shardCount, options) =>
    new KinesisStreamProcessor(stack, 'Orders', {
      streamProps: { shardCount, encryption: kinesis.StreamEncryption.KMS, encryptionKey: new kms.Key(stack, 'StreamKey') },
      ...options,
    }),
  streamArn: ({ cloud, processors: [{ streamName }] }) => cloud.account.arn('kinesis', `stream/${streamName}`),
  async put(pipeline, data) {
    const put: PutRecord[] = [];
    for (const page of pages(data, PUT_RECORDS)) {
      const arrivedAt = Date.now();
      put.push(...(await pipeline.publish(page)).map((sent) => putRecord(sent, arrivedAt)));
    }
    return put;
  },
  emulation: (history, options) => new KinesisStreamEmulation(history, RETENTION_MILLIS, options),
};

/** @param arrivedAt wall time just before it was put */
export function putRecord({ shardId, sequenceNumber, partitionKey, data }: Sent, arrivedAt: number): PutRecord {
  return {
    shardId,
    sequenceNumber,
    orderingKey: partitionKey,
    arrivedAt,
    bytes: data.length,
    matches: (got) => {
      const { kinesis: record, eventID } = got as KinesisStreamRecord;
      return (
        record.sequenceNumber === sequenceNumber &&
        eventID === `${shardId}:${sequenceNumber}` &&
        record.partitionKey === partitionKey &&
        Buffer.from(record.data, 'base64').equals(data)
      );
    },
  };
}
