import { Reason } from './target';

/** What says that a request was sent, and not what became of it: no answer, or one that was cut off on its way. */
const NO_RESPONSE = new Set(['TimeoutError', 'AbortError', 'SyntaxError', 'BrokenAnswerError']);
const BROKEN_CONNECTION = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** An answer that does not say what it should. */
export class BrokenAnswerError extends Error {
  readonly name = 'BrokenAnswerError';
}

/** Whether it is unknown what became of a request: the service may have taken it. */
export function isOutcomeUnknown(error: unknown): boolean {
  const { name = '', code = '', $metadata } = error as { name?: string; code?: string; $metadata?: { httpStatusCode?: number } };
  return NO_RESPONSE.has(name) || BROKEN_CONNECTION.has(code) || ($metadata?.httpStatusCode ?? 0) >= 500;
}

export function sendErrorReason(error: unknown): Reason {
  const { name, message } = error as Error;
  return { name, message: isOutcomeUnknown(error) ? `unknown whether the records were taken: ${message}` : message };
}
