const FIRST_MILLIS = 200;
const MAXIMUM_MILLIS = 60_000;

/**
 * The wait before a retry, by the number of attempts so far. AWS documents none. 200 ms, doubling, fits the recordings of AWS: a first
 * retry after 186 to 267 ms and a second after 392 ms (radkawar/stackd, testdata/aws/lambda), 14 calls within 4.2 s
 * (theburningmonk/hydrate-kinesis-dlq, examples/kinesis-sns-message.json), 8 calls of a record before it is 60 s old (localstack's
 * AWS-validated snapshot). No recording shows a longest wait.
 */
export function backoffMillis(attempts: number): number {
  return Math.min(FIRST_MILLIS * 2 ** (attempts - 1), MAXIMUM_MILLIS);
}
