import type { Message } from '@aws-sdk/client-sqs';
import { parseJson } from '../../lambda/shared/dead-letter/failure-record';
import { UNDELIVERABLE_REASON } from '../../src/contract';

/** Who put an undeliverable into its queue. */
export type UndeliverableOrigin = 'hydrate function' | 'capture function' | 'Lambda' | 'SQS' | 'SNS' | 'EventBridge' | 'unknown';

/** A message of an undeliverable queue, in whichever of its forms it came. */
export interface Undeliverable {
  readonly origin: UndeliverableOrigin;
  readonly reason: string;
  /** What could not be turned into a dead letter, as text: a failure record, or the key of an object. */
  readonly subject?: string;
}

interface Body {
  readonly requestPayload?: Body;
  readonly responsePayload?: { readonly errorType?: unknown; readonly errorMessage?: unknown } | null;
  readonly requestContext?: { readonly condition?: unknown };
  readonly Type?: unknown;
  readonly Message?: unknown;
  readonly 'detail-type'?: unknown;
  readonly detail?: { readonly bucket?: { readonly name?: unknown }; readonly object?: { readonly key?: unknown } };
}

/** What SQS does not say: why the function did not handle a message. */
const RECEIVED_TOO_OFTEN = 'the hydrate function failed, timed out, was throttled or had no time left each time';

/** What a message of an undeliverable queue is, by its body and attributes. Never throws. */
export function undeliverable({ Body: text = '', MessageAttributes: attributes = {}, Attributes: ofQueue }: Message): Undeliverable {
  const body = bodyOf(text);
  const reason = attributes[UNDELIVERABLE_REASON]?.StringValue;
  if (body.requestPayload) {
    return { origin: 'Lambda', reason: reasonOfLambda(body), ...subjectOf(body.requestPayload) };
  }
  if (body.detail) {
    const code = attributes.ERROR_CODE?.StringValue;
    const isByRule = code !== undefined && reason === undefined;
    const said = isByRule
      ? ['the capture function could not be invoked', code, attributes.ERROR_MESSAGE?.StringValue].filter(Boolean).join(': ')
      : reason;
    return { origin: isByRule ? 'EventBridge' : 'capture function', reason: said ?? 'no reason given', ...subjectOf(body) };
  }
  if (body.Type === 'Notification') {
    if (reason !== undefined) return { origin: 'hydrate function', reason, ...subjectOf(body) };
    if (ofQueue?.DeadLetterQueueSourceArn !== undefined) return { origin: 'SQS', reason: RECEIVED_TOO_OFTEN, ...subjectOf(body) };
    return { origin: 'SNS', reason: 'the intake queue could not be reached', ...subjectOf(body) };
  }
  return { origin: 'unknown', reason: reason ?? 'not an undeliverable that this tool knows' };
}

function reasonOfLambda({ requestContext, responsePayload }: Body): string {
  const { errorType, errorMessage } = responsePayload ?? {};
  return [requestContext?.condition, errorType, errorMessage].filter((part) => typeof part === 'string').join(': ') || 'no reason given';
}

function subjectOf({ Message: message, detail }: Body): { readonly subject?: string } {
  if (typeof message === 'string') return { subject: message };
  const { bucket, object } = detail ?? {};
  return typeof object?.key === 'string' ? { subject: `s3://${String(bucket?.name)}/${object.key}` } : {};
}

function bodyOf(text: string): Body {
  const json = parseJson(text);
  return typeof json === 'object' && json !== null ? (json as Body) : {};
}
