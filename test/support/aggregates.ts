import * as kinesisAgg from 'aws-kinesis-agg';

export interface UserRecordToPut {
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  readonly data: Buffer;
}

interface Aggregator {
  addUserRecord(record: UserRecordToPut): void;
  build(): { data: Buffer };
}
/** Its types leave it out. */
const { RecordAggregator } = kinesisAgg as unknown as { RecordAggregator: new () => Aggregator };

/** What the Kinesis Producer Library makes of user records. */
export function aggregateOf(...users: readonly UserRecordToPut[]): Buffer {
  const aggregator = new RecordAggregator();
  for (const user of users) aggregator.addUserRecord(user);
  return aggregator.build().data;
}
