import { LambdaServiceException } from '@aws-sdk/client-lambda';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { RetryErrorInfo, RetryToken } from '@smithy/types';
import { FullJitterRetry } from '../client-options';
import { isFunctionUnavailable } from './invoke-error';

/** A processor may run for fifteen minutes, and answers at the end. */
const MAX_INVOKE_MILLIS = 910_000;

/** Half a minute of waiting, more or less: what is refused for longer is the business of the caller. */
const MAX_RETRIES = 10;

/**
 * Tries again what the processor has certainly not seen, or what Lambda itself failed at. Where there was no answer the processor may
 * be at work: whether it gets the records once more is the operator's choice, by the next run.
 */
export class InvokeRetry extends FullJitterRetry {
  async refreshRetryTokenForRetry(previous: RetryToken, info: RetryErrorInfo): Promise<RetryToken> {
    const isAnswered = info.error instanceof LambdaServiceException;
    if (!isAnswered || isFunctionUnavailable(info.error) || previous.getRetryCount() >= MAX_RETRIES) throw new Error('not for a retry');
    return super.refreshRetryTokenForRetry(previous, info);
  }
}

/** How its requests are made. */
export const invokeRequests = {
  connectionTimeout: 3_000,
  requestTimeout: MAX_INVOKE_MILLIS,
  throwOnRequestTimeout: true,
  // As many as the tool sends at a time.
  httpAgent: { maxSockets: 64 },
  httpsAgent: { maxSockets: 64 },
};

/** Options of a Lambda client that invokes processors. */
export const invokeOptions = {
  requestHandler: new NodeHttpHandler(invokeRequests),
  retryStrategy: new InvokeRetry(),
};
