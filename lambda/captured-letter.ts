import { DeadLetter, deadLetter } from './dead-letter';
import { canBeWritten, FailureRecord, readJson } from './failure-record';

type Payload = DeadLetter['payload'];

/**
 * The dead letter of a failure record that Lambda wrote to S3, where `payload` is the event of the function, as text or as JSON.
 * It stays whole: with a tumbling window there is more in it than records. What is no event is left in the object.
 */
export function capturedLetter(failure: FailureRecord, location: string): DeadLetter {
  const { payload } = failure as { readonly payload?: unknown };
  const event = typeof payload === 'string' ? readJson(payload) : payload;
  const { Records: records } = isEvent(event) ? event : { Records: [] };
  const letter = deadLetter(failure, {
    records,
    hasStart: true,
    hasEnd: true,
    ...(records.length === 0 && {
      refused: true,
      error: { name: 'NoPayload', message: `payload of ${location} must be an event with records, got: ${describe(payload, event)}` },
    }),
  });
  return isEvent(event) ? { ...letter, payload: event } : letter;
}

function isEvent(value: unknown): value is Payload {
  return Array.isArray((value as Partial<Payload> | null | undefined)?.Records) && canBeWritten(value);
}

function describe(payload: unknown, event: unknown): string {
  if (payload === undefined) return 'nothing';
  if (event === undefined) return `${(payload as string).length} characters that are not JSON`;
  return isEvent(event) ? 'an event with none' : 'something else';
}
