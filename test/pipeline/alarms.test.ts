import { PublishCommand } from '@aws-sdk/client-sns';
import { PurgeQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { App, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { AlarmStatus } from '../../local/cloudwatch/alarm';
import { Alarms, DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, type KinesisStreamProcessorProps, RedriveFunction } from '../../src';
import { ALARM_NAMES, type AlarmName } from '../../src/private/alarm-kinds';
import { emittedMetric } from '../support/emitted-metrics';
import { describeNeedsJava } from '../support/java';
import { Pipeline, type PipelineOptions, processorProps, receivedOnce, type Template } from './pipeline';
import { PipelineTable } from './table';

const MINUTES_PER_DAY = 1_440;

/** All but those of a QueueProcessor alone: queue-alarms.test.ts. */
const STREAM_ALARMS = ALARM_NAMES.filter((name) => name !== 'oldestMessage');

let pipeline: Pipeline;
/** Alarms that a test has seen in ALARM. */
const seen = new Set<AlarmName>();

afterEach(async () => {
  const { metrics } = pipeline.cloud.account;
  await pipeline.stop();
  for (const { namespace, name, dimensions } of metrics.ids) {
    expect([namespace, name, emittedMetric(namespace, name, Object.keys(dimensions))]).toEqual([namespace, name, expect.any(Object)]);
  }
});

/** A processor and a RedriveFunction with all alarms, at their defaults. */
async function start(props: Partial<KinesisStreamProcessorProps> = {}, options: Partial<PipelineOptions> = {}, maxAttempts = 1): Promise<void> {
  pipeline = await Pipeline.start({
    define: (app: App) => {
      const stack = new Stack(app, 'Test');
      const orders = new KinesisStreamProcessor(stack, 'Orders', {
        processorProps: processorProps(), retryAttempts: 0, alarms: Alarms.all(), ...props,
      });
      new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq, maxAttempts });
      return [orders];
    },
    ...options,
  });
}

/** The status of each alarm after some minutes. */
async function after(minutes: number): Promise<Map<AlarmName, AlarmStatus>> {
  const statuses = new Map((await pipeline.cloud.cloudWatch.passMinutes(minutes)).map((status) => [status.name, status]));
  return new Map(resourcesOf('AWS::CloudWatch::Alarm').map(({ physicalId, properties }) => {
    const anchor = String(properties.AlarmDescription).split('#').at(-1);
    return [ALARM_NAMES.find((name) => name.toLowerCase() === anchor)!, statuses.get(physicalId)!];
  }));
}

/** The alarms that are in ALARM. */
async function inAlarm(minutes = 2): Promise<AlarmName[]> {
  const names = [...(await after(minutes))].filter(([, { state }]) => state === 'ALARM').map(([name]) => name);
  for (const name of names) seen.add(name);
  return names.sort();
}

async function publish(...data: readonly string[]): Promise<void> {
  await pipeline.publish(data.map((it) => ({ key: 'a', data: it })));
  await pipeline.settle();
}

/** From now on, a role cannot do this. */
function deny(role: string, ...actions: string[]): void {
  const { policies } = [...pipeline.cloud.account.roles.values()].find(({ arn }) => arn.includes(role))!;
  policies.set('denied', { Statement: [{ Effect: 'Deny', Action: actions, Resource: '*' }] });
}

function resourcesOf(resourceType: string) {
  return [...pipeline.stacks[0].resources.values()].filter(({ type }) => type === resourceType);
}

async function switchOnRedrive(): Promise<void> {
  const { spec: { uuid } } = [...pipeline.stacks[0].queueMappings.values()].find(({ spec: { enabled } }) => !enabled)!;
  pipeline.cloud.account.mappings.get(uuid)!.setEnabled(true);
  await pipeline.settle();
}

/** Deletes everything that waits in a queue. */
async function purge(name: string): Promise<void> {
  const { physicalId } = resourcesOf('AWS::SQS::Queue').find(({ attributes }) => attributes.QueueName.includes(name))!;
  await pipeline.cloud.clients.sqs.send(new PurgeQueueCommand({ QueueUrl: physicalId }));
}

/** Takes away the policy by which services send to the undeliverable queue. */
function closeUndeliverableQueue(): void {
  const { resourcePolicies } = pipeline.cloud.account;
  resourcePolicies.delete([...resourcePolicies.keys()].find((arn) => arn.includes('UndeliverableQueue'))!);
}

