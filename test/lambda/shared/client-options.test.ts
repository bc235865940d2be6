import type { RetryErrorInfo, RetryToken } from '@smithy/types';
import fc from 'fast-check';
import { FullJitterRetry } from '../../../lambda/shared/client-options';

type ErrorType = RetryErrorInfo['errorType'];

const sdkError = (name: string) => Object.assign(new Error('no'), { name }) as unknown as RetryErrorInfo['error'];
const after = (count: number): RetryToken => ({ getRetryCount: () => count, getRetryDelay: () => 0 });

/** The token of the retry after so many retries. */
function retry(info: RetryErrorInfo, { retries = 0, random = 1 } = {}): Promise<RetryToken> {
  return new FullJitterRetry(() => random).refreshRetryTokenForRetry(after(retries), info);
}
const delay = async (...args: Parameters<typeof retry>) => (await retry(...args)).getRetryDelay();

const retried: ErrorType[] = ['THROTTLING', 'TRANSIENT', 'SERVER_ERROR'];

describe('the first try', () => {
  test('is made at once', async () => {
    const token = await new FullJitterRetry().acquireInitialRetryToken();
    expect([token.getRetryCount(), token.getRetryDelay()]).toEqual([0, 0]);
  });
});

describe('the delay before a retry', () => {
  test.each<[ErrorType, number[]]>([
    ['THROTTLING', [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]],
    ['TRANSIENT', [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]],
    ['SERVER_ERROR', [200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]],
  ])('after %s is at most %p ms, retry by retry', async (errorType, most) => {
    expect(await Promise.all(most.map((_, retries) => delay({ errorType }, { retries })))).toEqual(most);
  });

  test('is random between zero and that', async () => {
    const kind = fc.constantFrom(...retried);
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(kind, fc.nat({ max: 5_000 }), chance, async (errorType, retries, random) => {
        const base = errorType === 'THROTTLING' ? 500 : 100;
        const most = Math.min(10_000, base * 2 ** (retries + 1));
        expect(await delay({ errorType }, { retries, random })).toBeCloseTo(random * most, 6);
      }),
    );
  });

  test('differs from one function to the next', async () => {
    const waits = await Promise.all(
      Array.from({ length: 20 }, async () =>
        (await new FullJitterRetry().refreshRetryTokenForRetry(after(3), { errorType: 'THROTTLING' })).getRetryDelay(),
      ),
    );
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  describe('that the service requests', () => {
    const asked = (millis: number): RetryErrorInfo => ({ errorType: 'THROTTLING', retryAfterHint: new Date(1_000_000 + millis) });
    beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(1_000_000));
    afterEach(() => jest.restoreAllMocks());

    test.each([
      ['is kept to', 3_000, 0, 3_000],
      ['is no longer than any other', 60_000, 0, 10_000],
      ['does not shorten the own one', 100, 1, 1_000],
      ['is nothing where it is over', -5_000, 0, 0],
    ])('%s', async (_, millis, random, wait) => {
      expect(await delay(asked(millis), { random })).toBe(wait);
    });
  });
});

describe('an error that is retried', () => {
  test.each(retried)('is %s, with no limit of attempts', async (errorType) => {
    const strategy = new FullJitterRetry(() => 0);
    let token = await strategy.acquireInitialRetryToken();
    for (let count = 1; count <= 1_000; count++) {
      token = await strategy.refreshRetryTokenForRetry(token, { errorType });
      expect(token.getRetryCount()).toBe(count);
    }
    strategy.recordSuccess();
  });

  test.each(['KMSThrottlingException', 'KmsThrottled', 'SyntaxError'])(
    'is %s, which passes though it looks like a mistake of the caller',
    async (name) => {
      const token = await retry({ errorType: 'CLIENT_ERROR', error: sdkError(name) }, { retries: 7 });
      expect([token.getRetryCount(), token.getRetryDelay()]).toEqual([8, 10_000]);
    },
  );

  test.each(['AccessDeniedException', 'InvalidArgumentException', 'ResourceNotFoundException', 'ExpiredIteratorException', 'AbortError'])(
    'is not %s',
    async (name) => {
      await expect(retry({ errorType: 'CLIENT_ERROR', error: sdkError(name) })).rejects.toThrow('not retryable');
    },
  );

  test('is not a client error without a name', async () => {
    await expect(retry({ errorType: 'CLIENT_ERROR' })).rejects.toThrow('not retryable');
  });
});
