import { CfnParameter, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { QueueProcessor } from '../../src';
import { annotationsOf, countOf, logicalId, processorProps, propertiesOf, resourceOf, testApp, testProcessor, testStack } from '../support/app';
import { allow, statementsOfImportedRole } from '../support/policies';
import { queueProcessor, refusalOf, warningsOf } from '../support/queue-processor';

const ARN = 'arn:aws:sqs:us-east-1:123456789012';
const imported = (stack: Stack, name: string) => sqs.Queue.fromQueueArn(stack, name, `${ARN}:${name}`);
const arnOf = (queue: sqs.IQueue) => ({ 'Fn::GetAtt': [logicalId(queue), 'Arn'] });
const VISIBLE = { visibilityTimeout: Duration.minutes(1) };

describe('an existing queue of this app without a redrive policy', () => {
  test('gets one, to a dead-letter queue that is defined here', () => {
    const stack = testStack();
    const queue = new sqs.Queue(stack, 'Given', VISIBLE);
    const orders = queueProcessor({ queue, maxReceiveCount: 8 }, stack);
    expect(orders.queue).toBe(queue);
    expect(propertiesOf(queue).RedrivePolicy).toEqual({ deadLetterTargetArn: arnOf(orders.deadLetterQueue), maxReceiveCount: 8 });
    expect(propertiesOf(orders.deadLetterQueue)).toMatchObject({ MessageRetentionPeriod: 1_209_600 });
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('leaves the dead-letter queue without a redrive-allow policy: a reference back would make a circle', () => {
    const { deadLetterQueue } = queueProcessor((stack) => ({ queue: new sqs.Queue(stack, 'Given', VISIBLE) }));
    expect(propertiesOf(deadLetterQueue).RedriveAllowPolicy).toBeUndefined();
  });

  test('is the only one that may use the dead-letter queue, where it has a name', () => {
    const { deadLetterQueue } = queueProcessor((stack) => ({ queue: new sqs.Queue(stack, 'Given', { ...VISIBLE, queueName: 'given' }) }));
    expect(propertiesOf(deadLetterQueue).RedriveAllowPolicy).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: [{ 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sqs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ':given']] }],
    });
  });

  test('gets one to an existing dead-letter queue, which stays as it is but for its tags', () => {
    const stack = testStack();
    const deadLetterQueue = new sqs.Queue(stack, 'Letters', { retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(stack, 'Given', VISIBLE);
    const orders = queueProcessor({ queue, deadLetterQueue }, stack);
    expect(orders.deadLetterQueue).toBe(deadLetterQueue);
    expect(propertiesOf(queue).RedrivePolicy).toEqual({ deadLetterTargetArn: arnOf(deadLetterQueue), maxReceiveCount: 5 });
    expect(propertiesOf(deadLetterQueue)).toEqual({ MessageRetentionPeriod: 1_209_600, Tags: expect.any(Array) });
    expect(countOf(stack, 'AWS::SQS::Queue')).toBe(2);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('has a FIFO dead-letter queue where it is a FIFO queue', () => {
    const { deadLetterQueue } = queueProcessor((stack) => ({ queue: new sqs.Queue(stack, 'Given', { ...VISIBLE, fifo: true }) }));
    expect(propertiesOf(deadLetterQueue).FifoQueue).toBe(true);
  });

  test('of another stack is refused: its policy cannot refer to a later stack', () => {
    const app = testApp();
    const queue = new sqs.Queue(new Stack(app, 'Queues'), 'Given', VISIBLE);
    expect(refusalOf({ queue }, testStack({}, app))).toBe(
      '[Stack/Orders] `queue` must be of the stack of its QueueProcessor, or have a `deadLetterQueue`, got: \'Queues/Given\' of another stack, ' +
        'without one; set `deadLetterQueue` where the queue is defined: its redrive policy cannot refer to a later stack',
    );
  });
});

describe('an existing queue of this app with a dead-letter queue', () => {
  function pair(stack: Stack, props: sqs.QueueProps = {}) {
    const deadLetterQueue = new sqs.Queue(stack, 'Letters', { retentionPeriod: Duration.days(14) });
    const queue = new sqs.Queue(stack, 'Given', { ...VISIBLE, deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 6 }, ...props });
    return { queue, deadLetterQueue };
  }

  test('keeps its policy, and its dead-letter queue is that of the processor', () => {
    const stack = testStack();
    const { queue, deadLetterQueue } = pair(stack);
    const orders = queueProcessor({ queue }, stack);
    expect(orders.deadLetterQueue).toBe(deadLetterQueue);
    expect(propertiesOf(queue).RedrivePolicy).toEqual({ deadLetterTargetArn: arnOf(deadLetterQueue), maxReceiveCount: 6 });
    expect(propertiesOf(deadLetterQueue).Tags).toContainEqual({ Key: 'cdk-stream-dlq:role', Value: 'dead-letter-queue' });
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('may be of another stack', () => {
    const app = testApp();
    const { queue, deadLetterQueue } = pair(new Stack(app, 'Queues'));
    const stack = testStack({}, app);
    expect(queueProcessor({ queue }, stack).deadLetterQueue).toBe(deadLetterQueue);
    expect([countOf(stack, 'AWS::SQS::Queue'), annotationsOf(stack)]).toEqual([0, []]);
  });

  test('is taken with the same dead-letter queue given', () => {
    const stack = testStack();
    expect(queueProcessor(pair(stack), stack).deadLetterQueue.node.id).toBe('Letters');
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('is refused with another one', () => {
    const stack = testStack();
    const { queue, deadLetterQueue } = pair(stack);
    const other = new sqs.Queue(stack, 'Other', { retentionPeriod: Duration.days(14) });
    expect(refusalOf({ queue, deadLetterQueue: other }, stack)).toBe(
      '[Stack/Orders] the redrive policy of `queue` must name the dead-letter queue \'Stack/Other\', got: ' +
        `${JSON.stringify(arnOf(deadLetterQueue))} for 'Stack/Given'; pass the queue that it names as \`deadLetterQueue\`, or change the policy`,
    );
  });

  test('is refused where an override takes the policy away', () => {
    const stack = testStack();
    const { queue } = queueProcessor({}, stack);
    (queue.node.defaultChild as sqs.CfnQueue).addPropertyDeletionOverride('RedrivePolicy');
    expect(() => annotationsOf(stack)).toThrow(
      '[Stack/Orders] the redrive policy of `queue` must name the dead-letter queue \'Stack/Orders/DeadLetterQueue\', got: none for ' +
        '\'Stack/Orders/Queue\'; pass the queue that it names as `deadLetterQueue`, or change the policy',
    );
  });

  test('needs its dead-letter queue given where only the resource has the policy', () => {
    const withPolicy = (stack: Stack) => {
      const queue = new sqs.Queue(stack, 'Given', VISIBLE);
      const letters = new sqs.Queue(stack, 'Letters', { retentionPeriod: Duration.days(14) });
      (queue.node.defaultChild as sqs.CfnQueue).redrivePolicy = { deadLetterTargetArn: letters.queueArn, maxReceiveCount: 5 };
      return { queue, letters };
    };
    expect(refusalOf((stack) => ({ queue: withPolicy(stack).queue }))).toBe(
      '[Stack/Orders] `deadLetterQueue` must be given with such a `queue`, got: none for \'Stack/Given\', a queue whose resource has a redrive ' +
        'policy; pass the queue that its redrive policy names',
    );
    const stack = testStack();
    const { queue, letters } = withPolicy(stack);
    expect(queueProcessor({ queue, deadLetterQueue: letters }, stack).deadLetterQueue).toBe(letters);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('an imported queue', () => {
  test('needs its dead-letter queue given', () => {
    expect(refusalOf((stack) => ({ queue: imported(stack, 'given') }))).toBe(
      '[Stack/Orders] `deadLetterQueue` must be given with such a `queue`, got: none for \'Stack/given\', an imported queue; pass the queue that its ' +
        'redrive policy names',
    );
  });

  test('is taken with it, with a warning of what synth does not know', () => {
    const stack = testStack();
    const [queue, deadLetterQueue] = ['given', 'letters'].map((name) => imported(stack, name));
    const orders = queueProcessor({ queue, deadLetterQueue }, stack);
    expect([orders.queue, orders.deadLetterQueue]).toEqual([queue, deadLetterQueue]);
    expect(propertiesOf(orders.mapping).EventSourceArn).toBe(`${ARN}:given`);
    expect(countOf(stack, 'AWS::SQS::Queue')).toBe(0);
    expect(annotationsOf(stack)).toEqual([
      'warning /Stack/Orders: `queue` should be a queue of this app, got: an imported queue, \'Stack/given\', whose redrive policy and visibility ' +
        `timeout synth does not know; let its \`RedrivePolicy\` be {"deadLetterTargetArn":"${ARN}:letters","maxReceiveCount":5}, its visibility ` +
        'timeout six times the timeout of the processor, plus `maxBatchingWindow`, and acknowledge this warning: without a redrive policy, a message ' +
        'that fails is tried until SQS deletes it [ack: cdk-stream-dlq:redrivePolicyNotKnown]',
    ]);
  });

  test('that only the deployment knows is taken at its word', () => {
    const given = (stack: Stack) => ({
      queue: sqs.Queue.fromQueueArn(stack, 'Given', new CfnParameter(stack, 'Arn').valueAsString),
      deadLetterQueue: imported(stack, 'letters'),
    });
    expect(warningsOf(given)).toHaveLength(1);
  });
});

describe('a dead-letter queue that several queues share', () => {
  test('allows each of them', () => {
    const stack = testStack();
    const { deadLetterQueue } = queueProcessor({ queueProps: { queueName: 'orders' } }, stack);
    new QueueProcessor(stack, 'More', { processorProps, deadLetterQueue, queueProps: { queueName: 'more' } });
    const { sourceQueueArns } = propertiesOf(deadLetterQueue).RedriveAllowPolicy;
    expect(sourceQueueArns.map((it: Record<string, [string, unknown[]]>) => it['Fn::Join'][1].at(-1))).toEqual([':orders', ':more']);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test.each<[string, (stack: Stack) => sqs.IQueue | undefined]>([
    ['one without a name', (stack) => new sqs.Queue(stack, 'Unnamed', VISIBLE)],
    ['one of another stack, whose name has the ID of that stack', () => undefined],
  ])('has no redrive-allow policy with %s', (_, queueIn) => {
    const app = testApp();
    const stack = testStack({}, app);
    const { deadLetterQueue } = queueProcessor({}, stack);
    const queue = queueIn(stack);
    new QueueProcessor(queue ? stack : new Stack(app, 'Later'), 'More', { processorProps, deadLetterQueue, queue });
    expect(propertiesOf(deadLetterQueue).RedriveAllowPolicy).toBeUndefined();
  });

  test('has none for more than ten queues, which is what SQS takes', () => {
    const stack = testStack();
    const { deadLetterQueue } = queueProcessor({ queueProps: { queueName: 'orders' } }, stack);
    for (let i = 0; i < 10; i++) {
      expect(deadLetterQueue).toBeDefined();
      new QueueProcessor(stack, `More${i}`, { processor: testProcessor(stack, `Fn${i}`), deadLetterQueue, queueProps: { queueName: `more${i}` } });
    }
    expect(propertiesOf(deadLetterQueue).RedriveAllowPolicy).toBeUndefined();
  });
});

describe('the options of a dead-letter queue that is defined here', () => {
  test('set its retention, its key and what happens to it', () => {
    const stack = testStack();
    const { deadLetterQueue } = queueProcessor({
      deadLetterQueueRetentionPeriod: Duration.days(7), removalPolicy: RemovalPolicy.DESTROY, encryptionKey: new kms.Key(stack, 'Key'),
    }, stack);
    expect(resourceOf(deadLetterQueue)).toMatchObject({
      Properties: { MessageRetentionPeriod: 604_800, KmsMasterKeyId: expect.anything() }, DeletionPolicy: 'Delete',
    });
  });

  const letters = (stack: Stack) => imported(stack, 'letters');
  const linked = (stack: Stack) => new sqs.Queue(stack, 'Given', { deadLetterQueue: { queue: letters(stack), maxReceiveCount: 5 } });

  test.each<[string, Parameters<typeof refusalOf>[0], string]>([
    ['deadLetterQueueRetentionPeriod', (it) => ({ deadLetterQueue: letters(it), deadLetterQueueRetentionPeriod: Duration.days(1) }), '`deadLetterQueue`'],
    ['removalPolicy', (it) => ({ deadLetterQueue: letters(it), removalPolicy: RemovalPolicy.DESTROY }), '`deadLetterQueue`'],
    ['removalPolicy', (it) => ({ queue: linked(it), removalPolicy: RemovalPolicy.DESTROY }), '`queue`'],
    ['deadLetterQueueRetentionPeriod', (it) => ({ queue: linked(it), deadLetterQueueRetentionPeriod: Duration.days(1) }), '`queue`'],
    ['encryptionKey', (it) => ({ queue: linked(it), encryptionKey: new kms.Key(it, 'Key') }), '`queue`'],
    ['maxReceiveCount', (it) => ({ queue: linked(it), maxReceiveCount: 7 }), '`queue`'],
    ['maxReceiveCount', (it) => ({ queue: imported(it, 'given'), deadLetterQueue: letters(it), maxReceiveCount: 7 }), '`queue`'],
  ])('are refused where they have no effect: %s', (option, given, beside) => {
    expect(refusalOf(given)).toBe(`[Stack/Orders] \`${option}\` must not be set with ${beside}, got: both; set it where the existing resource is defined`);
  });

  test('are refused where both queues are given', () => {
    expect(refusalOf((it) => ({ queue: new sqs.Queue(it, 'Given'), deadLetterQueue: letters(it), encryptionKey: new kms.Key(it, 'Key') }))).toBe(
      '[Stack/Orders] `encryptionKey` must not be set with `queue`, `deadLetterQueue`, got: both; set it where the existing resources are defined',
    );
  });
});

describe('an existing processor', () => {
  test('is used, with the mapping beside it', () => {
    const stack = testStack();
    const processor = testProcessor(stack);
    const orders = queueProcessor({ processor }, stack);
    expect(orders.processor).toBe(processor);
    expect(orders.mapping.node.path).toMatch(/^Stack\/Processor\//);
    expect(countOf(stack, 'AWS::Lambda::Function')).toBe(1);
  });

  test('keeps the mapping that an SqsEventSource defined: Lambda refuses a second one in the same deployment', () => {
    const before = testStack();
    const fn = testProcessor(before);
    fn.addEventSource(new SqsEventSource(new sqs.Queue(before, 'Given')));
    const [mapping] = fn.node.children.filter((it) => lambda.EventSourceMapping.isConstruct(it) && it.node.id.startsWith('SqsEventSource'));
    const after = testStack();
    const orders = queueProcessor({ processor: testProcessor(after), queue: new sqs.Queue(after, 'Given') }, after);
    expect(logicalId(orders.mapping)).toBe(logicalId(mapping));
  });

  test('may be imported with its role', () => {
    const stack = testStack();
    const processor = lambda.Function.fromFunctionAttributes(stack, 'Fn', {
      functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:orders:live',
      role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::123456789012:role/orders'),
      sameEnvironment: true,
    });
    const { mapping, queue } = queueProcessor({ processor }, stack);
    expect(propertiesOf(mapping).FunctionName).toBe('arn:aws:lambda:us-east-1:123456789012:function:orders:live');
    expect(statementsOfImportedRole(stack, 'orders')).toEqual([
      allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], arnOf(queue)),
    ]);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('whose role takes no policies is warned of, with the statement', () => {
    const stack = testStack();
    const processor = lambda.Function.fromFunctionAttributes(stack, 'Fn', {
      functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:orders',
      role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::123456789012:role/orders', { mutable: false }),
      sameEnvironment: true,
    });
    const [queue, deadLetterQueue] = ['given', 'letters'].map((name) => imported(stack, name));
    queueProcessor({ processor, queue, deadLetterQueue }, stack);
    expect(annotationsOf(stack).filter((it) => it.includes('processorWithoutQueue'))).toEqual([
      'warning /Stack/Orders: processor \'Stack/Fn\' must be allowed to receive from its queue, got: the role of the processor, which this app cannot ' +
        'extend; allow this there, and acknowledge this warning: {"Action":["sqs:ReceiveMessage","sqs:DeleteMessage","sqs:GetQueueAttributes"],' +
        `"Effect":"Allow","Resource":"${ARN}:given"} [ack: cdk-stream-dlq:processorWithoutQueue]`,
    ]);
  });

  test('of a later stack gets the mapping in its own stack', () => {
    const app = testApp();
    const stack = testStack({}, app);
    const later = new Stack(app, 'Later');
    const { mapping } = queueProcessor({ processor: testProcessor(later) }, stack);
    expect(Stack.of(mapping)).toBe(later);
    expect(annotationsOf(stack)).toEqual([]);
    expect(Token.isUnresolved(mapping.eventSourceMappingId)).toBe(true);
  });
});
