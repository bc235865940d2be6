import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Alarms, KinesisStreamProcessor, QueueProcessor, RedriveFunction, StreamDlq } from 'cdk-stream-dlq';
import { processorProps } from '../support/app';

const page = readFileSync(join(__dirname, '../../docs/monitoring.md'), 'utf8');
const text = page.replace(/\n/g, ' ');

/** How many metrics the alarms of a stack look at: CloudWatch bills each. */
const billed = (stack: Stack) => Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))
  .reduce((sum, { Properties: { Metrics } }) => sum + (Metrics ? Metrics.filter((it: object) => 'MetricStat' in it).length : 1), 0);
const resources = (stack: Stack) => Object.keys(Template.fromStack(stack).toJSON().Resources).length;

test.each([
  ['without alarms', Alarms.none()],
  ['with the essential ones', Alarms.essential()],
  ['with all', Alarms.all()],
])('names the resources of a processor %s', (which, alarms) => {
  const stack = new Stack();
  new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms });
  expect(text.includes(`${resources(stack)} ${which}`)).toBe(true);
});

test.each([
  ['essential alarms of a `StreamDlq` with one processor', Alarms.essential(), 1],
  ['all alarms of a `StreamDlq` with one processor', Alarms.all(), 1],
])('counts the metrics of %s', (row, alarms) => {
  const stack = new Stack();
  new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms });
  expect([billed(stack), page.includes(`| ${row} | ${billed(stack)} alarm metrics`)]).toEqual([billed(stack), true]);
  expect(page).toMatch(new RegExp(`\\| ${row} \\|[^|]*\\| \\$${(billed(stack) / 10).toFixed(2).replace('.', '\\.')}`));
});

test.each([
  ['each further processor that shares it', Alarms.essential()],
  ['each further processor that shares it, all alarms', Alarms.all()],
])('counts the metrics of %s', (row, alarms) => {
  const [one, two] = [1, 2].map((processors) => {
    const stack = new Stack();
    const dlq = new StreamDlq(stack, 'Dlq', { alarms });
    for (let i = 0; i < processors; i++) new KinesisStreamProcessor(stack, `P${i}`, { processorProps, dlq });
    return billed(stack);
  });
  expect(page).toMatch(new RegExp(`\\| ${row} \\| ${two - one} alarm metrics?`));
});

test('counts the metrics of a RedriveFunction', () => {
  const stack = new Stack();
  const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  new RedriveFunction(stack, 'Redrive', { dlq, alarms: Alarms.essential() });
  expect(page.includes(`| \`RedriveFunction\` | ${billed(stack)} alarm metrics`)).toBe(true);
});

test.each([
  ['essential', Alarms.essential()],
  ['all', Alarms.all()],
])('counts the metrics of a QueueProcessor, %s', (set, alarms) => {
  const stack = new Stack();
  new QueueProcessor(stack, 'Jobs', { processorProps, alarms });
  expect(page).toContain(`| \`QueueProcessor\`, ${set} | ${billed(stack)} alarm metrics | $${(billed(stack) / 10).toFixed(2)} |`);
});