function removeFunction(part: string): void {
  const { functions } = pipeline.cloud.account;
  for (const arn of functions.keys()) if (arn.includes(part)) functions.delete(arn);
}

test('without failures, no alarm is in ALARM, and iteratorAge knows nothing once nothing is processed', async () => {
  await start();
  expect([...pipeline.cloud.cloudWatch.statuses].map(({ state }) => state)).toEqual(STREAM_ALARMS.map(() => 'INSUFFICIENT_DATA'));
  await publish('good');
  const states = new Map([...(await after(5))].map(([name, { state }]) => [name, state]));
  expect(states).toEqual(new Map(STREAM_ALARMS.map((name) => [name, 'OK'])));
  expect((await after(30)).get('iteratorAge')).toMatchObject({ state: 'INSUFFICIENT_DATA' });
});

test('a dead letter that waits, that is old, and that is parked', async () => {
  await start();
  await publish('throw');
  expect(await inAlarm(1)).toEqual([]);
  expect(await inAlarm(1)).toEqual(['deadLetters']);

  pipeline.cloud.account.metrics.pass(10.5 * MINUTES_PER_DAY);
  expect(await inAlarm()).toEqual(['deadLetters', 'oldestDeadLetter']);

  await switchOnRedrive();
  expect(await inAlarm(20)).toEqual(['parkedDeadLetters']);
  await purge('Parking');
  expect(await inAlarm()).toEqual([]);
});

test('the composite alarm for paging is in ALARM with one of the critical alarms', async () => {
  await start({}, {
    define: (app) => {
      const stack = new Stack(app, 'Test');
      const pagingActions = [new SnsAction(new sns.Topic(stack, 'Pager'))];
      return [new KinesisStreamProcessor(stack, 'Orders', { processorProps: processorProps(), retryAttempts: 0, alarms: Alarms.all({ pagingActions }) })];
    },
  });
  const [{ physicalId }] = resourcesOf('AWS::CloudWatch::CompositeAlarm');
  const state = () => pipeline.cloud.cloudWatch.statuses.find(({ name }) => name === physicalId)!.state;
  await publish('good');
  expect([await inAlarm(), state()]).toEqual([[], 'OK']);
  await publish('throw');
  expect([await inAlarm(), state()]).toEqual([['deadLetters'], 'ALARM']);
});

test('looking at a dead letter does not end the alarm', async () => {
  await start();
  await publish('throw');
  expect(await inAlarm()).toEqual(['deadLetters']);
  const { cloud: { clients }, processors: [{ queueUrl: QueueUrl }] } = pipeline;
  await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 60 }));
  expect(await inAlarm()).toEqual(['deadLetters']);
});

test('a message that is no failure record', async () => {
  await start();
  const [{ physicalId: TopicArn }] = resourcesOf('AWS::SNS::Topic');
  await pipeline.cloud.clients.sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
  await pipeline.settle();
  expect(await inAlarm()).toEqual(['undeliverables']);
  await purge('Undeliverable');
  expect(await inAlarm()).toEqual([]);
});

test('a stream that the capture function cannot read', async () => {
  await start();
  deny('Hydrate', 'kinesis:GetShardIterator', 'kinesis:GetRecords');
  await publish('throw');
  expect(await inAlarm()).toEqual(['deadLetters', 'incompleteDeadLetters']);
});

test('a topic that Lambda cannot send to', async () => {
  await start();
  deny('Processor', 'sns:Publish');
  await publish('throw', 'throw');
  const alarms = await after(2);
  expect([...alarms].filter(([, { state }]) => state === 'ALARM').map(([name, { value }]) => [name, value]).sort()).toEqual([
    ['destinationDeliveryFailures', 1], ['droppedEvents', 2],
  ]);
  expect(await inAlarm(0)).toEqual(['destinationDeliveryFailures', 'droppedEvents']);
  expect(await inAlarm(20)).toEqual([]);
});

test('queues that the capture function cannot write', async () => {
  await start({}, { edit: receivedOnce });
  deny('Hydrate', 'sqs:SendMessage');
  await publish('throw');
  expect(await inAlarm()).toEqual(['captureErrors', 'undeliverables']);
});

test('a capture function that fails, while the undeliverable queue takes the events', async () => {
  await start({}, { edit: (template) => changeFunction(receivedOnce(template), 'Hydrate', { Handler: 'index.missing' }) });
  await publish('throw');
  expect(await inAlarm()).toEqual(['captureErrors', 'undeliverables']);
});

