import { summaryOf } from '../../../lambda/shared/dead-letter/dead-letter-message';
import { deadLetterOf } from '../../../test/support/dead-letters';
import { failureRecord } from '../../../test/support/records';
import { reasonToLeave, type SendRules } from '../../redrive/disposition';
import { remoteVerdict } from '../../redrive/remote-survey';

const rules: SendRules = { include: [], onlyFailedRecords: false, toStream: false };
const summary = summaryOf({ Body: JSON.stringify(deadLetterOf({ records: [], failure: failureRecord() })) });

describe('the end of a tumbling window, which is COMPLETE without records', () => {
  test('is sent to its processor, by the tool and by the redrive function', () => {
    expect(summary).toMatchObject({ status: 'COMPLETE', recoveredRecords: 0 });
    expect(reasonToLeave({ summary }, rules)).toBeUndefined();
    expect(remoteVerdict({ summary }, false)).toEqual({ to: summary.functionArn });
  });

  test('is not put into a stream', () => {
    expect(reasonToLeave({ summary }, { ...rules, toStream: true })).toMatchObject({ name: 'NoRecords' });
  });
});

test.each(['EXPIRED', 'UNREADABLE', 'PARTIAL'] as const)('a dead letter that is %s without records is left', (status) => {
  expect(reasonToLeave({ summary: { ...summary, status } }, { ...rules, include: [status] })).toMatchObject({ name: status });
  expect(remoteVerdict({ summary: { ...summary, status } }, false)).toMatchObject({ reason: { name: status } });
});

test('a message whose body says something else is left, whatever else it is', () => {
  const defect = { name: 'Inconsistent', message: 'the message is inconsistent: …' };
  expect(reasonToLeave({ summary, defect }, rules)).toEqual(defect);
  expect(remoteVerdict({ summary, defect }, true)).toEqual({ reason: defect });
});
