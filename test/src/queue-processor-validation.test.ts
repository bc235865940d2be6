import { CfnParameter, Duration, Fn, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { KinesisStreamProcessor, QueueProcessor } from '../../src';
import { annotationsOf, processorProps, testApp, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { Given, queueProcessor, refusalOf, warningsOf } from '../support/queue-processor';

const ENV = { account: '111111111111', region: 'us-east-1' };
const imported = (stack: Stack, arn: string) => sqs.Queue.fromQueueArn(stack, Token.isUnresolved(arn) ? 'Imported' : arn, arn);
const queueOf = (props: sqs.QueueProps) => (stack: Stack) => ({ queue: new sqs.Queue(stack, 'Given', props) });
const timeout = (value: Duration) => ({ processorProps: { ...processorProps, timeout: value } });
const warning = (id: string, text: string) => `warning /Stack/Orders: ${text} [ack: cdk-stream-dlq:${id}]`;

describe('props that contradict each other', () => {
  test('neither a function nor its properties are refused', () => {
    expect(messageOf(() => new QueueProcessor(testStack(), 'Orders', {}))).toBe(
      '[Stack/Orders] exactly one of `processor` and `processorProps` must be given, got: neither; pass an existing function as `processor`, or the ' +
        'properties of a new one as `processorProps`',
    );
  });

  test('a function that is imported without its role is refused', () => {
    const processor = (stack: Stack) => lambda.Function.fromFunctionName(stack, 'Fn', 'orders');
    expect(refusalOf((stack) => ({ processor: processor(stack) }))).toBe(
      '[Stack/Orders] `processor` must have a role, got: \'Stack/Fn\', imported without one; import it by Function.fromFunctionAttributes() with ' +
        '`role`, a role that may receive from the queue',
    );
  });

  test.each<[string, Given, string]>([
    [
      'queue and queueProps',
      (stack) => ({ queue: new sqs.Queue(stack, 'Given'), queueProps: {} }),
      '`queue` and `queueProps` must not be set together, got: both; remove `queueProps`: it is for a new queue',
    ],
    [
      'a dead-letter queue in queueProps',
      (stack) => ({ queueProps: { deadLetterQueue: { queue: new sqs.Queue(stack, 'Given'), maxReceiveCount: 3 } } }),
      '`queueProps` must have no `deadLetterQueue`, got: one; use `deadLetterQueue` and `maxReceiveCount` of the QueueProcessor',
    ],
    [
      'maxConcurrency and provisioned pollers',
      { maxConcurrency: 5, provisionedPollerConfig: { minimumPollers: 2 } },
      '`maxConcurrency` and `provisionedPollerConfig` must not be set together, got: both; remove one of the two: Lambda refuses both together',
    ],
    [
      'a large batch without a window',
      { batchSize: 11 },
      '`batchSize` above 10 must have a `maxBatchingWindow` of at least 1 second, got: 11 without a window; set `maxBatchingWindow`, or lower ' +
        '`batchSize`',
    ],
    [
      'a large batch with a window of 0 seconds',
      { batchSize: 100, maxBatchingWindow: Duration.seconds(0) },
      '`batchSize` above 10 must have a `maxBatchingWindow` of at least 1 second, got: 100 without a window; set `maxBatchingWindow`, or lower ' +
        '`batchSize`',
    ],
    [
      'a batching window on a FIFO queue',
      { queueProps: { fifo: true }, maxBatchingWindow: Duration.seconds(20) },
      '`maxBatchingWindow` must not be set for a FIFO queue, got: 20 seconds; remove it: Lambda gathers messages of standard queues only',
    ],
    [
      'a large batch of a FIFO queue',
      { queueProps: { fifo: true }, batchSize: 11 },
      '`batchSize` must be at most 10 for a FIFO queue, got: 11; lower it: Lambda refuses a larger batch',
    ],
    [
      'names of queues that are too long for SQS',
      { queueProps: { queueName: 'x'.repeat(81) } },
      '`queueName` in `queueProps` must have 1 to 80 letters, digits, hyphens and underscores, with .fifo at the end for a FIFO queue, got: ' +
        `${'x'.repeat(81)}, of 81; change it, or leave it out: SQS refuses it`,
    ],
    [
      'names of queues with a space',
      { queueProps: { queueName: 'my orders' } },
      '`queueName` in `queueProps` must have 1 to 80 letters, digits, hyphens and underscores, with .fifo at the end for a FIFO queue, got: ' +
        'my orders, of 9; change it, or leave it out: SQS refuses it',
    ],
  ])('%s are refused', (_, given, message) => {
    expect(refusalOf(given)).toBe(`[Stack/Orders] ${message}`);
  });

  test('a second mapping of the processor on the queue is refused, such as one that the QueueProcessor is to replace', () => {
    const stack = testStack();
    const processor = testProcessor(stack);
    const queue = new sqs.Queue(stack, 'Given', { visibilityTimeout: Duration.minutes(1) });
    processor.addEventSource(new SqsEventSource(queue));
    expect(messageOf(() => queueProcessor({ processor, queue }, stack))).toBe(
      '[Stack/Orders] the processor must have no other mapping on `queue`, got: \'Stack/Processor/SqsEventSource:StackGivenE46A3E64\'; remove that one, ' +
        'such as `addEventSource()` with an SqsEventSource: the QueueProcessor defines it',
    );
  });

  test.each([80, 79])('a queue name of %d characters is taken, also for a FIFO queue', (length) => {
    expect(warningsOf({ queueProps: { queueName: 'x'.repeat(length) } })).toEqual([]);
    expect(warningsOf({ queueProps: { fifo: true, queueName: `${'x'.repeat(length - 5)}.fifo` } })).toEqual([]);
  });
});

describe('values out of range are refused', () => {
  test.each<[Given, string]>([
    [{ batchSize: 0 }, '`batchSize` must be a whole number from 1 to 10000, got: 0'],
    [{ batchSize: 10_001, maxBatchingWindow: Duration.seconds(1) }, '`batchSize` must be a whole number from 1 to 10000, got: 10001'],
    [{ maxBatchingWindow: Duration.minutes(6) }, '`maxBatchingWindow` must be from 0 seconds to 5 minutes, got: 6 minutes'],
    [{ maxConcurrency: 1 }, '`maxConcurrency` must be a whole number from 2 to 1000, got: 1'],
    [{ maxConcurrency: 1_001 }, '`maxConcurrency` must be a whole number from 2 to 1000, got: 1001'],
    [{ maxReceiveCount: 0 }, '`maxReceiveCount` must be a whole number from 1 to 1000, got: 0'],
    [{ maxReceiveCount: 1_001 }, '`maxReceiveCount` must be a whole number from 1 to 1000, got: 1001'],
    [{ deadLetterQueueRetentionPeriod: Duration.days(15) }, '`deadLetterQueueRetentionPeriod` must be from 1 minute to 14 days, got: 15 days'],
    [{ deadLetterQueueRetentionPeriod: Duration.seconds(59) }, '`deadLetterQueueRetentionPeriod` must be from 1 minute to 14 days, got: 59 seconds'],
    [
      { provisionedPollerConfig: { minimumPollers: 1 } },
      '`provisionedPollerConfig.minimumPollers` must be a whole number from 2 to 200, got: 1',
    ],
    [
      { provisionedPollerConfig: { maximumPollers: 2_001 } },
      '`provisionedPollerConfig.maximumPollers` must be a whole number from 2 to 2000, got: 2001',
    ],
    [
      { provisionedPollerConfig: { minimumPollers: 20, maximumPollers: 10 } },
      '`provisionedPollerConfig.maximumPollers` must be at least `minimumPollers`, got: 10 for 20; raise it, or lower `minimumPollers`',
    ],
    [
      { removalPolicy: RemovalPolicy.SNAPSHOT },
      '`removalPolicy` must be one that queues and buckets have, got: SNAPSHOT; use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY',
    ],
  ])('%j', (given, message) => {
    expect(refusalOf(given)).toBe(`[Stack/Orders] ${message}`);
  });
});

describe('a dead-letter queue', () => {
  const stack = () => testStack({ env: ENV });

  test('that is the queue itself is refused', () => {
    expect(refusalOf((it) => {
      const queue = new sqs.Queue(it, 'Given');
      return { queue, deadLetterQueue: queue };
    })).toBe(
      '[Stack/Orders] `deadLetterQueue` must be another queue than `queue`, and not lead back to it, got: \'Stack/Given\'; pass a queue for dead ' +
        'letters only: messages would never leave the two',
    );
  });

  test('that leads back to the queue is refused', () => {
    expect(refusalOf((it) => {
      const queue = new sqs.Queue(it, 'Given');
      return { queue, deadLetterQueue: new sqs.Queue(it, 'Letters', { deadLetterQueue: { queue, maxReceiveCount: 5 } }) };
    })).toBe(
      '[Stack/Orders] `deadLetterQueue` must be another queue than `queue`, and not lead back to it, got: \'Stack/Letters\'; pass a queue for dead ' +
        'letters only: messages would never leave the two',
    );
  });

  test.each<[string, Given, string]>([
    [
      'standard for a FIFO queue', (it) => ({ queueProps: { fifo: true }, deadLetterQueue: new sqs.Queue(it, 'Letters') }),
      'a standard queue for a FIFO queue; pass a FIFO queue',
    ],
    [
      'FIFO for a standard queue', (it) => ({ deadLetterQueue: new sqs.Queue(it, 'Letters', { fifo: true }) }),
      'a FIFO queue for a standard queue; pass a standard queue',
    ],
    [
      'FIFO by its name for a standard queue', (it) => ({ deadLetterQueue: imported(it, 'arn:aws:sqs:us-east-1:123456789012:letters.fifo') }),
      'a FIFO queue for a standard queue; pass a standard queue',
    ],
  ])('%s is refused', (_, given, got) => {
    expect(refusalOf(given)).toBe(
      `[Stack/Orders] \`deadLetterQueue\` must be of the same kind as \`queue\`, got: ${got}: SQS refuses the redrive policy otherwise`,
    );
  });

  test.each<[string, Given, string, string]>([
    [
      'dead-letter queue', (it) => ({ queueProps: { fifo: true }, deadLetterQueue: imported(it, Fn.importValue('letters')) }),
      'a standard queue for a FIFO queue', 'FIFO',
    ],
    [
      'queue', (it) => ({ queue: imported(it, Fn.importValue('given')), deadLetterQueue: new sqs.Queue(it, 'Letters', { fifo: true }) }),
      'a FIFO queue for a standard queue', 'standard',
    ],
  ])('of another kind may be a FIFO queue that is imported by a token, as the %s: the message says how', (_, given, got, kind) => {
    expect(refusalOf(given)).toBe(
      `[Stack/Orders] \`deadLetterQueue\` must be of the same kind as \`queue\`, got: ${got}; import 'Stack/Imported' by Queue.fromQueueAttributes() with ` +
        `\`fifo: true\` if it is a FIFO queue, otherwise pass a ${kind} queue: SQS refuses the redrive policy otherwise`,
    );
  });

  test.each([
    ['Region', 'arn:aws:sqs:eu-west-1:111111111111:letters', 'account 111111111111 in eu-west-1'],
    ['account', 'arn:aws:sqs:us-east-1:222222222222:letters', 'account 222222222222 in us-east-1'],
  ])('of another %s is refused', (_, arn, got) => {
    expect(refusalOf((it) => ({ deadLetterQueue: imported(it, arn) }), stack())).toBe(
      `[Stack/Orders] \`deadLetterQueue\` must be in the account and Region of \`queue\`, got: ${got} for a queue of account 111111111111 in ` +
        'us-east-1; pass a queue of that account and Region: SQS moves messages within them only',
    );
  });

  test('beside a queue of another account is of that account', () => {
    const arn = (name: string) => `arn:aws:sqs:us-east-1:222222222222:${name}`;
    const given = (it: Stack) => ({ queue: imported(it, arn('given')), deadLetterQueue: imported(it, arn('letters')) });
    expect(warningsOf(given, stack())).toEqual([
      expect.stringContaining('redrivePolicyNotKnown'),
      warning('processorWithoutQueue', 'processor \'Stack/Orders/Processor\' must be allowed to receive from its queue, got: the policy of ' +
        `'Stack/${arn('given')}', of another account, which this app cannot extend; allow this there, and acknowledge this warning: ` +
        '{"Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes"],"Effect":"Allow",' +
        `"Resource":"${arn('given')}","Principal":{"AWS":{"Fn::GetAtt":["OrdersProcessorServiceRole3307C06E","Arn"]}}}`),
    ]);
  });

  test('of a queue in another Region is refused with the queue: Lambda does not read it', () => {
    const arn = (name: string) => `arn:aws:sqs:eu-west-1:111111111111:${name}`;
    expect(refusalOf((it) => ({ queue: imported(it, arn('given')), deadLetterQueue: imported(it, arn('letters')) }), stack())).toBe(
      '[Stack/Orders] `queue` must be of the Region of its QueueProcessor, got: one of eu-west-1 for a QueueProcessor of us-east-1; define the ' +
        'QueueProcessor in a stack of the Region of the queue: Lambda reads queues of its own Region only',
    );
  });

  test('that denies all queues is refused', () => {
    expect(refusalOf((it) => ({
      deadLetterQueue: new sqs.Queue(it, 'Letters', {
        retentionPeriod: Duration.days(14), redriveAllowPolicy: { redrivePermission: sqs.RedrivePermission.DENY_ALL },
      }),
    }))).toBe(
      '[Stack/Orders] `deadLetterQueue` must allow `queue` in its `redriveAllowPolicy`, got: DENY_ALL for \'Stack/Letters\'; allow the queue there: ' +
        'SQS refuses the redrive policy otherwise',
    );
  });

  test.each(['queue', 'undeliverableQueue'] as const)('that is the %s of a StreamDlq is refused, whichever is defined first', (prop) => {
    const it = testStack();
    const deadLetterQueue = new sqs.Queue(it, 'Letters', { retentionPeriod: Duration.days(14) });
    queueProcessor({ deadLetterQueue }, it);
    new KinesisStreamProcessor(it, 'Clicks', { processorProps, [prop]: deadLetterQueue });
    expect(messageOf(() => annotationsOf(it))).toContain(
      '[Stack/Orders] `deadLetterQueue` must not be a queue of a StreamDlq, got: a queue of \'Stack/Clicks/Dlq\'; pass a queue for the messages of ' +
        'this queue only: dead letters of a stream are of another kind',
    );
  });
});

describe('a visibility timeout', () => {
  const breaks =
    'otherwise a message can be received again while Lambda still tries it, which processes it twice and moves it to the dead-letter queue early';

  test('below six timeouts of the processor is warned of, on an existing queue', () => {
    expect(warningsOf(queueOf({ visibilityTimeout: Duration.seconds(17) }))).toEqual([
      warning('queueVisibilityBelowRecommended', 'the visibility timeout of `queue` should be 6 times the timeout of the processor, plus ' +
        `\`maxBatchingWindow\`, got: 17 seconds of 'Stack/Given' for 3 seconds; set it to 18 seconds, or lower the timeout: ${breaks}`),
    ]);
  });

  test('that is lowered in queueProps is warned of, with the window', () => {
    const queueProps = { visibilityTimeout: Duration.minutes(6) };
    expect(warningsOf({ ...timeout(Duration.minutes(1)), queueProps, maxBatchingWindow: Duration.seconds(30) })).toEqual([
      warning('queueVisibilityBelowRecommended', 'the visibility timeout of `queue` should be 6 times the timeout of the processor, plus ' +
        '`maxBatchingWindow`, got: 6 minutes of \'Stack/Orders/Queue\' for 1 minute and 30 seconds; set it to 6 minutes 30 seconds, or lower the ' +
        `timeout: ${breaks}`),
    ]);
  });

  test('of six timeouts is enough', () => {
    expect(warningsOf(queueOf({ visibilityTimeout: Duration.seconds(18) }))).toEqual([]);
  });

  test('below the timeout of the processor is refused, also the 30 seconds that SQS has by default', () => {
    expect(refusalOf((stack) => ({ ...timeout(Duration.minutes(1)), ...queueOf({})(stack) }))).toBe(
      '[Stack/Orders] the visibility timeout of `queue` must be at least the timeout of the processor, got: 30 seconds of \'Stack/Given\' for ' +
        '1 minute; set it to 6 minutes, as AWS recommends: Lambda refuses the mapping otherwise',
    );
  });

  test('that an override lowers is seen', () => {
    const stack = testStack();
    const { queue } = queueProcessor({}, stack);
    (queue.node.defaultChild as sqs.CfnQueue).addPropertyOverride('VisibilityTimeout', 5);
    expect(annotationsOf(stack)).toEqual([expect.stringContaining('got: 5 seconds of \'Stack/Orders/Queue\' for 3 seconds')]);
  });

  test.each<[string, Given]>([
    ['the visibility timeout', (stack) => queueOf({
      visibilityTimeout: Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber),
    })(stack)],
    ['the timeout of the processor', (stack) => ({
      ...timeout(Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber)), ...queueOf({})(stack),
    })],
  ])('is not compared where only the deployment knows %s', (_, given) => {
    expect(warningsOf(given)).toEqual([]);
  });
});

