import { isDeepStrictEqual } from 'node:util';
import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { batchOf } from '../../lambda/shared/dead-letter/failure-record';
import { ExtendedClient, HydrationStatus, isWhole, MessageAttribute } from '../../src/contract';
import { failureRecordOf } from '../pipeline/pipeline';
import type { Notification } from './notification';
import type { PastRecord, StreamHistory } from './stream-history';

/** A dead letter as a consumer reads it: the message, and its body from the message or from the bucket. */
export interface ReceivedDeadLetter {
  readonly message: Message;
  readonly deadLetter: DeadLetter;
  /** Bytes of the body in the bucket. */
  readonly overflowBytes?: number;
}

/** The status that hydration must have when the stream allows the read. */
export function expectedStatus({ failure }: Notification, history: StreamHistory): HydrationStatus {
  const { startSequenceNumber: start, endSequenceNumber: end, batchSize } = batchOf(failure!);
  const left = history.range(start, end);
  if (left.length === 0) return HydrationStatus.EXPIRED;
  if (left[0].sequenceNumber !== start || left.length < batchSize) return HydrationStatus.PARTIAL;
  return left.length > batchSize ? HydrationStatus.SUPERSET : HydrationStatus.COMPLETE;
}

/**
 * Whether a pointer tells another size than the body it leads to has: two attempts wrote the body under one name, and differ in what
 * the stream said against them. Clients go by whether the attribute is there, not by its value.
 */
export function isStale({ message, overflowBytes }: ReceivedDeadLetter): boolean {
  return overflowBytes !== undefined && message.MessageAttributes?.[ExtendedClient.SIZE_ATTRIBUTE]?.StringValue !== String(overflowBytes);
}

/**
 * Whether a dead letter with all records claims less than it has, because the stream said more than once that it had dropped some: a lie
 * here, which a reader cannot tell from the truth.
 */
function claimsLess({ hydration: { status, error } }: DeadLetter, expected: HydrationStatus): boolean {
  return status === HydrationStatus.PARTIAL && isWhole(expected) && error !== undefined;
}

/** All problems of a dead letter. */
export function problemsOf({ message, deadLetter: letter }: ReceivedDeadLetter, notification: Notification, history: StreamHistory): string[] {
  const { hydration } = letter;
  const { failure } = notification;
  const records = letter.payload.Records;
  const wrong: string[] = [];
  const check = (what: string, got: unknown, expected: unknown) => {
    if (!isDeepStrictEqual(got, expected)) wrong.push(`${what}: got ${JSON.stringify(got)}, expected ${JSON.stringify(expected)}`);
  };
  check('failure record', failureRecordOf(letter), failure);
  check('deadLetterId', hydration.deadLetterId, notification.deadLetterId);
  check('expectedRecords', hydration.expectedRecords, batchOf(failure!).batchSize);
  check('recoveredRecords', hydration.recoveredRecords, records.length);

  const { startSequenceNumber, endSequenceNumber } = batchOf(failure!);
  const left = history.range(startSequenceNumber, endSequenceNumber);
  if (hydration.status === HydrationStatus.UNREADABLE) {
    if (!hydration.error) wrong.push('UNREADABLE without an error');
    // What was read before the refusal is kept, and is a part of what was there.
    wrong.push(...differences(records, left.slice(0, records.length)));
  } else {
    if (!claimsLess(letter, expectedStatus(notification, history))) {
      check(`status with error ${JSON.stringify(hydration.error)}`, hydration.status, expectedStatus(notification, history));
    }
    wrong.push(...differences(records, left));
  }

  const attribute = (name: string) => message.MessageAttributes?.[name]?.StringValue;
  check('attribute status', attribute(MessageAttribute.STATUS), hydration.status);
  check('attribute recoveredRecords', attribute(MessageAttribute.RECOVERED_RECORDS), String(hydration.recoveredRecords));
  return wrong;
}

/** Records of a dead letter against what was put: number, order, sequence number, key and every byte. */
function differences(got: readonly unknown[], put: readonly PastRecord[]): string[] {
  if (got.length !== put.length) return [`records: got ${got.length}, expected ${put.length}`];
  return put.flatMap((record, index) =>
    record.matches(got[index]) ? [] : [`record ${index} of ${put.length}: it is not ${record.sequenceNumber} as it was put`],
  );
}
