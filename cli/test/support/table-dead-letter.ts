import { DeadLetter, toDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import type { ReadResult } from '../../../lambda/shared/dead-letter/read-result';
import { toEventRecord } from '../../../lambda/shared/stream/dynamo-event-record';
import type { HydrationStatus } from '../../../src/contract';
import { dynamoFailureRecord, dynamoRecord, TABLE_STREAM_ARN } from '../../../test/support/dynamo-records';

export interface TableDeadLetter {
  readonly status: HydrationStatus;
  /** How many hours ago the first record arrived. */
  readonly firstAge: number;
  readonly lastAge?: number;
  readonly from?: number;
  /** Of two. */
  readonly records?: number;
}

/** A dead letter of a batch of two changes of a table. */
export function tableDeadLetter({ status, firstAge, lastAge = firstAge, from = 0, records: number = 0 }: TableDeadLetter): DeadLetter {
  const now = Date.now();
  const timeOf = (age: number) => new Date(now - age * 3_600_000).toISOString();
  const failure = dynamoFailureRecord({
    from, to: from + 1, approximateArrivalOfFirstRecord: timeOf(firstAge), approximateArrivalOfLastRecord: timeOf(lastAge),
  });
  const records = [0, 1].slice(0, number).map((index) => toEventRecord(dynamoRecord(from + index), TABLE_STREAM_ARN));
  const reading: ReadResult = { records, hasStart: true, hasEnd: number === 2, unreadable: status === 'UNREADABLE' };
  return toDeadLetter(failure, reading);
}
