import { Environment } from '../../src/contract';
import type { Overflow } from '../shared/dead-letter/dead-letter-queue';
import { once } from './once';
import { requireEnv } from './require-env';

/** The overflow bucket that the environment names. The S3 client is loaded for the first dead letter that needs it. */
export function lazyOverflow(): Overflow {
  const location = [requireEnv(Environment.OVERFLOW_BUCKET), requireEnv(Environment.OVERFLOW_PREFIX)] as const;
  const bucket = once(async () => (await import('./overflow.js')).overflow(...location));
  return { keep: async (...args) => (await bucket()).keep(...args) };
}
