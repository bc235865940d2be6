import { App, Duration, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { Alarms, QueueProcessor } from '../../src';
import { alarmsOf, watchedStack } from '../support/alarms';
import { annotationsOf, logicalId, processorProps, testApp, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { actionsOf, allow, sorted, statementsOf } from '../support/policies';
import { Given, queueProcessor } from '../support/queue-processor';

const operatorIn = (stack: Stack) => new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
const arnOf = (it: sqs.IQueue | kms.IKey | logs.ILogGroup) => ({ 'Fn::GetAtt': [logicalId(it), 'Arn'] });

const ON_ACCOUNT = allow(['tag:GetResources', 'lambda:ListEventSourceMappings'], '*');
const READ = ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:ListDeadLetterSourceQueues'];
const REDRIVE = ['sqs:StartMessageMoveTask', 'sqs:ListMessageMoveTasks', 'sqs:CancelMessageMoveTask', 'sqs:DeleteMessage', 'sqs:SendMessage'];

describe('grantOperatorRead', () => {
  test('allows looking at the dead-letter queue and at the queues that send to it, and no more', () => {
    const stack = testStack();
    const orders = queueProcessor({}, stack);
    const operator = operatorIn(stack);
    orders.grantOperatorRead(operator);
    expect(sorted(statementsOf(operator))).toEqual(sorted([ON_ACCOUNT, allow(READ, arnOf(orders.deadLetterQueue))]));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('allows the keys of both queues: a message that SQS moves remains encrypted with the key of the first', () => {
    const stack = testStack();
    const [first, second] = ['First', 'Second'].map((id) => new kms.Key(stack, id));
    const deadLetterQueue = new sqs.Queue(stack, 'Letters', { encryptionMasterKey: second, retentionPeriod: Duration.days(14) });
    const orders = queueProcessor({ queueProps: { encryptionMasterKey: first }, deadLetterQueue }, stack);
    const operator = operatorIn(stack);
    orders.grantOperatorRead(operator);
    expect(sorted(statementsOf(operator))).toEqual(sorted([
      ON_ACCOUNT, allow(READ, arnOf(deadLetterQueue)), allow('kms:Decrypt', arnOf(first)), allow('kms:Decrypt', arnOf(second)),
    ]));
  });

  test('warns of an operator that takes no policies', () => {
    const stack = testStack();
    const orders = queueProcessor({}, stack);
    orders.grantOperatorRead(iam.Role.fromRoleArn(stack, 'Operator', 'arn:aws:iam::123456789012:role/operator', { mutable: false }));
    expect(annotationsOf(stack)).toEqual([
      expect.stringMatching(/^warning \/Stack\/Orders: the operator should be a role, .*operatorWithoutPolicy\]$/),
    ]);
  });
});

describe('grantOperatorRedrive', () => {
  test('allows moving messages back, sending them to both queues and deleting them, with the keys and the audit log', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const auditLogGroup = new logs.LogGroup(stack, 'Audit');
    const orders = queueProcessor({ encryptionKey, auditLogGroup }, stack);
    const operator = operatorIn(stack);
    orders.grantOperatorRedrive(operator);
    expect(sorted(statementsOf(operator))).toEqual(sorted([
      ON_ACCOUNT,
      allow([...READ, ...REDRIVE], arnOf(orders.deadLetterQueue)),
      allow('sqs:SendMessage', arnOf(orders.queue)),
      allow(['kms:Decrypt', 'kms:GenerateDataKey'], arnOf(encryptionKey)),
      allow(['logs:CreateLogStream', 'logs:PutLogEvents'], arnOf(auditLogGroup)),
    ]));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('reaches queues of an earlier stack', () => {
    const app = testApp();
    const queues = new Stack(app, 'Queues');
    const deadLetterQueue = new sqs.Queue(queues, 'Letters', { retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(queues, 'Given', { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 } });
    const stack = testStack({}, app);
    const orders = queueProcessor({ queue }, stack);
    const operator = operatorIn(stack);
    orders.grantOperatorRedrive(operator);
    const actionsOn = (id: string) => actionsOf(statementsOf(operator).filter(({ Resource }) => JSON.stringify(Resource).includes(`FnGetAtt${id}`))).sort();
    expect(actionsOn('Letters')).toEqual([...READ, ...REDRIVE].sort());
    expect(actionsOn('Given')).toEqual(['sqs:SendMessage']);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('grantReadLogs', () => {
  test('allows reading the log of the processor', () => {
    const stack = testStack();
    const orders = queueProcessor({}, stack);
    const operator = operatorIn(stack);
    orders.grantReadLogs(operator);
    expect(statementsOf(operator)).toEqual([allow(['logs:FilterLogEvents', 'logs:GetLogEvents'], {
      'Fn::Join': ['', [
        'arn:', { Ref: 'AWS::Partition' }, ':logs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':log-group:/aws/lambda/',
        { Ref: logicalId(orders.processor) }, ':*',
      ]],
    })]);
  });

  test('warns of an operator in the stack of the queue, for a processor of a later stack', () => {
    const app = testApp();
    const stack = testStack({}, app);
    const processor = new lambda.Function(new Stack(app, 'Later'), 'Fn', processorProps);
    const orders = queueProcessor({ processor }, stack);
    orders.grantReadLogs(operatorIn(stack));
    expect(annotationsOf(stack)).toEqual([
      'warning /Stack/Orders: the operator should be in the stack of the resources that it works with, or in a stack that depends on it, got: ' +
        '\'Stack/Operator\' for \'Later/Fn\'; define it there, and grant it there: it is allowed nothing on that resource ' +
        '[ack: cdk-stream-dlq:operatorInEarlierStack]',
    ]);
  });
});

describe('grantReadLogs to an operator in the stack of an existing queue', () => {
  const define = (processorIn: (app: App, queues: Stack, stack: Stack) => Construct) => {
    const app = testApp();
    const [queues, stack] = ['Queues', 'Stack'].map((id) => new Stack(app, id));
    // A newer CDK refuses an empty stack.
    new sqs.Queue(stack, 'Other');
    const deadLetterQueue = new sqs.Queue(queues, 'Letters', { retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(queues, 'Given', { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 } });
    const orders = queueProcessor({ processor: new lambda.Function(processorIn(app, queues, stack), 'Fn', processorProps), queue }, stack);
    const operator = operatorIn(queues);
    orders.grantOperatorRedrive(operator);
    orders.grantReadLogs(operator);
    return { operator, annotations: annotationsOf(stack) };
  };
  const mayRead = (operator: iam.Role) => JSON.stringify(statementsOf(operator)).includes('logs:FilterLogEvents');

  test('warns where the processor is in a later stack, and allows the queues', () => {
    const { operator, annotations } = define((_, __, stack) => stack);
    expect(annotations).toEqual([
      'warning /Stack/Orders: the operator should be in the stack of the resources that it works with, or in a stack that depends on it, got: ' +
        '\'Queues/Operator\' for \'Stack/Fn\'; define it there, and grant it there: it is allowed nothing on that resource ' +
        '[ack: cdk-stream-dlq:operatorInEarlierStack]',
    ]);
    expect(mayRead(operator)).toBe(false);
    expect(actionsOf(statementsOf(operator))).toEqual(expect.arrayContaining(['sqs:StartMessageMoveTask', 'sqs:SendMessage']));
  });

  test.each<[string, Parameters<typeof define>[0]]>([
    ['in the same stack', (_, queues) => queues],
    ['in a nested stack of it', (_, queues) => new NestedStack(queues, 'Nested')],
  ])('allows it where the processor is %s', (_, processorIn) => {
    const { operator, annotations } = define(processorIn);
    expect([mayRead(operator), annotations]).toEqual([true, []]);
  });
});

describe('alarms', () => {
  const alarmsWith = (given: Given) => {
    const { stack, action } = watchedStack();
    const props = typeof given === 'function' ? given(stack) : given;
    queueProcessor({ alarms: Alarms.all(), alarmActions: [action], ...props }, stack);
    return alarmsOf(stack);
  };

  test('essential ones watch the dead-letter queue', () => {
    const { deadletters, ...others } = alarmsWith({ alarms: Alarms.essential() });
    expect(others).toEqual({});
    expect(deadletters).toMatchObject({
      AlarmDescription: 'CRITICAL: Dead letters wait in the queue of Stack/Orders. Look at them, fix the cause, and redrive them. ' +
        'https://github.com/cdk-stream-dlq/cdk-stream-dlq/blob/main/docs/runbook.md#deadletters',
      Threshold: 1, EvaluationPeriods: 2, TreatMissingData: 'notBreaching',
      AlarmActions: ['arn:aws:sns:us-east-1:123456789012:on-call'], OKActions: ['arn:aws:sns:us-east-1:123456789012:on-call'],
    });
  });

  test('are the essential ones with actions alone, and none without either', () => {
    const { stack, action } = watchedStack();
    queueProcessor({ alarmActions: [action] }, stack);
    expect(Object.keys(alarmsOf(stack))).toEqual(['deadletters']);
    const other = testStack();
    queueProcessor({}, other);
    expect(Template.fromStack(other).findResources('AWS::CloudWatch::Alarm')).toEqual({});
  });

  test('all watch the age of both queues too', () => {
    const alarms = alarmsWith({});
    expect(Object.keys(alarms).sort()).toEqual(['deadletters', 'oldestdeadletter', 'oldestmessage']);
    expect(alarms.oldestmessage).toMatchObject({
      AlarmDescription: 'WARNING: Stack/Orders is far behind its queue. SQS deletes messages at the end of their retention, without a dead letter. ' +
        'https://github.com/cdk-stream-dlq/cdk-stream-dlq/blob/main/docs/runbook.md#oldestmessage',
      MetricName: 'ApproximateAgeOfOldestMessage', Threshold: Duration.days(2).toSeconds(), EvaluationPeriods: 3, TreatMissingData: 'notBreaching',
    });
  });

  test.each<[string, Given, Duration]>([
    ['14 days less the 4 of the queue', {}, Duration.hours(180)],
    ['14 days of a FIFO queue, whose messages begin anew', { queueProps: { fifo: true } }, Duration.hours(252)],
    ['14 days, where nothing is left', { queueProps: { retentionPeriod: Duration.days(14) } }, Duration.hours(252)],
  ])('look for the oldest dead letter at three quarters of %s', (_, given, age) => {
    expect(alarmsWith(given).oldestdeadletter).toMatchObject({ Threshold: age.toSeconds() });
  });

  test('take what an app changes of one', () => {
    const alarms = Alarms.essential({ oldestMessage: { enabled: true, threshold: 600 }, deadLetters: { enabled: false } });
    const { oldestmessage, ...others } = alarmsWith({ alarms });
    expect([oldestmessage.Threshold, others]).toEqual([600, {}]);
  });

  test('page once for the dead letters, and not for what is only late', () => {
    const { stack, action } = watchedStack();
    queueProcessor({ alarms: Alarms.all({ pagingActions: [action] }) }, stack);
    const [composite] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::CompositeAlarm'));
    expect(JSON.stringify(composite.Properties.AlarmRule).match(/Orders\w+Alarm/g)).toEqual([
      expect.stringMatching(/^OrdersDeadLettersAlarm/), expect.stringMatching(/^OrdersOldestDeadLetterAlarm/),
    ]);
  });

  test('on a queue of elsewhere are refused: they would watch nothing', () => {
    const stack = testStack({ env: { account: '111111111111', region: 'us-east-1' } });
    const [queue, deadLetterQueue] = ['given', 'letters'].map((it) => sqs.Queue.fromQueueArn(stack, it, `arn:aws:sqs:us-east-1:222222222222:${it}`));
    expect(messageOf(() => queueProcessor({ queue, deadLetterQueue, alarms: Alarms.essential() }, stack))).toBe(
      '[Stack/Orders] `deadLetterQueue` must be in the account and Region of its alarm `deadLetters`, got: account 222222222222 in us-east-1 for a ' +
        'stack of account 111111111111 in us-east-1; set `enabled` of the alarm to false, and define it there: CloudWatch has the metrics of a ' +
        'queue where the queue is',
    );
  });
});

describe('metrics', () => {
  const metric = (it: cloudwatch.IMetric, stack: Stack) => stack.resolve(it.toMetricConfig());

  test('count what waits in each queue', () => {
    const stack = testStack();
    const orders = queueProcessor({}, stack);
    const { queue, deadLetterQueue } = orders;
    for (const [it, of, label] of [[orders.metricMessages(), queue, 'Messages'], [orders.metricDeadLetters(), deadLetterQueue, 'Dead letters']] as const) {
      expect(it.label).toBe(label);
      const used = Object.values(it.usingMetrics).map((each) => (each as cloudwatch.Metric));
      expect(used.map(({ metricName }) => metricName)).toEqual(['ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible']);
      for (const { dimensions } of used) expect(stack.resolve(dimensions)).toEqual({ QueueName: stack.resolve(of.queueName) });
    }
  });

  test('have the age of the oldest message of each queue', () => {
    const stack = testStack();
    const orders = queueProcessor({}, stack);
    const { queue, deadLetterQueue } = orders;
    for (const [it, of] of [[orders.metricOldestMessageAge(), queue], [orders.metricOldestDeadLetterAge(), deadLetterQueue]] as const) {
      expect(metric(it, stack).metricStat).toMatchObject({
        metricName: 'ApproximateAgeOfOldestMessage', statistic: 'Maximum', dimensions: [{ name: 'QueueName', value: stack.resolve(of.queueName) }],
      });
    }
  });

  test('have the errors and throttles of the processor, with options', () => {
    const stack = testStack();
    const orders = queueProcessor({}, stack);
    expect(metric(orders.metricProcessorErrors({ period: Duration.minutes(1) }), stack).metricStat).toMatchObject({
      namespace: 'AWS/Lambda', metricName: 'Errors', statistic: 'Sum', dimensions: [{ name: 'FunctionName', value: { Ref: logicalId(orders.processor) } }],
    });
    expect(orders.metricProcessorErrors({ period: Duration.minutes(1) }).period).toEqual(Duration.minutes(1));
    expect(metric(orders.metricProcessorThrottles(), stack).metricStat).toMatchObject({ metricName: 'Throttles', statistic: 'Sum' });
  });
});

test('dashboardWidgets show the way of messages in one row', () => {
  const stack = testStack();
  const orders: QueueProcessor = queueProcessor({}, stack);
  const widgets = orders.dashboardWidgets();
  const shown = widgets.flatMap((it) => stack.resolve(it.toJson()) as { width: number; properties: { title: string; metrics: unknown[] } }[]);
  expect(shown.map(({ properties }) => properties.title)).toEqual(['In', 'Waiting', 'Processed', 'Failed', 'Dead letters', 'Redriven']);
  expect(shown.reduce((sum, { width }) => sum + width, 0)).toBe(24);
  for (const { properties: { title, metrics } } of shown) expect([title, metrics.length > 0]).toEqual([title, true]);
});
