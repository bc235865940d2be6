import { App, Duration, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import {
  AlarmProps, Alarms, AlarmSeverity, AlarmsOptions, FailureCapture, KinesisStreamProcessor, RedriveFunction, StreamDlq,
  StreamSource,
} from '../../src';
import { alarmsOf, define, watchedStack } from '../support/alarms';
import { processorProps } from '../support/app';
import { messageOf } from '../support/errors';

const ESSENTIAL = ['deadletters', 'destinationdeliveryfailures', 'oldestfailurerecord', 'undeliverables'];
const ALL = [
  ...ESSENTIAL, 'captureerrors', 'capturethrottles', 'capturedeliveryfailures', 'droppedevents', 'incompletedeadletters', 'iteratorage', 'oldestdeadletter',
].sort();

describe('which alarms are defined', () => {
  test.each<[string, (action: cloudwatch.IAlarmAction) => AlarmProps, string[]]>([
    ['neither', () => ({}), []],
    ['alarmActions', (action) => ({ alarmActions: [action] }), ESSENTIAL],
    ['Alarms.none()', () => ({ alarms: Alarms.none() }), []],
    ['Alarms.none() and alarmActions', (action) => ({ alarms: Alarms.none(), alarmActions: [action] }), []],
    ['Alarms.essential()', () => ({ alarms: Alarms.essential() }), ESSENTIAL],
    ['Alarms.all()', () => ({ alarms: Alarms.all() }), ALL],
    ['Alarms.all() less one', () => ({ alarms: Alarms.all({ iteratorAge: { enabled: false } }) }), ALL.filter((name) => name !== 'iteratorage')],
    ['Alarms.essential() and one', () => ({ alarms: Alarms.essential({ droppedEvents: { enabled: true } }) }), [...ESSENTIAL, 'droppedevents'].sort()],
  ])('with %s', (_, props, expected) => {
    const { stack, action } = watchedStack();
    define(props(action), { stack, action });
    expect(Object.keys(alarmsOf(stack)).sort()).toEqual(expected);
  });

  test('without a decision, synth reports once that there are none', () => {
    const app = new App();
    const stacks = ['One', 'Two'].map((id) => watchedStack(app, id));
    for (const it of stacks) define({}, it);
    app.synth();
    const infos = stacks.flatMap(({ stack }) => Annotations.fromStack(stack).findInfo('*', Match.stringLikeRegexp('no alarms are defined')));
    expect(infos.map(({ id, entry: { data } }) => `${id} ${data}`)).toEqual([
      "/One/Orders/Dlq no alarms are defined for 'One/Orders/Dlq' and 1 more: nothing reports failures; pass `alarmActions`, or " +
        '`alarms: Alarms.none()` if you monitor them in another way [ack: cdk-stream-dlq:noAlarms]',
    ]);
  });

  test.each([Alarms.none(), Alarms.essential()])('with one, synth says nothing', (alarms) => {
    const { stack, action } = watchedStack();
    define({ alarms }, { stack, action });
    expect(Annotations.fromStack(stack).findInfo('*', Match.anyValue())).toEqual([]);
  });
});

describe('each alarm', () => {
  const { stack, action } = watchedStack();
  define({ alarmActions: [action], alarms: Alarms.all() }, { stack, action });
  const alarms = alarmsOf(stack);
  const template = Template.fromStack(stack);
  const idOf = (type: string, part: string) => Object.keys(template.findResources(type)).find((id) => id.includes(part))!;
  const nameOf = (part: string) => ({ 'Fn::GetAtt': [idOf('AWS::SQS::Queue', part), 'QueueName'] });
  const processor = { Ref: idOf('AWS::Lambda::Function', 'OrdersProcessor') };
  const hydrate = { Ref: idOf('AWS::Lambda::Function', 'Hydrate') };

  test('has actions for ALARM and OK, and a description with its severity and the link to the runbook', () => {
    expect(Object.keys(alarms)).toHaveLength(ALL.length);
    for (const { AlarmActions, OKActions, AlarmDescription } of Object.values(alarms)) {
      expect(AlarmActions).toEqual(['arn:aws:sns:us-east-1:123456789012:on-call']);
      expect(OKActions).toEqual(AlarmActions);
      expect(AlarmDescription).toMatch(/^(CRITICAL|WARNING): .*Stack\/Orders.* https:\/\/github\.com\/.*\/docs\/runbook\.md#\w+$/);
      expect(AlarmDescription.length).toBeLessThanOrEqual(1_024);
    }
  });

  test.each([
    ['deadletters', 'OrdersDlqQueue'],
    ['undeliverables', 'UndeliverableQueue'],
  ])('%s sums what is visible and what is in flight, in both of two minutes', (name, queue) => {
    const dimensions = [{ Name: 'QueueName', Value: nameOf(queue) }];
    const stat = (MetricName: string) => ({ Metric: { Dimensions: dimensions, MetricName, Namespace: 'AWS/SQS' }, Period: 60, Stat: 'Maximum' });
    expect(alarms[name]).toMatchObject({
      Metrics: [
        { Expression: expect.stringMatching(/^visible_\w{8} \+ inFlight_\w{8}$/), ReturnData: true },
        { Id: expect.stringMatching(/^visible_/), MetricStat: stat('ApproximateNumberOfMessagesVisible'), ReturnData: false },
        { Id: expect.stringMatching(/^inFlight_/), MetricStat: stat('ApproximateNumberOfMessagesNotVisible'), ReturnData: false },
      ],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold', Threshold: 1, EvaluationPeriods: 2, TreatMissingData: 'notBreaching',
    });
  });

  test.each([
    ['destinationdeliveryfailures', 'AWS/Lambda', 'DestinationDeliveryFailures', [{ Name: 'FunctionName', Value: processor }]],
    ['captureerrors', 'AWS/Lambda', 'Errors', [{ Name: 'FunctionName', Value: hydrate }]],
    ['capturethrottles', 'AWS/Lambda', 'Throttles', [{ Name: 'FunctionName', Value: hydrate }]],
    ['droppedevents', 'AWS/Lambda', 'DroppedEventCount', [{ Name: 'EventSourceMappingUUID', Value: { Ref: idOf('AWS::Lambda::EventSourceMapping', 'KinesisEventSource') } }]],
    ['incompletedeadletters', 'CdkStreamDlq', 'IncompleteDeadLetters', [{ Name: 'DeadLetterQueue', Value: nameOf('OrdersDlqQueue') }]],
  ])('%s counts what happened within five minutes', (name, Namespace, MetricName, Dimensions) => {
    expect(alarms[name]).toMatchObject({
      Namespace, MetricName, Dimensions, Statistic: 'Sum', Period: 300, EvaluationPeriods: 1, Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold', TreatMissingData: 'notBreaching',
    });
  });

  test('oldestdeadletter is at three quarters of the retention', () => {
    expect(alarms.oldestdeadletter).toMatchObject({ MetricName: 'ApproximateAgeOfOldestMessage', Statistic: 'Maximum', Threshold: 14 * 86_400 * 0.75 });
  });

  test('iteratorage is at half of the retention, for a quarter of an hour, and knows nothing where there is no data', () => {
    expect(alarms.iteratorage).toMatchObject({
      MetricName: 'IteratorAge', Statistic: 'Maximum', Threshold: 12 * 3_600_000, Period: 300, EvaluationPeriods: 3, TreatMissingData: 'missing',
    });
  });

  test('the mapping and the functions emit what the alarms of all need', () => {
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { MetricsConfig: { Metrics: ['EventCount'] } });
    template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: Match.objectLike({ CUSTOM_METRICS: 'true' }) } });
  });

  test('captureDeliveryFailures counts what SNS could deliver to no queue', () => {
    expect(alarms.capturedeliveryfailures).toMatchObject({ Namespace: 'AWS/SNS', MetricName: 'NumberOfNotificationsFailedToRedriveToDlq', Statistic: 'Sum' });
  });

  test('oldestfailurerecord is at 45 minutes in the intake queue', () => {
    const dimensions = [{ Name: 'QueueName', Value: nameOf('IntakeQueue') }];
    expect(alarms.oldestfailurerecord).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage', Dimensions: dimensions, Statistic: 'Maximum', Threshold: 2_700, EvaluationPeriods: 1,
    });
  });
});

