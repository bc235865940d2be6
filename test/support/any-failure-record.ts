import fc from 'fast-check';
import { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { CONSUMER_ARN, failureRecord, STREAM_ARN } from './records';
import { anyText } from './text';

/** Fields that nobody knows yet. Their names are none of those that are known. */
function news(): fc.Arbitrary<Record<string, unknown>> {
  return fc.dictionary(anyText().map((name) => `new ${name}`), fc.jsonValue({ maxDepth: 2, stringUnit: 'binary' }), { maxKeys: 2 });
}

/** Any failure record that Lambda could send of the stream, with fields that it may add one day. */
export function anyFailureRecord(): fc.Arbitrary<FailureRecord> {
  const text = anyText().map((it) => `x${it}`);
  const time = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }).map((it) => it.toISOString());
  const number = fc.bigInt({ min: 0n, max: 10n ** 60n });
  const ends = fc.tuple(number, number).map(([a, b]) => (a < b ? [`${a}`, `${b}`] : [`${b}`, `${a}`]));
  return fc
    .record({
      top: news(),
      requestContext: fc.record({ requestId: text, functionArn: text, condition: text, approximateInvokeCount: fc.nat(), more: news() }),
      responseContext: fc.option(fc.constant(failureRecord().responseContext), { nil: undefined }),
      timestamp: time,
      ends,
      batch: fc.record({
        shardId: text,
        approximateArrivalOfFirstRecord: time,
        approximateArrivalOfLastRecord: time,
        batchSize: fc.integer({ min: 1, max: 10_000 }),
        streamArn: fc.constantFrom(STREAM_ARN, CONSUMER_ARN),
      }),
      inBatch: news(),
    })
    .map(({ top, requestContext: { more, ...request }, responseContext, timestamp, ends: [start, end], batch, inBatch }) => ({
      ...top,
      requestContext: { ...request, ...more },
      ...(responseContext && { responseContext }),
      version: '1.0',
      timestamp,
      KinesisBatchInfo: { ...batch, startSequenceNumber: start, endSequenceNumber: end, ...inBatch },
    }));
}
