import { summaryOf } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { deadLetterOf } from '../../../../test/support/dead-letters';
import { failureRecord } from '../../../../test/support/records';
import { remoteDecision } from '../../../commands/redrive/remote-preview';
import { reasonNotToSend, riskOf, type SendRules } from '../../../commands/redrive/send-rules';

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

describe('a dead letter of an EventBridge pipe', () => {
  const ofPipe = { ...summary, functionArn: 'arn:aws:pipes:us-east-1:123456789012:pipe/orders' };

  test('is left without --function, because nothing can invoke a pipe', () => {
    const reason = reasonNotToSend({ summary: ofPipe }, rules);
    expect(reason?.message).toBe(`${ofPipe.functionArn} is an EventBridge pipe, which cannot be invoked: --function NAME sends it to a function that takes Lambda's event`);
  });

  test('is sent to a function that is named', () => {
    expect(reasonNotToSend({ summary: ofPipe }, { ...rules, function: 'orders' })).toBeUndefined();
  });
});

test.each(['PARTIAL', 'UNREADABLE'] as const)('a dead letter of a file that is %s is neither rehydrated nor deleted', (status) => {
  const found = { summary: { ...summary, status, recoveredRecords: 1 } };
  const inFile = { ...rules, from: 'rescued.jsonl' };
  expect(reasonNotToSend(found, rules)?.message).toMatch(/deleted.*"rehydrate"/);
  expect(reasonNotToSend(found, inFile)?.message).toBe(
    `some of the failed records are missing: "show" with the file says whether the stream still has them; --include ${status} sends it`,
  );
  expect(reasonNotToSend(found, { ...inFile, include: [status] })).toBeUndefined();
  expect(riskOf(status, inFile)).not.toMatch(/deleted|rehydrate/);
});

test('a message whose body says something else is left, whatever else it is', () => {
  const defect = { name: 'Inconsistent', message: 'the message is inconsistent: …' };
  expect(reasonNotToSend({ summary, defect }, rules)).toEqual(defect);
  expect(remoteDecision({ summary, defect }, true)).toEqual({ reason: defect });
});