test('a capture function that is throttled', async () => {
  await start({}, { edit: (template) => changeFunction(receivedOnce(template), 'Hydrate', { ReservedConcurrentExecutions: 0 }) });
  await publish('throw');
  expect(await inAlarm()).toEqual(['captureThrottles', 'undeliverables']);
});

test('failure records that no function receives', async () => {
  await start();
  const { spec: { uuid } } = [...pipeline.stacks[0].queueMappings.values()].find(({ spec: { enabled } }) => enabled)!;
  pipeline.cloud.account.mappings.get(uuid)!.setEnabled(false);
  await pipeline.publish([{ key: 'a', data: 'throw' }]);
  await pipeline.cloud.idle();
  expect(await inAlarm(40)).toEqual([]);
  expect(await inAlarm(20)).toEqual(['oldestFailureRecord']);
});

test('events that EventBridge can neither deliver nor keep', async () => {
  await start({ capture: FailureCapture.s3() });
  removeFunction('Capture');
  closeUndeliverableQueue();
  await publish('throw');
  expect(await inAlarm()).toEqual(['captureDeliveryFailures']);
});

test('a RedriveFunction that can neither redrive nor park, on the last receive', async () => {
  await start({}, { edit: shortenRetention }, 3);
  await publish('throw');
  deny('Redrive', 'sqs:SendMessage');
  await switchOnRedrive();
  expect(await inAlarm()).toEqual(['deadLetters', 'redriveErrors']);
});

test('a processor that is far behind its stream', async () => {
  // At this speed, twelve hours take less than a second.
  await start({ retryAttempts: 10_000 }, { speed: 50_000 });
  for (let period = 0; period < 3; period++) {
    // Metrics have wall time: what one failure reports can lie in two periods, and of two failures in three.
    if (period < 2) expect((await inAlarm(0)).includes('iteratorAge')).toBe(false);
    await publish('throw');
    await pipeline.cloud.cloudWatch.passMinutes(5);
  }
  expect(await inAlarm(0)).toEqual(['deadLetters', 'iteratorAge']);
});

describeNeedsJava('the processor of a table', () => {
  test('has the same alarms', async () => {
    await start({}, {
      define: (app) => {
        const stack = new Stack(app, 'Test', { env: { account: '123456789012', region: 'us-east-1' } });
        return [new DynamoStreamProcessor(stack, 'Audit', {
          processorProps: processorProps(), retryAttempts: 0, alarms: Alarms.all(),
          tableProps: { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } },
        })];
      },
    });
    const table = new PipelineTable(pipeline);
    await table.put({ id: { S: 'throw' } });
    await pipeline.settle();
    expect(await inAlarm()).toEqual(['deadLetters']);
    deny('Processor', 'sns:Publish');
    await table.put({ id: { S: 'throw again' } });
    await pipeline.settle();
    expect(await inAlarm()).toEqual(['deadLetters', 'destinationDeliveryFailures', 'droppedEvents']);
  });
});

test('an alarm with a wrong dimension is not in ALARM, whatever happens', async () => {
  await start({}, {
    edit: ({ Resources }) => {
      const [, { Properties }] = Object.entries(Resources).find(([id]) => id.includes('DeadLettersAlarm'))!;
      const queries = Properties.Metrics as { MetricStat?: { Metric: { Dimensions: { Name: string }[] } } }[];
      for (const { MetricStat: stat } of queries) if (stat) stat.Metric.Dimensions[0].Name = 'Queue';
    },
  });
  await publish('throw');
  expect(await inAlarm()).toEqual([]);
});

test('every alarm of streams was in ALARM in one of the tests', () => {
  expect([...seen].sort()).toEqual([...STREAM_ALARMS].sort());
});

function changeFunction({ Resources }: Template, part: string, properties: object): void {
  const [, fn] = Object.entries(Resources).find(([id, { Type }]) => Type === 'AWS::Lambda::Function' && id.includes(part))!;
  Object.assign(fn.Properties, properties);
}

/** So short that a dead letter expires before it is received again. */
function shortenRetention({ Resources }: Template): void {
  const [, queue] = Object.entries(Resources).find(([id, { Type }]) => Type === 'AWS::SQS::Queue' && /DlqQueue/.test(id))!;
  Object.assign(queue.Properties, { MessageRetentionPeriod: 60 });
}
