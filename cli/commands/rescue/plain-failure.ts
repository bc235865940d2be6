import { capturedDeadLetter } from '../../../lambda/shared/dead-letter/captured-dead-letter';
import { deadLetterId } from '../../../lambda/shared/dead-letter/dead-letter-id';
import { type FailureRecord, parseExactJson, readFailureRecord, requireRange } from '../../../lambda/shared/dead-letter/failure-record';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import { HydrationStatus } from '../../../src/contract';
import { isObject } from '../../is-object';

/** Why a dead letter is not rescued. */
export const DEAD_LETTER = 'it is a dead letter already';

/** A failure record that somebody has, with what came with it. */
export interface PlainFailure {
  /** That of the dead letter which is made of it. */
  readonly deadLetterId: string;
  readonly failure: FailureRecord;
  /** Lambda's invocation record in S3 has the event of the processor. */
  readonly hasPayload: boolean;
}

/**
 * Reads the failure record in a text: of a Lambda mapping, as it is or in the notification of an SNS topic, with `payload` where Lambda wrote
 * it to S3; or of an EventBridge pipe.
 * @throws UndeliverableError where there is none
 */
export function plainFailure(text: string): PlainFailure {
  const failure = readFailureRecord(ofFunction(unwrapped(parseExactJson(text))));
  const hasPayload = hasEvent(failure);
  if ((failure as { readonly hydration?: unknown }).hydration !== undefined) throw new UndeliverableError('no plain failure record', DEAD_LETTER, 'a dead letter');
  if (!hasPayload) requireRange(failure);
  return { deadLetterId: deadLetterId(failure), failure, hasPayload };
}

/** Whether there is a failure record in a text. */
export function isPlainFailure(text: string): boolean {
  try {
    plainFailure(text);
    return true;
  } catch (error) {
    if (error instanceof UndeliverableError) return false;
    throw error;
  }
}

/** Whether Lambda wrote the event into the record. Where it is not an event, or has no records, the stream may have them. */
function hasEvent(failure: FailureRecord): boolean {
  const { payload } = failure as { readonly payload?: unknown };
  return payload !== undefined && capturedDeadLetter(failure, 'the record').hydration.status !== HydrationStatus.UNREADABLE;
}

/**
 * What a notification of SNS holds: a queue that is subscribed to the topic without raw delivery has the whole notification, and an
 * undeliverable queue the event that a hydrate function got of it, or Lambda's record of an event that the function did not get through.
 */
function unwrapped(json: unknown): unknown {
  const { Type: type, TopicArn: topicArn, Message: message } = objectOr(json);
  if (type === 'Notification' && typeof topicArn === 'string' && typeof message === 'string') return parseExactJson(message);
  const { Records: records } = objectOr(objectOr(json).requestPayload ?? json);
  if (!Array.isArray(records) || records.length !== 1) return json;
  const { Message: text } = objectOr(objectOr(records[0]).Sns);
  return typeof text === 'string' ? parseExactJson(text) : json;
}

function objectOr(json: unknown): Readonly<Record<string, unknown>> {
  return isObject(json) ? json : {};
}

/** A pipe has `context` in place of `requestContext`, and names itself as the partner resource. */
function ofFunction(json: unknown): unknown {
  if (!isObject(json) || json.requestContext !== undefined || !isObject(json.context)) return json;
  const { partnerResourceArn } = json.context;
  return typeof partnerResourceArn === 'string' ? { ...json, requestContext: { ...json.context, functionArn: partnerResourceArn } } : json;
}
