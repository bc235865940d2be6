import type { KinesisStreamRecord } from 'aws-lambda';
import fc from 'fast-check';
import { toEventRecord } from '../../../lambda/hydrate/kinesis-event-record';
import { deadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { deadLetterId } from '../../../lambda/shared/dead-letter/dead-letter-id';
import { batchOf, parseFailureRecord } from '../../../lambda/shared/dead-letter/failure-record';
import { messageText } from '../../../lambda/shared/dead-letter/message-text';
import { Reading } from '../../../lambda/shared/dead-letter/reading';
import { anyFailureRecord } from '../../support/any-failure-record';
import { propertyRuns } from '../../support/property-runs';
import { failureRecord, SHARD_ID, STREAM_ARN, streamRecord } from '../../support/records';
import { anyText, isTakenBySqs } from '../../support/text';

const bytesOf = (base64: string) => [...Buffer.from(base64, 'base64')];
const many = propertyRuns(10_000);

/** From the notification to the body of the message, and back as a consumer reads it. */
function delivered(notification: string, reading: Reading) {
  const body = messageText(deadLetter(parseFailureRecord(notification, STREAM_ARN), reading));
  return { body, letter: JSON.parse(body) };
}

describe('what a consumer reads out of a message', () => {
  const record = fc.record({ Data: fc.uint8Array({ maxLength: 40 }), PartitionKey: anyText() });

  test('is the bytes and the partition keys of the stream, and the failure record, whatever is in them', () => {
    fc.assert(
      fc.property(anyFailureRecord(), fc.array(record, { maxLength: 4 }), anyText(), (failure, stream, message) => {
        const records = stream.map((it, index) => toEventRecord(streamRecord(index, it), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN }));
        const error = { name: 'InvalidArgumentException', message };
        const { body, letter } = delivered(JSON.stringify(failure), { records, hasStart: false, hasEnd: false, error });
        expect(isTakenBySqs(body)).toBe(true);
        // As text: one comparison of two long strings is far quicker than one of two trees.
        const { payload, hydration, ...rest } = letter;
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
    refused: fc.constantFrom(undefined, false, true),
    error: fc.constantFrom(undefined, { name: 'A', message: 'b' }),
  });

  test('follows one table, whatever was expected and found', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), reading, (expected, { count, ...ends }) => {
        const notification = JSON.stringify(failureRecord({ from: 0, to: 9, batchSize: expected }));
        const { letter } = delivered(notification, { records: Array(count).fill({}), ...ends });
        const hasBoth = ends.hasStart && ends.hasEnd;
        const holds = {
          UNREADABLE: ends.refused === true,
          EXPIRED: !ends.refused && count === 0,
          PARTIAL: !ends.refused && count > 0 && (!hasBoth || count < expected),
          SUPERSET: !ends.refused && hasBoth && count > expected,
          COMPLETE: !ends.refused && hasBoth && count === expected,
        };
        expect(Object.entries(holds).filter(([, it]) => it).map(([status]) => status)).toEqual([letter.hydration.status]);
        expect(letter.hydration).toMatchObject({ expectedRecords: expected, recoveredRecords: count });
        const isWhole = ['COMPLETE', 'SUPERSET'].includes(letter.hydration.status);
        expect(letter.hydration.error).toEqual(isWhole ? undefined : ends.error);
      }),
      many,
    );
  });
});
