import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';

/** The base of the delays, and the maximum delay. */
const BASE_MILLIS = { other: 100, THROTTLING: 500 };
const MAX_MILLIS = 10_000;

/** Transient errors that the SDK classifies as client errors. */
const TRANSIENT = new Set([
  // Kinesis returns throttling of its KMS key under this name.
  'KMSThrottlingException',
  'KmsThrottled',
  // A response that was cut off and does not parse.
  'SyntaxError',
]);

/**
 * Retries throttling, server errors and broken connections with full jitter until the caller's abort signal: the remaining time of the
 * invocation is the limit, not a number of attempts.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class FullJitterRetry implements RetryStrategyV2 {
  constructor(private readonly random: () => number = Math.random) {}

  async acquireInitialRetryToken(): Promise<RetryToken> {
    return token(0, 0);
  }

  async refreshRetryTokenForRetry(previous: RetryToken, { error, errorType, retryAfterHint }: RetryErrorInfo): Promise<RetryToken> {
    const name = (error as { name?: string } | undefined)?.name ?? '';
    if (errorType === 'CLIENT_ERROR' && !TRANSIENT.has(name)) {
      throw new Error('not retryable');
    }
    const count = previous.getRetryCount() + 1;
    const base = errorType === 'THROTTLING' ? BASE_MILLIS.THROTTLING : BASE_MILLIS.other;
    const jittered = this.random() * Math.min(MAX_MILLIS, base * 2 ** Math.min(count, 10));
    const hinted = retryAfterHint ? Math.min(MAX_MILLIS, retryAfterHint.getTime() - Date.now()) : 0;
    return token(count, Math.max(jittered, hinted, 0));
  }

  recordSuccess(): void {
    // There is no retry quota to refill.
  }
}

function token(count: number, delay: number): RetryToken {
  return { getRetryCount: () => count, getRetryDelay: () => delay };
}

/** Options of every SDK client. The HTTP/2 handler of the Kinesis client opens a session for each request; this handler keeps connections alive. */
export const clientOptions = {
  requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true }),
  retryStrategy: new FullJitterRetry(),
};
