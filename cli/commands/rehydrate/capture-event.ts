import { parseJson } from '../../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import type { Reason } from '../../../lambda/shared/redrive/target';
import { FunctionRole } from '../../../src/contract';

export const NOT_AN_EVENT = 'NotAnEvent';

/** What has a function make dead letters once more. */
export interface CaptureEvent {
  readonly role: typeof FunctionRole.HYDRATE | typeof FunctionRole.CAPTURE;
  readonly event: object;
  /** How many dead letters or undeliverables are to come of it. */
  readonly expected: number;
}

/** Hydration of the batch of a dead letter. The function keeps fields that it does not know: so it keeps what redrives did. */
export function eventOfDeadLetter({ failure, redrive }: Pick<ReceivedDeadLetter, 'failure' | 'redrive'>, messageId: string): CaptureEvent {
  return hydrationOf(JSON.stringify({ Type: 'Notification', MessageId: messageId, TopicArn: 'redrive', Message: JSON.stringify({ ...failure, redrive }) }), messageId);
}

/** What an undeliverable holds of the event that led to it, in each of the forms that it can have. */
export function eventOfUndeliverable(body: string, messageId: string): CaptureEvent | Reason {
  const json = parseJson(body) as Form | undefined | null;
  const event = json?.requestPayload ?? json;
  if (event?.detail?.bucket?.name !== undefined && event.detail.object?.key !== undefined) {
    return { role: FunctionRole.CAPTURE, event, expected: 1 };
  }
  if (json?.Type === 'Notification' && typeof json.Message === 'string') return hydrationOf(body, messageId);
  return {
    name: NOT_AN_EVENT,
    message: 'the message must hold a notification of SNS or an event of S3, as the functions of a StreamDlq and the services before them leave them',
  };
}

interface Form {
  readonly detail?: { readonly bucket?: { readonly name?: unknown }; readonly object?: { readonly key?: unknown } };
  readonly requestPayload?: Form | null;
  readonly Type?: unknown;
  readonly Message?: unknown;
}

/** The event of the intake queue: without a receipt handle, as the message is in no queue. */
function hydrationOf(body: string, messageId: string): CaptureEvent {
  return { role: FunctionRole.HYDRATE, event: { Records: [{ eventSource: 'aws:sqs', messageId, body }] }, expected: 1 };
}
