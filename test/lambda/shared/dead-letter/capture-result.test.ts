import { captureResult } from '../../../../lambda/shared/dead-letter/capture-result';
import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import type { ReadResult } from '../../../../lambda/shared/dead-letter/read-result';
import { eventRecord, deadLetterOf } from '../../../support/dead-letters';
import { failureRecord } from '../../../support/records';

const found = (records: readonly unknown[], fields: Partial<ReadResult> = {}) =>
  toDeadLetter(failureRecord({ to: 99_999 }), { records, hasStart: false, hasEnd: false, ...fields });
const many = (count: number) => Array.from({ length: count }, (_, place) => ({ kinesis: { sequenceNumber: String(place) } }));

describe('the result for dead letters', () => {
  test('has the status of each', () => {
    const deadLetter = deadLetterOf();
    const { deadLetterId } = deadLetter.hydration;
    expect(captureResult([deadLetter], 2)).toEqual({
      deadLetters: [{ deadLetterId, status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3 }],
      undeliverables: 2,
    });
  });

  test('names the records of a dead letter that is not whole', () => {
    const kinesis = [eventRecord(1), eventRecord(2)] as { kinesis: { sequenceNumber: string } }[];
    const [partial, table, unreadable, none] = captureResult([
      found(kinesis), found([{ dynamodb: { SequenceNumber: '17' } }, { other: 1 }]), found(kinesis.slice(1), { unreadable: true }), found([]),
    ], 0).deadLetters;
    expect(partial).toMatchObject({ status: 'PARTIAL', sequenceNumbers: kinesis.map((it) => it.kinesis.sequenceNumber) });
    expect(table).toMatchObject({ recoveredRecords: 2, sequenceNumbers: ['17'] });
    expect(unreadable).toMatchObject({ status: 'UNREADABLE', sequenceNumbers: [kinesis[1].kinesis.sequenceNumber] });
    expect(none).toMatchObject({ status: 'EXPIRED', sequenceNumbers: [] });
  });

  test('stays below the limit of a Lambda response: it names at most as many records as a batch can have', () => {
    const [first, second, third] = captureResult([found(many(9_998)), found(many(3)), found(many(2))], 0).deadLetters;
    expect(first.sequenceNumbers).toHaveLength(9_998);
    expect(second).toMatchObject({ recoveredRecords: 3 });
    expect(second).not.toHaveProperty('sequenceNumbers');
    expect(third.sequenceNumbers).toEqual(['0', '1']);
  });
});
