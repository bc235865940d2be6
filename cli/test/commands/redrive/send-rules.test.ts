import { summaryOf } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { deadLetterOf } from '../../../../test/support/dead-letters';
import { failureRecord } from '../../../../test/support/records';
import { remoteDecision } from '../../../commands/redrive/remote-preview';
import { reasonNotToSend, type SendRules } from '../../../commands/redrive/send-rules';

const rules: SendRules = { include: [], onlyFailedRecords: false, toStream: false };
const summary = summaryOf({ Body: JSON.stringify(deadLetterOf({ records: [], failure: failureRecord() })) });

describe('the end of a tumbling window, which is COMPLETE without records', () => {
  test('is sent to its processor, by the tool and by the redrive function', () => {
    expect(summary).toMatchObject({ status: 'COMPLETE', recoveredRecords: 0 });
    expect(reasonNotToSend({ summary }, rules)).toBeUndefined();
    expect(remoteDecision({ summary }, false)).toEqual({ to: summary.functionArn });
  });

  test('is not put into a stream', () => {
    expect(reasonNotToSend({ summary }, { ...rules, toStream: true })).toMatchObject({ name: 'NoRecords' });
  });
});

test.each(['EXPIRED', 'UNREADABLE', 'PARTIAL'] as const)('a dead letter that is %s without records is left', (status) => {
  expect(reasonNotToSend({ summary: { ...summary, status } }, { ...rules, include: [status] })).toMatchObject({ name: status });
  expect(remoteDecision({ summary: { ...summary, status } }, false)).toMatchObject({ reason: { name: status } });
});

test('a message whose body says something else is left, whatever else it is', () => {
  const defect = { name: 'Inconsistent', message: 'the message is inconsistent: …' };
  expect(reasonNotToSend({ summary, defect }, rules)).toEqual(defect);
  expect(remoteDecision({ summary, defect }, true)).toEqual({ reason: defect });
});
