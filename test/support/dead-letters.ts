import type { Message } from '@aws-sdk/client-sqs';
import { DeadLetter, Hydration } from '../../lambda/shared/dead-letter/dead-letter';
import { deadLetterId } from '../../lambda/shared/dead-letter/dead-letter-id';
import { parseDeadLetter } from '../../lambda/shared/dead-letter/dead-letter-message';
import { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { toEventRecord } from '../../lambda/shared/stream/kinesis-event-record';
import { FORMAT_VERSION, HydrationStatus } from '../../src/contract';
import { failureRecord, SHARD_ID, STREAM_ARN, streamRecord } from './records';

/** A record as the processor got it. */
export function eventRecord(index: number, fields: Parameters<typeof streamRecord>[1] = {}): unknown {
  return toEventRecord(streamRecord(index, fields), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
}

export interface DeadLetterOptions {
  /** Default: three records of a Kinesis stream. */
  readonly records?: readonly unknown[];
  readonly failure?: FailureRecord;
  readonly hydration?: Partial<Hydration>;
}

/** A dead letter, by default of a whole batch of three. */
export function deadLetterOf({ records = [0, 1, 2].map((index) => eventRecord(index)), failure, hydration }: DeadLetterOptions = {}): DeadLetter {
  const it = failure ?? failureRecord({ to: Math.max(0, records.length - 1) });
  return {
    ...it,
    payload: { Records: records },
    hydration: {
      formatVersion: FORMAT_VERSION,
      status: HydrationStatus.COMPLETE,
      expectedRecords: records.length,
      recoveredRecords: records.length,
      deadLetterId: deadLetterId(it),
      ...hydration,
    },
  };
}

/** The same as it is once it was received. */
export function receivedDeadLetter(options: DeadLetterOptions = {}): ReceivedDeadLetter {
  return parseDeadLetter(JSON.stringify(deadLetterOf(options)), 'the message');
}

/** The attributes that the message of a dead letter has. */
export function attributesOfDeadLetter({ hydration, requestContext, KinesisBatchInfo, DDBStreamBatchInfo }: DeadLetter): NonNullable<Message['MessageAttributes']> {
  const batch = (KinesisBatchInfo ?? DDBStreamBatchInfo)!;
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const number = (value: number) => ({ DataType: 'Number', StringValue: String(value) });
  return {
    status: text(hydration.status),
    deadLetterId: text(hydration.deadLetterId),
    functionArn: text(requestContext.functionArn),
    streamArn: text(batch.streamArn),
    shardId: text(batch.shardId),
    condition: text(requestContext.condition),
    expectedRecords: number(hydration.expectedRecords),
    recoveredRecords: number(hydration.recoveredRecords),
  };
}