test('essential alarms turn on no metrics that are billed', () => {
  const { stack, action } = watchedStack();
  define({ alarmActions: [action] }, { stack, action });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { MetricsConfig: Match.absent() });
  expect(JSON.stringify(template.toJSON())).not.toContain('CUSTOM_METRICS');
});

test('with FailureCapture.s3(), events that EventBridge or Lambda loses are counted', () => {
  const { stack, action } = watchedStack();
  define({ alarms: Alarms.all(), capture: FailureCapture.s3() }, { stack, action });
  const [rule] = Object.keys(Template.fromStack(stack).findResources('AWS::Events::Rule'));
  expect(alarmsOf(stack).capturedeliveryfailures.Metrics).toEqual([
    expect.objectContaining({ Expression: 'FILL(byLambda, 0) + FILL(beforeLambda, 0)' }),
    expect.objectContaining({ MetricStat: expect.objectContaining({ Metric: expect.objectContaining({ MetricName: 'DestinationDeliveryFailures' }) }) }),
    expect.objectContaining({ MetricStat: expect.objectContaining({ Metric: expect.objectContaining({ Namespace: 'AWS/Events' }) }) }),
  ]);
  expect(JSON.stringify(alarmsOf(stack).capturedeliveryfailures.Metrics)).toContain(
    JSON.stringify({ Dimensions: [{ Name: 'RuleName', Value: { Ref: rule } }], MetricName: 'InvocationsFailedToBeSentToDlq', Namespace: 'AWS/Events' }),
  );
});

