import { Aspects, Duration, Fn, Stack, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Alarms, KinesisStreamProcessor, KinesisStreamProcessorProps, RedriveFunction, StreamDlq, StreamSource } from '../../src';
import { processorProps, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';

const ENV = { account: '111111111111', region: 'us-east-1' };
const ELSEWHERE = 'arn:aws:sqs:eu-west-1:999999999999:elsewhere';

/** The alarms on a metric. */
function alarmsOn(metricName: string, stack: Stack): Record<string, unknown>[] {
  return Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: metricName } }))
    .map(({ Properties }) => Properties as Record<string, unknown>);
}

function define(props: Partial<KinesisStreamProcessorProps>, stack = testStack({ env: ENV })): KinesisStreamProcessor {
  return new KinesisStreamProcessor(stack, 'Orders', { processorProps, alarms: Alarms.all(), ...props });
}

const stackOf = (props: Partial<KinesisStreamProcessorProps>) => Stack.of(define(props));

function mappingIn(stack: Stack) {
  const stream = new kinesis.Stream(stack, 'Stream');
  const processor = testProcessor(stack);
  const mapping = new lambda.CfnEventSourceMapping(stack, 'Mapping', {
    functionName: processor.functionName, eventSourceArn: stream.streamArn, startingPosition: 'TRIM_HORIZON',
  });
  const dlqOf = (id: string) => new StreamDlq(stack, id, { source: StreamSource.kinesis(stream), alarms: Alarms.all() });
  return { stream, processor, mapping, dlqOf };
}

describe('iteratorAge is at an age that records reach', () => {
  test.each<[string, Partial<KinesisStreamProcessorProps>, Duration]>([
    ['half of the retention', {}, Duration.hours(12)],
    ['half of a week, after which Lambda discards records, in a stream that keeps them longer', { streamProps: { retentionPeriod: Duration.days(365) } }, Duration.hours(84)],
    ['half of the retention, through a consumer of the stream', { enhancedFanOut: true, streamProps: { retentionPeriod: Duration.days(3) } }, Duration.hours(36)],
    ['three quarters of a short maxRecordAge', { maxRecordAge: Duration.hours(1) }, Duration.minutes(45)],
    ['half of the retention, with a maxRecordAge that is longer', { maxRecordAge: Duration.hours(20) }, Duration.hours(12)],
    ['half of the retention, with a maxRecordAge that only the deployment knows', {
      maxRecordAge: Duration.seconds(Token.asNumber(Fn.importValue('Age'))),
    }, Duration.hours(12)],
  ])('%s', (_, props, age) => {
    const stack = stackOf(props);
    expect(alarmsOn('IteratorAge', stack)).toMatchObject([{ Threshold: age.toMilliseconds() }]);
  });
});

describe('a queue that is imported', () => {
  const queueOf = (stack: Stack, arn: string) => sqs.Queue.fromQueueArn(stack, 'Imported', arn);

  test('from elsewhere as dead-letter queue is refused: the alarm would watch nothing', () => {
    const stack = testStack({ env: ENV });
    expect(messageOf(() => define({ queue: queueOf(stack, ELSEWHERE) }, stack))).toBe(
      '[Stack/Orders/Dlq] `queue` must be in the account and Region of its alarm `deadLetters`, got: account 999999999999 in eu-west-1 for a stack ' +
        'of account 111111111111 in us-east-1; set `enabled` of the alarm to false, and define it there: CloudWatch has the metrics of a queue ' +
        'where the queue is',
    );
  });

  test('from elsewhere is accepted without the alarms that would watch it', () => {
    const stack = testStack({ env: ENV });
    const off = { enabled: false };
    define({ queue: queueOf(stack, ELSEWHERE), alarms: Alarms.all({ deadLetters: off, oldestDeadLetter: off }) }, stack);
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm'))).not.toContain('{"Name":"QueueName","Value":"elsewhere"}');
    // The functions here emit it here.
    expect(alarmsOn('IncompleteDeadLetters', stack)).toMatchObject([{ Dimensions: [{ Name: 'DeadLetterQueue', Value: 'elsewhere' }] }]);
  });

  test('from elsewhere as parking queue is refused', () => {
    const stack = testStack({ env: ENV });
    const { dlq } = define({}, stack);
    expect(messageOf(() => new RedriveFunction(stack, 'Redrive', { dlq, parkingQueue: queueOf(stack, ELSEWHERE) }))).toContain(
      '`parkingQueue` must be in the account and Region of its alarm `parkedDeadLetters`, got: account 999999999999 in eu-west-1',
    );
  });

  test.each([
    ['arn:aws:sqs:us-east-1:111111111111:orders.fifo', 'orders.fifo'],
    [Fn.importValue('QueueArn'), { 'Fn::Select': [5, { 'Fn::Split': [':', { 'Fn::ImportValue': 'QueueArn' }] }] }],
  ])('is watched by its name', (arn, name) => {
    const stack = testStack({ env: ENV });
    define({ queue: queueOf(stack, arn) }, stack);
    expect(alarmsOn('ApproximateAgeOfOldestMessage', stack)).toContainEqual(expect.objectContaining({ Dimensions: [{ Name: 'QueueName', Value: name }], Threshold: 3 * 86_400 }));
    expect(alarmsOn('IncompleteDeadLetters', stack)).toMatchObject([{ Dimensions: [{ Name: 'DeadLetterQueue', Value: name }] }]);
  });
});

