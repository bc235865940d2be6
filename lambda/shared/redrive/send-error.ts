import { Reason } from './target';

/** Errors after which the outcome of a request is unknown: no response, or one that was cut off. */
const NO_RESPONSE = new Set(['TimeoutError', 'AbortError', 'SyntaxError', 'InvalidResponseError']);
const BROKEN_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** A response that does not match its request. */
export class InvalidResponseError extends Error {
  readonly name = 'InvalidResponseError';
}

/** Whether the outcome of a request is unknown: the service may have accepted it. */
export function isOutcomeUnknown(error: unknown): boolean {
  const { name = '', code = '', $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  return NO_RESPONSE.has(name) || BROKEN_CONNECTION.has(code) || ($metadata?.httpStatusCode ?? 0) >= 500;
}

export function sendErrorReason(error: unknown): Reason {
  const { name, message } = error as Error;
  return { name, message: isOutcomeUnknown(error) ? `it is unknown whether the records were accepted: ${message}` : message };
}