test('a kept capture has alarms too', () => {
  const { stack, action } = watchedStack();
  define({ alarms: Alarms.all(), keepCapture: FailureCapture.s3() }, { stack, action });
  Template.fromStack(stack).resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'Throttles' }, 2);
});

describe('processors that share a StreamDlq', () => {
  test('have alarms of their own beside their mappings, in their own stacks', () => {
    const app = new App();
    const { stack, action } = watchedStack(app);
    const dlq = new StreamDlq(stack, 'Dlq', { alarmActions: [action], alarms: Alarms.all() });
    const other = new Stack(app, 'Other');
    new KinesisStreamProcessor(other, 'A', { processorProps, dlq, streamProps: { retentionPeriod: Duration.days(7) } });
    new KinesisStreamProcessor(other, 'B', { processorProps, dlq });
    const template = Template.fromStack(other);
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'DestinationDeliveryFailures' }, 2);
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'DroppedEventCount' }, 2);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'IteratorAge', Threshold: 3.5 * 86_400_000 });
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'IteratorAge', Threshold: 12 * 3_600_000 });
    Template.fromStack(stack).resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'DestinationDeliveryFailures' }, 0);
  });

  test('a function with two mappings has one alarm for each of its metrics, at the shorter retention', () => {
    const { stack } = watchedStack();
    const fn = new lambda.Function(stack, 'Fn', processorProps);
    const streams = [new kinesis.Stream(stack, 'A', { retentionPeriod: Duration.days(7) }), new kinesis.Stream(stack, 'B')];
    const dlq = new StreamDlq(stack, 'Dlq', { alarms: Alarms.all() });
    for (const stream of streams) {
      dlq.addSource(StreamSource.kinesis(stream));
      fn.addEventSource(new KinesisEventSource(stream, { startingPosition: lambda.StartingPosition.TRIM_HORIZON, onFailure: dlq }));
    }
    const template = Template.fromStack(stack);
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'DestinationDeliveryFailures' }, 1);
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'IteratorAge', Threshold: 12 * 3_600_000 }, 1);
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { MetricName: 'DroppedEventCount' }, 2);
  });

  test('the function of an alias is watched by its name', () => {
    const { stack } = watchedStack();
    const alias = new lambda.Alias(stack, 'Live', { aliasName: 'live', version: new lambda.Function(stack, 'Fn', processorProps).currentVersion });
    define({ processor: alias, processorProps: undefined, alarms: Alarms.essential() }, { stack, action: watchedStack().action });
    const [fn] = Object.keys(Template.fromStack(stack).findResources('AWS::Lambda::Function')).filter((id) => id.startsWith('Fn'));
    expect(alarmsOf(stack).destinationdeliveryfailures.Dimensions).toEqual([{ Name: 'FunctionName', Value: { Ref: fn } }]);
  });

  test('metrics that an app sets for a mapping stay', () => {
    const { stack, action } = watchedStack();
    define({ alarms: Alarms.all(), metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] } }, { stack, action });
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::EventSourceMapping', { MetricsConfig: { Metrics: ['EventCount'] } });
  });

  test('forty processors with essential alarms fit in a stack', () => {
    const { stack, action } = watchedStack();
    const dlq = new StreamDlq(stack, 'Dlq', { alarmActions: [action] });
    for (let i = 0; i < 40; i++) new KinesisStreamProcessor(stack, `P${i}`, { processorProps, dlq });
    expect(Object.keys(Template.fromStack(stack).toJSON().Resources).length).toBeLessThanOrEqual(500);
  });
});