describe('a function that is imported', () => {
  test.each<[string, (stack: Stack, role: iam.IRole) => lambda.IFunction]>([
    ['by the ARN of an alias', (stack, role) =>
      lambda.Function.fromFunctionAttributes(stack, 'Fn', { functionArn: 'arn:aws:lambda:us-east-1:111111111111:function:orders:live', role })],
    ['as an alias of a version', (stack) => lambda.Alias.fromAliasAttributes(stack, 'Live', {
      aliasName: 'live', aliasVersion: lambda.Version.fromVersionArn(stack, 'Version', 'arn:aws:lambda:us-east-1:111111111111:function:orders:7'),
    })],
  ])('%s is watched by its name', (_, make) => {
    const stack = testStack({ env: ENV });
    const { mapping, dlqOf } = mappingIn(stack);
    dlqOf('Dlq').attachTo(mapping, make(stack, iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::111111111111:role/orders')));
    for (const name of ['DestinationDeliveryFailures', 'IteratorAge']) {
      expect(alarmsOn(name, stack).map(({ Dimensions }) => Dimensions)).toContainEqual([{ Name: 'FunctionName', Value: 'orders' }]);
    }
  });
});

describe('the resource of a mapping', () => {
  test('that is attached twice has its alarms once', () => {
    const stack = testStack();
    const { mapping, processor, dlqOf } = mappingIn(stack);
    const dlq = dlqOf('Dlq');
    for (let i = 0; i < 2; i++) dlq.attachTo(mapping, processor);
    expect(alarmsOn('DroppedEventCount', stack)).toHaveLength(1);
  });

  test('that is attached to a second StreamDlq with alarms is refused', () => {
    const stack = testStack();
    const { mapping, processor, dlqOf } = mappingIn(stack);
    dlqOf('Dlq').attachTo(mapping, processor);
    expect(messageOf(() => dlqOf('Other').attachTo(mapping, processor))).toBe(
      "[Stack/Other] a mapping must be attached to one StreamDlq only, got: 'Stack/Mapping', which another one has alarms for; attach it once: its " +
        'failure records go to the last one',
    );
  });

  test('that is attached by an aspect has its alarms, and emits what they watch', () => {
    const stack = testStack();
    const { mapping, processor, dlqOf } = mappingIn(stack);
    const dlq = dlqOf('Dlq');
    Aspects.of(stack).add({ visit: (node) => { if (node === mapping) dlq.attachTo(mapping, processor); } });
    expect(alarmsOn('DroppedEventCount', stack)).toHaveLength(1);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', { MetricsConfig: { Metrics: ['EventCount'] } });
  });

  test('that an aspect adds as an event source has its alarms, and emits what they watch', () => {
    const stack = testStack();
    const { stream, processor, dlqOf } = mappingIn(stack);
    const onFailure = dlqOf('Dlq');
    let isAdded = false;
    Aspects.of(stack).add({
      visit: (node) => {
        if (node !== processor || isAdded) return;
        isAdded = true;
        processor.addEventSource(new KinesisEventSource(stream, { startingPosition: lambda.StartingPosition.TRIM_HORIZON, onFailure }));
      },
    });
    expect(alarmsOn('DroppedEventCount', stack)).toHaveLength(1);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', { MetricsConfig: { Metrics: ['EventCount'] } });
  });
});

test('a mapping whose metrics are turned off emits what the alarm watches', () => {
  const stack = stackOf({ metricsConfig: { metrics: [] } });
  Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', { MetricsConfig: { Metrics: ['EventCount'] } });
});

test('a function with mappings on two StreamDlqs has the alarms of each', () => {
  const stack = testStack();
  const processor = testProcessor(stack);
  for (const id of ['A', 'B']) {
    const stream = new kinesis.Stream(stack, `${id}Stream`);
    const onFailure = new StreamDlq(stack, id, { source: StreamSource.kinesis(stream), alarms: Alarms.all() });
    processor.addEventSource(new KinesisEventSource(stream, { startingPosition: lambda.StartingPosition.TRIM_HORIZON, onFailure }));
  }
  expect(alarmsOn('DestinationDeliveryFailures', stack)).toHaveLength(2);
});
