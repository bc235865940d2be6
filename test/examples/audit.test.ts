import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { AuditStack } from '../../examples/typescript/audit/app';
import { annotationsOf, testApp } from '../support/app';

const PROCESSOR = join(__dirname, '../../examples/typescript/audit/processor/index.mjs');

/** Runs the processor of the example on changes, in a process of its own: it is an ES module. Throws with what it wrote to stderr. */
function audit(...changes: object[]): unknown[] {
  const script = `import { handler } from ${JSON.stringify(PROCESSOR)}; await handler(${JSON.stringify({ Records: changes })});`;
  const lines = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8', stdio: 'pipe' });
  return lines.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

const Keys = { customerId: { S: 'c-1' } };
const answeredFor = { ...Keys, changedBy: { S: 'ada' } };

const change = (eventName: string, images: object, more: object = {}) => ({
  eventName,
  dynamodb: { Keys, SequenceNumber: '111111111111111111111', ...images },
  ...more,
});
const line = (eventName: string, changedBy: string) => ({
  notice: 'change audited', change: eventName, customerId: 'c-1', changedBy, sequenceNumber: '111111111111111111111',
});

describe('examples/typescript/audit', () => {
  test('is an app with nothing to warn of, which says where its table and its queues are', () => {
    const stack = new AuditStack(testApp(), 'Audit');
    expect(Object.keys(Template.fromStack(stack).toJSON().Outputs)).toEqual(['TableName', 'DeadLetterQueueUrl', 'UndeliverableQueueUrl']);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('audits every kind of change', () => {
    const expired = { userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' } };
    expect(
      audit(
        change('INSERT', { NewImage: answeredFor }),
        change('MODIFY', { OldImage: Keys, NewImage: answeredFor }),
        change('REMOVE', { OldImage: answeredFor }),
        change('REMOVE', { OldImage: Keys }, expired),
      ),
    ).toEqual([line('INSERT', 'ada'), line('MODIFY', 'ada'), line('REMOVE', 'ada'), line('REMOVE', 'dynamodb.amazonaws.com')]);
  });

  test('fails on a change that nobody answers for', () => {
    expect(() => audit(change('INSERT', { NewImage: Keys }))).toThrow('customer c-1 must say in changedBy who changed it');
  });
});