describe('a RedriveFunction', () => {
  test.each<[string, AlarmProps, AlarmProps, string[]]>([
    ['none anywhere', {}, {}, []],
    ['those of its StreamDlq', { alarms: Alarms.all() }, {}, ['parkeddeadletters', 'redriveerrors']],
    ['its own instead', { alarms: Alarms.all() }, { alarms: Alarms.essential() }, ['parkeddeadletters']],
    ['none, while the StreamDlq has all', { alarms: Alarms.all() }, { alarms: Alarms.none() }, []],
  ])('has %s', (_, ofDlq, own, expected) => {
    const { stack, action } = watchedStack();
    const { dlq } = define(ofDlq, { stack, action });
    new RedriveFunction(stack, 'Redrive', { dlq, ...own });
    expect(Object.keys(alarmsOf(stack)).filter((name) => /parked|redrive/.test(name)).sort()).toEqual(expected);
  });

  test('tells whom its StreamDlq tells, unless it has actions of its own', () => {
    const { stack, action } = watchedStack();
    const { dlq } = define({ alarmActions: [action] }, { stack, action });
    new RedriveFunction(stack, 'Redrive', { dlq });
    expect(alarmsOf(stack).parkeddeadletters.AlarmActions).toEqual(['arn:aws:sns:us-east-1:123456789012:on-call']);
    const { stack: second, action: other } = watchedStack();
    const own = new SnsAction(sns.Topic.fromTopicArn(second, 'Team', 'arn:aws:sns:us-east-1:123456789012:team'));
    const { dlq: dlqOfSecond } = define({ alarmActions: [other] }, { stack: second, action: other });
    new RedriveFunction(second, 'Redrive', { dlq: dlqOfSecond, alarmActions: [own] });
    expect(alarmsOf(second).parkeddeadletters.AlarmActions).toEqual(['arn:aws:sns:us-east-1:123456789012:team']);
  });

  test('with actions and a StreamDlq without alarms has the essential one', () => {
    const { stack, action } = watchedStack();
    const { dlq } = define({}, { stack, action });
    new RedriveFunction(stack, 'Redrive', { dlq, alarmActions: [action] });
    expect(Object.keys(alarmsOf(stack))).toEqual(['parkeddeadletters']);
  });

  test('writes metrics as its StreamDlq does', () => {
    const { stack, action } = watchedStack();
    const { dlq } = define({ customMetrics: true }, { stack, action });
    const { function: fn } = new RedriveFunction(stack, 'Redrive', { dlq });
    const [, resource] = Object.entries(Template.fromStack(stack).findResources('AWS::Lambda::Function'))
      .find(([id]) => id === stack.getLogicalId(fn.node.defaultChild as lambda.CfnFunction))!;
    expect(resource.Properties.Environment.Variables).toMatchObject({ CUSTOM_METRICS: 'true' });
  });
});

