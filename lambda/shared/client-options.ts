import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { RetryErrorInfo, RetryStrategyV2, RetryToken } from '@smithy/types';

/** The base of the waits, and the most that one may take. */
const BASE_MILLIS = { other: 100, THROTTLING: 500 };
const MAX_MILLIS = 10_000;

/** What passes by itself, though the SDK takes it for the caller's mistake. */
const PASSING = new Set([
  // Kinesis passes the throttling of its key on under this name.
  'KMSThrottlingException',
  'KmsThrottled',
  // An answer that was cut off on its way and does not parse.
  'SyntaxError',
]);

/**
 * Retries throttling, server errors and broken connections, with full jitter, for as long as the caller's abort signal allows:
 * what ends it is the time of the invocation, not a number of attempts.
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class FullJitterRetry implements RetryStrategyV2 {
  constructor(private readonly random: () => number = Math.random) {}

  async acquireInitialRetryToken(): Promise<RetryToken> {
    return token(0, 0);
  }

  async refreshRetryTokenForRetry(previous: RetryToken, { error, errorType, retryAfterHint }: RetryErrorInfo): Promise<RetryToken> {
    const name = (error as { name?: string } | undefined)?.name ?? '';
    if (errorType === 'CLIENT_ERROR' && !PASSING.has(name)) {
      throw new Error('not for a retry');
    }
    const count = previous.getRetryCount() + 1;
    const base = errorType === 'THROTTLING' ? BASE_MILLIS.THROTTLING : BASE_MILLIS.other;
    const jittered = this.random() * Math.min(MAX_MILLIS, base * 2 ** Math.min(count, 10));
    const asked = retryAfterHint ? Math.min(MAX_MILLIS, retryAfterHint.getTime() - Date.now()) : 0;
    return token(count, Math.max(jittered, asked, 0));
  }

  recordSuccess(): void {
    // There is no budget to refill.
  }
}

function token(count: number, delay: number): RetryToken {
  return { getRetryCount: () => count, getRetryDelay: () => delay };
}

/** Options of every SDK client. The Kinesis client's own HTTP/2 handler opens a session for every request; this one keeps its connections. */
export const clientOptions = {
  requestHandler: new NodeHttpHandler({ connectionTimeout: 3_000, requestTimeout: 30_000, throwOnRequestTimeout: true }),
  retryStrategy: new FullJitterRetry(),
};
