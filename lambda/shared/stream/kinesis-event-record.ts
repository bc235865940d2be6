import type { _Record } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';

export interface EventRecordSource {
  readonly shardId: string;
  /** ARN of the event source of the mapping: the stream or an enhanced fan-out consumer. */
  readonly eventSourceArn: string;
}

/**
 * A record in the form of a Lambda event. The order of the fields is also Lambda's, so that a dead letter and a captured event compare as text.
 * Has no `invokeIdentityArn`: the failure record does not have the role of the processor. A redrive adds the role.
 */
export function toEventRecord(record: _Record, source: EventRecordSource): Partial<KinesisStreamRecord> {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      // Absent on streams with record distribution AUTO.
      ...(record.PartitionKey === undefined ? {} : { partitionKey: record.PartitionKey }),
      sequenceNumber: record.SequenceNumber!,
      data: Buffer.from(record.Data!).toString('base64'),
      approximateArrivalTimestamp: record.ApproximateArrivalTimestamp!.getTime() / 1000,
    } as KinesisStreamRecord['kinesis'],
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${source.shardId}:${record.SequenceNumber}`,
    eventName: 'aws:kinesis:record',
    awsRegion: source.eventSourceArn.split(':')[3],
    eventSourceARN: source.eventSourceArn,
  };
}
