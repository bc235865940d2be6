import type { RetryErrorInfo, RetryToken } from '@smithy/types';
import { FullJitterRetry } from '../client-options';
import { isOutcomeUnknown } from './send-error';

/** Half a minute of waiting, more or less. */
const MOST_RETRIES = 10;

/**
 * Tries again what the stream has certainly not taken. Where there was no answer it may have: whether the records are put once more is
 * the operator's choice, by the next run.
 */
export class PutRetry extends FullJitterRetry {
  async refreshRetryTokenForRetry(previous: RetryToken, info: RetryErrorInfo): Promise<RetryToken> {
    if (isOutcomeUnknown(info.error) || previous.getRetryCount() >= MOST_RETRIES) throw new Error('not for a retry');
    return super.refreshRetryTokenForRetry(previous, info);
  }
}
