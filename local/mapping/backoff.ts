const FIRST_MILLIS = 400;
const MAXIMUM_MILLIS = 60_000;

/**
 * The wait before a retry, by the number of attempts so far. Lambda's own curve is not documented. This one fits what
 * was seen of it: 3 attempts within 1.25 s, 4 within 4.3 s, and 8 before a record age of 60 s ran out.
 */
export function backoffMillis(attempts: number): number {
  return Math.min(FIRST_MILLIS * 2 ** (attempts - 1), MAXIMUM_MILLIS);
}
