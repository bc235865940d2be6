import { LambdaServiceException } from '@aws-sdk/client-lambda';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { RetryErrorInfo, RetryToken } from '@smithy/types';
import { FullJitterRetry } from '../client-options';
import { isFunctionUnavailable } from './invoke-error';

/** A processor can run for 15 minutes, and responds at the end. */
const MAX_INVOKE_MILLIS = 910_000;

/** About half a minute of delays. The caller handles an error that lasts longer. */
const MAX_RETRIES = 10;

/**
 * Retries only where Lambda returned an error. Without a response the processor may be running: the operator decides whether to send the
 * records again.
 */
export class InvokeRetry extends FullJitterRetry {
  async refreshRetryTokenForRetry(previous: RetryToken, info: RetryErrorInfo): Promise<RetryToken> {
    const isAnswered = info.error instanceof LambdaServiceException;
    if (!isAnswered || isFunctionUnavailable(info.error) || previous.getRetryCount() >= MAX_RETRIES) throw new Error('not retryable');
    return super.refreshRetryTokenForRetry(previous, info);
  }
}

/** Options of the request handler of `invokeOptions`. */
export const invokeRequests = {
  connectionTimeout: 3_000,
  requestTimeout: MAX_INVOKE_MILLIS,
  throwOnRequestTimeout: true,
  // The maximum concurrency of the tool.
  httpAgent: { maxSockets: 64 },
  httpsAgent: { maxSockets: 64 },
};

/** Options of a Lambda client that invokes processors. */
export const invokeOptions = {
  requestHandler: new NodeHttpHandler(invokeRequests),
  retryStrategy: new InvokeRetry(),
};
