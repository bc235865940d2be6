import { LambdaServiceException } from '@aws-sdk/client-lambda';
import type { RetryErrorInfo, RetryToken } from '@smithy/types';
import { invokeOptions, InvokeRetry } from '../../../../lambda/shared/redrive/invoke-options';

const after = (count: number): RetryToken => ({ getRetryCount: () => count, getRetryDelay: () => 0 });
const refusal = (name: string, status: number) =>
  new LambdaServiceException({ name, $fault: status < 500 ? 'client' : 'server', $metadata: { httpStatusCode: status }, message: 'no' });
const retry = (error: unknown, errorType: RetryErrorInfo['errorType'], retries = 0) =>
  new InvokeRetry(() => 1).refreshRetryTokenForRetry(after(retries), { error: error as RetryErrorInfo['error'], errorType });

describe('an invocation', () => {
  test.each<[string, number, RetryErrorInfo['errorType'], number]>([
    ['TooManyRequestsException', 429, 'THROTTLING', 1_000],
    ['EC2ThrottledException', 502, 'THROTTLING', 1_000],
    ['ServiceException', 500, 'TRANSIENT', 200],
  ])('is retried after %s, for about half a minute', async (name, status, errorType, wait) => {
    expect((await retry(refusal(name, status), errorType)).getRetryDelay()).toBe(wait);
    expect((await retry(refusal(name, status), errorType, 9)).getRetryCount()).toBe(10);
    await expect(retry(refusal(name, status), errorType, 10)).rejects.toThrow('not retryable');
  });

  test.each<[string, unknown]>([
    ['no answer', Object.assign(new Error('no'), { name: 'TimeoutError' })],
    ['a broken connection', Object.assign(new Error('no'), { code: 'ECONNRESET' })],
    ['a fault of the network of the function', refusal('InvalidSubnetIDException', 502)],
    ['a fault of the key of the function', refusal('KMSDisabledException', 502)],
    ['nothing', undefined],
  ])('is not retried, because its processor may be running or cannot start: %s', async (_, error) => {
    await expect(retry(error, 'TRANSIENT')).rejects.toThrow('not retryable');
  });

  test('is not retried after a client error', async () => {
    await expect(retry(refusal('AccessDeniedException', 403), 'CLIENT_ERROR')).rejects.toThrow('not retryable');
  });

  test('is waited for as long as a processor can run', async () => {
    await invokeOptions.requestHandler.handle({} as never).catch(() => undefined);
    expect(invokeOptions.requestHandler.httpHandlerConfigs()).toMatchObject({ requestTimeout: 910_000, throwOnRequestTimeout: true });
    expect(invokeOptions.retryStrategy).toBeInstanceOf(InvokeRetry);
  });
});
