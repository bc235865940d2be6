import { _Record } from '@aws-sdk/client-kinesis';
import { deaggregated } from '../../lambda/shared/kpl-aggregate';

export interface KinesisEventSourceNames {
  readonly awsRegion: string;
  /** The stream, or the consumer with enhanced fan-out. */
  readonly eventSourceARN: string;
  readonly invokeIdentityArn: string;
}

/** The user records within an aggregate of the Kinesis Producer Library; any other record as it is. */
export function userRecords(record: _Record): readonly _Record[] {
  const inside = deaggregated(Buffer.from(record.Data!));
  return inside?.map(({ partitionKey, data }) => ({ ...record, PartitionKey: partitionKey, Data: data })) ?? [record];
}

/** A record as the function's event holds it. */
export function kinesisEventRecord(record: _Record, shardId: string, names: KinesisEventSourceNames) {
  return {
    kinesis: {
      kinesisSchemaVersion: '1.0',
      ...(record.PartitionKey !== undefined && { partitionKey: record.PartitionKey }),
      sequenceNumber: record.SequenceNumber!,
      data: Buffer.from(record.Data!).toString('base64'),
      approximateArrivalTimestamp: record.ApproximateArrivalTimestamp!.getTime() / 1000,
    },
    eventSource: 'aws:kinesis',
    eventVersion: '1.0',
    eventID: `${shardId}:${record.SequenceNumber}`,
    eventName: 'aws:kinesis:record',
    invokeIdentityArn: names.invokeIdentityArn,
    awsRegion: names.awsRegion,
    eventSourceARN: names.eventSourceARN,
  };
}
