import { DeadLetter, toDeadLetter } from './dead-letter';
import { batchOf, canBeSerialized, FailureRecord, isConsumer, isWindowEnd, parseExactJson } from './failure-record';
import { ReadError, ReadResult } from './read-result';
import { sequenceNumberOf, SequenceRange } from './sequence-numbers';

type Payload = DeadLetter['payload'];

/**
 * The dead letter of a failure record that Lambda wrote to S3. `payload` is the event of the function, as text or as JSON. The dead letter
 * keeps the whole event, because an event of a tumbling window holds more than records. A payload that is not an event stays in the object.
 */
export function capturedDeadLetter(failure: FailureRecord, location: string): DeadLetter {
  const { payload } = failure as { readonly payload?: unknown };
  const event = typeof payload === 'string' ? parseExactJson(payload) : payload;
  if (!isEvent(event)) return toDeadLetter(failure, withoutRecords(location, describe(payload, event)));
  if (isWindowEnd(failure)) return { ...toDeadLetter(failure, windowEnd(event, location)), payload: event };
  const reading = event.Records.length > 0 ? readingOf(failure, event, location) : withoutRecords(location, 'an event without records');
  return { ...toDeadLetter(failure, reading), payload: event };
}

function withoutRecords(location: string, got: string): ReadResult {
  const error = { name: 'NoPayload', message: `payload of ${location} must be an event with records, got: ${got}` };
  return { records: [], hasStart: false, hasEnd: false, unreadable: true, error };
}

/** The final call of a tumbling window passes the state of the window and no records. */
function windowEnd(event: Payload, location: string): ReadResult {
  const { Records: records } = event;
  if (records.length > 0) return { records, hasStart: false, hasEnd: false, error: unexpected(records.length, records.length, location) };
  if (!Object.keys(event).some((name) => name !== 'Records')) return withoutRecords(location, 'an event with neither records nor a window');
  return { records, hasStart: true, hasEnd: true };
}

/** Checks that the records are those that the failure record names. */
function readingOf(failure: FailureRecord, { Records: records }: Payload, location: string): ReadResult {
  const { startSequenceNumber, endSequenceNumber, streamArn } = batchOf(failure);
  const range = new SequenceRange(startSequenceNumber, endSequenceNumber);
  const numbers = records.map(sequenceNumberOf).filter((it): it is string => it !== undefined && range.contains(it));
  const known = new Set(numbers);
  // A mapping with enhanced fan-out passes the user records of a KPL aggregate one by one: they share its sequence number.
  const inAggregates = isConsumer(streamArn) ? numbers.filter((it, place) => it === numbers[place - 1]).length : 0;
  const unexpectedRecords = records.length - known.size - inAggregates;
  return {
    records,
    hasStart: [...known].some((it) => range.isStart(it)),
    hasEnd: [...known].some((it) => range.isEnd(it)),
    // An unexpected record may stand in place of a missing one.
    ...(unexpectedRecords > 0 && { hasGap: true, error: unexpected(unexpectedRecords, records.length, location) }),
  };
}

function unexpected(unexpectedRecords: number, count: number, location: string): ReadError {
  const message = `payload of ${location} must hold each record of the batch once and no others, got: ${count} records of which ${unexpectedRecords} do not match`;
  return { name: 'UnexpectedRecords', message };
}

function isEvent(value: unknown): value is Payload {
  return Array.isArray((value as Partial<Payload> | null | undefined)?.Records) && canBeSerialized(value);
}

function describe(payload: unknown, event: unknown): string {
  if (payload === undefined) return 'nothing';
  if (event === undefined) return `${(payload as string).length} characters that are not JSON`;
  return 'something else';
}
