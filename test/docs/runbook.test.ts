import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Alarms, KinesisStreamProcessor, QueueProcessor, RedriveFunction } from '../../src';
import { ALARM_NAMES } from '../../src/private/alarm-kinds';
import { processorProps, testStack } from '../support/app';

const ROOT = join(__dirname, '../..');
const REPOSITORY = 'https://github.com/cdk-stream-dlq/cdk-stream-dlq/blob/main/';

const page = readFileSync(join(ROOT, 'docs/runbook.md'), 'utf8');
const sections = page.split(/^## /m).slice(1).map((section) => [/^.*/.exec(section)![0], section] as const);

test('has a section for each alarm, and no other', () => {
  expect(sections.map(([name]) => name).sort()).toEqual([...ALARM_NAMES].sort());
});

test.each(sections)('%s is described, investigated and resolved', (_, section) => {
  const parts = section.split(/^### /m).slice(1);
  expect(parts.map((part) => /^.*/.exec(part)![0])).toEqual(['Description', 'Investigation', 'Resolution']);
  for (const part of parts) expect(part.split('\n').slice(1).join('').trim()).not.toBe('');
});

const linksIn = (stack: Stack) => Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))
  .map(({ Properties: { AlarmDescription } }) => /https:\S+$/.exec(AlarmDescription as string)![0]);

test('the description of each alarm links to its section', () => {
  const stack = testStack();
  const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms: Alarms.all() });
  new RedriveFunction(stack, 'Redrive', { dlq });
  const ofStreams = linksIn(stack);
  const queues = testStack();
  new QueueProcessor(queues, 'Orders', { processorProps, alarms: Alarms.all() });
  const links = new Set([...ofStreams, ...linksIn(queues)]);
  // As GitHub makes the anchors of these headings.
  expect([...links].sort()).toEqual(sections.map(([name]) => `${REPOSITORY}docs/runbook.md#${name.toLowerCase()}`).sort());
});