describe('an imported StreamDlq', () => {
  test('has the alarms of the processors of this app, and none of its own', () => {
    const { stack, action } = watchedStack();
    const queue = (id: string) => sqs.Queue.fromQueueArn(stack, id, `arn:aws:sqs:us-east-1:123456789012:${id}`);
    const owner = define({}, watchedStack()).dlq;
    expect(owner).toBeDefined();
    const dlq = StreamDlq.fromStreamDlqAttributes(stack, 'Dlq', {
      queue: queue('Q'),
      undeliverableQueue: queue('U'),
      overflowBucket: new KinesisStreamProcessor(new Stack(stack.node.root, 'Owner'), 'Owner', { processorProps }).dlq.overflowBucket,
      captureFunction: lambda.Function.fromFunctionAttributes(stack, 'Hydrate', { functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:hydrate', sameEnvironment: true }),
      topic: sns.Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:us-east-1:123456789012:failures'),
      alarmActions: [action],
    });
    new KinesisStreamProcessor(stack, 'Orders', { processorProps, dlq });
    expect(Object.keys(alarmsOf(stack))).toEqual(['destinationdeliveryfailures']);
  });
});

describe('what an app changes', () => {
  const changed = (options: AlarmsOptions) => {
    const { stack, action } = watchedStack();
    define({ alarmActions: [action], alarms: Alarms.all(options) }, { stack, action });
    return alarmsOf(stack);
  };

  test('threshold, periods, severity and actions of one alarm', () => {
    const alarms = changed({
      captureErrors: {
        threshold: 5, period: Duration.minutes(10), evaluationPeriods: 3, datapointsToAlarm: 2, severity: AlarmSeverity.CRITICAL, actions: [],
      },
    });
    expect(alarms.captureerrors).toMatchObject({ Threshold: 5, Period: 600, EvaluationPeriods: 3, DatapointsToAlarm: 2 });
    expect(alarms.captureerrors.AlarmDescription).toMatch(/^CRITICAL: /);
    expect(alarms.captureerrors.AlarmActions).toBeUndefined();
    expect(alarms.capturethrottles).toMatchObject({ Threshold: 1, Period: 300, EvaluationPeriods: 1 });
  });

  test('the period of a sum of metrics is that of each', () => {
    const { Metrics } = changed({ deadLetters: { period: Duration.minutes(5) } }).deadletters;
    expect(JSON.stringify(Metrics).match(/"Period":(\d+)/g)).toEqual(['"Period":300', '"Period":300']);
  });

  test('the runbook', () => {
    expect(changed({ runbookUrl: 'https://wiki.example.com/dlq' }).deadletters.AlarmDescription).toMatch(/ https:\/\/wiki\.example\.com\/dlq#deadletters$/);
  });

  test.each<[AlarmsOptions, string]>([
    [{ deadLetters: { threshold: -1 } }, '`deadLetters.threshold` must be above 0, got: -1; an alarm on 0 or more is always in ALARM'],
    [{ deadLetters: { threshold: 0 } }, '`deadLetters.threshold` must be above 0, got: 0; an alarm on 0 or more is always in ALARM'],
    [{ deadLetters: { threshold: Number.NaN } }, '`deadLetters.threshold` must be above 0, got: NaN; an alarm on 0 or more is always in ALARM'],
    [{ iteratorAge: { evaluationPeriods: 0 } }, '`iteratorAge.evaluationPeriods` must be a whole number from 1 to 9007199254740991, got: 0'],
    [{ iteratorAge: { datapointsToAlarm: 4 } }, '`iteratorAge.datapointsToAlarm` must be a whole number from 1 to 3, got: 4'],
    [{ deadLetters: { period: Duration.seconds(30) } }, '`deadLetters.period` must be a multiple of a minute, got: 30 seconds; the metrics have one value a minute'],
    [
      { captureErrors: { evaluationPeriods: 289 } },
      'all periods of `captureErrors` together must be at most 1 day, got: 289 of 5 minutes; lower `evaluationPeriods` or `period`',
    ],
  ])('%j is refused', (options, message) => {
    expect(messageOf(() => changed(options))).toBe(`[Stack/Orders/Dlq] ${message}`);
  });

  test('an empty list of actions is refused: it tells nobody', () => {
    expect(messageOf(() => define({ alarmActions: [] }))).toBe(
      '[Stack/Orders/Dlq] `alarmActions` must have at least one action, got: none; remove it, or pass `alarms` for alarms without actions',
    );
  });

  test('no custom metrics with an alarm that needs them is refused', () => {
    expect(messageOf(() => define({ alarms: Alarms.all(), customMetrics: false }))).toBe(
      '[Stack/Orders/Dlq] `customMetrics` must not be false with the alarm `incompleteDeadLetters`, got: false; remove it, or set ' +
        '`enabled` of the alarm to false: it would watch a metric that nothing emits',
    );
  });
});

describe('what CloudWatch refuses is refused at synth', () => {
  test('more actions than an alarm takes', () => {
    const { stack } = watchedStack();
    const alarmActions = Array.from({ length: 6 }, (_, i) => new SnsAction(sns.Topic.fromTopicArn(stack, `T${i}`, `arn:aws:sns:us-east-1:123456789012:t${i}`)));
    expect(messageOf(() => define({ alarmActions }, { stack, action: alarmActions[0] }))).toBe(
      '[Stack/Orders/Dlq] an alarm must have at most 5 actions, got: 6; send to a topic with several subscriptions',
    );
  });

  test('a description that is too long', () => {
    expect(messageOf(() => define({ alarms: Alarms.essential({ runbookUrl: `https://wiki.example.com/${'x'.repeat(1_000)}` }) }))).toMatch(
      /^\[Stack\/Orders\/Dlq\] the description of the alarm `\w+` must have at most 1024 characters, got: \d+; shorten `runbookUrl`$/,
    );
  });
});