describe('warnings', () => {
  test.each([1, 4])('maxReceiveCount %d', (maxReceiveCount) => {
    expect(warningsOf({ maxReceiveCount })).toEqual([
      warning('maxReceiveCountTooLow', `\`maxReceiveCount\` should be at least 5, as AWS recommends, got: ${maxReceiveCount} of 'Stack/Orders/Queue'; ` +
        'raise it: each throttled invocation counts as a receive, and moves messages to the dead-letter queue that never failed'),
    ]);
  });

  test('a dead-letter queue that keeps messages no longer than the queue: SQS keeps their age', () => {
    expect(warningsOf({ queueProps: { retentionPeriod: Duration.days(14) } })).toEqual([
      warning('deadLettersExpireEarly', 'the dead-letter queue should keep messages longer than `queue`, got: 14 days for 14 days; raise the retention ' +
        'of the dead-letter queue, or lower that of `queue`: SQS counts from when a message was first sent, and can delete a dead letter as soon as ' +
        'it is moved'),
    ]);
  });

  test('the same with the 4 days that SQS has by default', () => {
    expect(warningsOf((stack) => ({ deadLetterQueue: new sqs.Queue(stack, 'Letters') }))).toEqual([
      warning('deadLettersExpireEarly', 'the dead-letter queue should keep messages longer than `queue`, got: 4 days for 4 days; raise the retention ' +
        'of the dead-letter queue, or lower that of `queue`: SQS counts from when a message was first sent, and can delete a dead letter as soon as ' +
        'it is moved'),
    ]);
  });

  test('no such warning for FIFO queues, where the age begins anew, but for one that keeps messages for a few days', () => {
    expect(warningsOf({ queueProps: { fifo: true, retentionPeriod: Duration.days(14) } })).toEqual([]);
    expect(warningsOf({ queueProps: { fifo: true }, deadLetterQueueRetentionPeriod: Duration.days(4) })).toEqual([
      warning('deadLetterQueueRetentionTooShort', 'the dead-letter queue should keep messages for 14 days, got: 4 days for ' +
        '\'Stack/Orders/DeadLetterQueue\'; raise its retention, or acknowledge this warning: it may hold the only copy of what failed'),
    ]);
  });

  test('a reserved concurrency below maxConcurrency', () => {
    expect(warningsOf({ processorProps: { ...processorProps, reservedConcurrentExecutions: 4 }, maxConcurrency: 5 })).toEqual([
      warning('reservedConcurrencyBelowMaxConcurrency', 'the reserved concurrency of the processor should be at least `maxConcurrency`, got: 4 for 5; ' +
        'lower `maxConcurrency`, which is enough to limit the function: each throttled invocation counts as a receive'),
    ]);
  });

  test('another consumer of the queue', () => {
    const stack = testStack();
    const { queue } = queueProcessor({}, stack);
    testProcessor(stack, 'Other').addEventSourceMapping('Second', { eventSourceArn: queue.queueArn });
    expect(annotationsOf(stack)).toEqual([
      warning('queueWithOtherConsumer', 'the QueueProcessor should be the only consumer of `queue`, got: mapping \'Stack/Other/Second/Resource\' as ' +
        'well; remove one of the two: each message goes to one of them, at random'),
    ]);
  });

  test('no warning about a consumer that is not enabled', () => {
    const stack = testStack();
    const { queue } = queueProcessor({}, stack);
    testProcessor(stack, 'Other').addEventSourceMapping('Second', { eventSourceArn: queue.queueArn, enabled: false });
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('each can be acknowledged', () => {
    const stack = testStack();
    const orders = queueProcessor({ maxReceiveCount: 1 }, stack);
    orders.node.addMetadata('aws:cdk:acknowledge', 'cdk-stream-dlq:maxReceiveCountTooLow');
    expect(annotationsOf(stack)).toHaveLength(1);
  });
});

describe('an info', () => {
  const infosOf = (given: Given) => {
    const stack = testStack();
    const orders = queueProcessor(given, stack);
    annotationsOf(stack);
    return orders.node.metadata.filter(({ type }) => type === 'aws:cdk:info').map(({ data }) => data as string);
  };

  test('says what becomes of messages that pass no filter', () => {
    const filters = [lambda.FilterCriteria.filter({ body: { kind: ['order'] } })];
    const alarms = [expect.stringContaining('no alarms are defined for \'Stack/Orders\': nothing reports failures')];
    expect(infosOf({ filters })).toEqual(expect.arrayContaining([
      'Lambda deletes messages that pass none of the `filters`: they are neither processed nor moved to the dead-letter queue ' +
        '[ack: cdk-stream-dlq:filtersDelete]',
      ...alarms,
    ]));
    expect(infosOf({})).toEqual(alarms);
  });
});

describe('auditLogGroup', () => {
  test('becomes a tag of the dead-letter queue', () => {
    const stack = testStack();
    const { deadLetterQueue } = queueProcessor({ auditLogGroup: logs.LogGroup.fromLogGroupName(stack, 'Audit', 'audit') }, stack);
    expect(deadLetterQueue.node.defaultChild).toMatchObject({ tags: expect.anything() });
  });

  test('must be in the account and Region of the stack', () => {
    const stack = testStack({ env: ENV });
    const elsewhere = new Stack(testApp(), 'Elsewhere', { env: { ...ENV, region: 'eu-west-1' } });
    expect(refusalOf({ auditLogGroup: new logs.LogGroup(elsewhere, 'Audit', { logGroupName: 'audit' }) }, stack)).toBe(
      '[Stack/Orders] `auditLogGroup` must be in the account and Region of its QueueProcessor, got: account 111111111111 in eu-west-1 for a ' +
        'QueueProcessor of account 111111111111 in us-east-1; pass a log group of this account and Region: the operator\'s tool writes to it',
    );
  });

  test('must have a name that a tag takes', () => {
    expect(refusalOf((stack) => ({ auditLogGroup: logs.LogGroup.fromLogGroupName(stack, 'Audit', 'a#b') }))).toBe(
      '[Stack/Orders] `auditLogGroup` must have a name of at most 256 characters, without #, got: a#b, of 3; pass a log group with another name: the ' +
        'name becomes the value of a tag of the dead-letter queue',
    );
  });
});

describe('a function of another account', () => {
  test('is refused: Lambda invokes functions of the account of the mapping only', () => {
    const given = (stack: Stack) => ({
      processor: lambda.Function.fromFunctionAttributes(stack, 'Fn', {
        functionArn: 'arn:aws:lambda:us-east-1:222222222222:function:orders', role: testProcessor(stack, 'Other').role,
      }),
    });
    expect(refusalOf(given, testStack({ env: ENV }))).toBe(
      '[Stack/Orders] the processor must be in the account of its mapping, got: a function of account 222222222222 for a mapping of account ' +
        '111111111111; define the mapping in the account of the processor: Lambda invokes functions of its own account only',
    );
  });
});
