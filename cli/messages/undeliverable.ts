import type { Message } from '@aws-sdk/client-sqs';
import { parseJson } from '../../lambda/shared/dead-letter/failure-record';
import { UNDELIVERABLE_REASON } from '../../src/contract';

/** Who put an undeliverable into its queue. */
export type UndeliverableOrigin = 'hydrate function' | 'capture function' | 'Lambda' | 'SNS' | 'EventBridge' | 'unknown';

/** A message of an undeliverable queue, in whichever of its forms it came. */
export interface Undeliverable {
  readonly origin: UndeliverableOrigin;
  readonly reason: string;
  /** What could not be turned into a dead letter, as text: a failure record, or the key of an object. */
  readonly subject?: string;
}

interface Body {
  readonly Records?: readonly { readonly Sns?: { readonly Message?: unknown } }[];
  readonly requestPayload?: Body;
  readonly responsePayload?: { readonly errorType?: unknown; readonly errorMessage?: unknown } | null;
  readonly requestContext?: { readonly condition?: unknown };
  readonly Type?: unknown;
  readonly Message?: unknown;
  readonly 'detail-type'?: unknown;
  readonly detail?: { readonly bucket?: { readonly name?: unknown }; readonly object?: { readonly key?: unknown } };
}

/** What a message of an undeliverable queue is, by its body and attributes. Never throws. */
export function undeliverable({ Body: text = '', MessageAttributes: attributes = {} }: Message): Undeliverable {
  const body = bodyOf(text);
  const reason = attributes[UNDELIVERABLE_REASON]?.StringValue;
  if (body.requestPayload) {
    return { origin: 'Lambda', reason: reasonOfLambda(body), ...subjectOf(body.requestPayload) };
  }
  if (Array.isArray(body.Records)) return { origin: 'hydrate function', reason: reason ?? 'no reason given', ...subjectOf(body) };
  if (body.detail) {
    const code = attributes.ERROR_CODE?.StringValue;
    const isByRule = code !== undefined && reason === undefined;
    const said = isByRule
      ? ['the capture function could not be invoked', code, attributes.ERROR_MESSAGE?.StringValue].filter(Boolean).join(': ')
      : reason;
    return { origin: isByRule ? 'EventBridge' : 'capture function', reason: said ?? 'no reason given', ...subjectOf(body) };
  }
  if (body.Type === 'Notification') return { origin: 'SNS', reason: 'the hydrate function could not be invoked', ...subjectOf(body) };
  return { origin: 'unknown', reason: reason ?? 'not an undeliverable that this tool knows' };
}

function reasonOfLambda({ requestContext, responsePayload }: Body): string {
  const { errorType, errorMessage } = responsePayload ?? {};
  return [requestContext?.condition, errorType, errorMessage].filter((part) => typeof part === 'string').join(': ') || 'no reason given';
}

function subjectOf({ Records, Message: message, detail }: Body): { readonly subject?: string } {
  const text = message ?? (Array.isArray(Records) ? Records[0]?.Sns?.Message : undefined);
  if (typeof text === 'string') return { subject: text };
  const { bucket, object } = detail ?? {};
  return typeof object?.key === 'string' ? { subject: `s3://${String(bucket?.name)}/${object.key}` } : {};
}

function bodyOf(text: string): Body {
  const json = parseJson(text);
  return typeof json === 'object' && json !== null ? (json as Body) : {};
}
