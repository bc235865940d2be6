import type { _Record } from '@aws-sdk/client-kinesis';
import type { KinesisStreamRecord } from 'aws-lambda';

export interface EventRecordSource {
  readonly shardId: string;
  /** ARN that the mapping names as its source: of the stream, or of an enhanced fan-out consumer. */
  readonly eventSourceArn: string;
}

/**
 * A record in the form in which Lambda gives it to a function.
 * The key order is Lambda's too, so that a dead letter and a captured event can be compared as text. `invokeIdentityArn` is not here: the
 * failure record does not name the role of the processor. It is filled in when the record is sent.
 */
export function toEventRecord(record: _Record, source: EventRecordSource): Partial<KinesisStreamRecord> {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      // Absent on streams whose records are distributed without one: left out, never made up.
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
