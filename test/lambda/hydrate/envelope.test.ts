import type { KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { toDeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { deadLetterId } from '../../../lambda/shared/dead-letter/dead-letter-id';
import { batchOf, parseFailureRecord } from '../../../lambda/shared/dead-letter/failure-record';
import { ReadResult } from '../../../lambda/shared/dead-letter/read-result';
import { messageText } from '../../../lambda/shared/dead-letter/sqs-message';
import { toEventRecord } from '../../../lambda/shared/stream/kinesis-event-record';
import { anyFailureRecord } from '../../support/any-failure-record';
import { propertyRuns } from '../../support/property-runs';
import { failureRecord, SHARD_ID, STREAM_ARN, streamRecord } from '../../support/records';
import { anyText, isTakenBySqs } from '../../support/text';

const bytesOf = (base64: string) => [...Buffer.from(base64, 'base64')];
const many = propertyRuns(10_000);

/** From the notification to the body of the message, and back as a consumer reads it. */
function delivered(notification: string, reading: ReadResult) {
  const body = messageText(toDeadLetter(parseFailureRecord(notification), reading));
  return { body, deadLetter: JSON.parse(body) };
}

describe('what a consumer reads out of a message', () => {
  const record = fc.record({ Data: fc.uint8Array({ maxLength: 40 }), PartitionKey: anyText() });

  test('is the bytes and the partition keys of the stream, and the failure record, whatever is in them', () => {
    fc.assert(
      fc.property(anyFailureRecord(), fc.array(record, { maxLength: 4 }), anyText(), (failure, stream, message) => {
        const records = stream.map((it, index) => toEventRecord(streamRecord(index, it), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN }));
        const error = { name: 'InvalidArgumentException', message };
        const { body, deadLetter } = delivered(JSON.stringify(failure), { records, hasStart: false, hasEnd: false, error });
        expect(isTakenBySqs(body)).toBe(true);
        // As text: one comparison of two long strings is far quicker than one of two trees.
        const { payload, hydration, ...rest } = deadLetter;
        expect(JSON.stringify(rest)).toBe(JSON.stringify(failure));
        const read = payload.Records.map(({ kinesis }: KinesisStreamRecord) => [bytesOf(kinesis.data), kinesis.partitionKey]);
        expect(JSON.stringify(read)).toBe(JSON.stringify(stream.map(({ Data, PartitionKey }) => [[...Data], PartitionKey])));
        expect(JSON.stringify(hydration)).toBe(
          JSON.stringify({
            formatVersion: '0.1.0',
            status: stream.length ? 'PARTIAL' : 'EXPIRED',
            expectedRecords: batchOf(failure).batchSize,
            recoveredRecords: stream.length,
            deadLetterId: deadLetterId(failure),
            error,
          }),
        );
      }),
      many,
    );
  });
});

describe('the status', () => {
  const reading = fc.record({
    count: fc.nat({ max: 6 }),
    hasStart: fc.boolean(),
    hasEnd: fc.boolean(),
    unreadable: fc.constantFrom(undefined, false, true),
    error: fc.constantFrom(undefined, { name: 'A', message: 'b' }),
  });

  test('follows one table, whatever was expected and found', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), reading, (expected, { count, ...ends }) => {
        const notification = JSON.stringify(failureRecord({ from: 0, to: 9, batchSize: expected }));
        const { deadLetter } = delivered(notification, { records: Array(count).fill({}), ...ends });
        const hasBoth = ends.hasStart && ends.hasEnd;
        const holds = {
          UNREADABLE: ends.unreadable === true,
          EXPIRED: !ends.unreadable && count === 0,
          PARTIAL: !ends.unreadable && count > 0 && (!hasBoth || count < expected),
          SUPERSET: !ends.unreadable && hasBoth && count > expected,
          COMPLETE: !ends.unreadable && hasBoth && count === expected,
        };
        expect(Object.entries(holds).filter(([, it]) => it).map(([status]) => status)).toEqual([deadLetter.hydration.status]);
        expect(deadLetter.hydration).toMatchObject({ expectedRecords: expected, recoveredRecords: count });
        const isWhole = ['COMPLETE', 'SUPERSET'].includes(deadLetter.hydration.status);
        expect(deadLetter.hydration.error).toEqual(isWhole ? undefined : ends.error);
      }),
      many,
    );
  });
});
