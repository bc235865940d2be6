import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { QueueProcessor } from '../../src';
import { logicalId, processorProps, propertiesOf, resourceOf, resourcesOf, testApp, testProcessor, testStack } from '../support/app';
import { allow, queuePolicyOf, statementsOf } from '../support/policies';
import { queueProcessor, warningsOf } from '../support/queue-processor';

const TLS_ONLY = { Effect: 'Deny', Principal: { AWS: '*' }, Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };

/** The first part of the UUID of the stack. */
const UUID = { 'Fn::Select': [0, { 'Fn::Split': ['-', { 'Fn::Select': [2, { 'Fn::Split': ['/', { Ref: 'AWS::StackId' }] }] }] }] };

const arnOf = (name: unknown) => ({
  'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sqs:', { Ref: 'AWS::Region' }, ':', { Ref: 'AWS::AccountId' }, ...[name].flat()]],
});

describe('without options', () => {
  test('defines a queue, its dead-letter queue, a function and a mapping, and no more', () => {
    const { queue } = queueProcessor();
    // With a feature flag, the CDK defines a log group with a function.
    const types = Object.values(resourcesOf(queue)).map(({ Type }) => Type).filter((type) => type !== 'AWS::Logs::LogGroup');
    expect(types.sort()).toEqual([
      'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::Lambda::EventSourceMapping', 'AWS::Lambda::Function',
      'AWS::SQS::Queue', 'AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', 'AWS::SQS::QueuePolicy',
    ]);
  });

  test('gives the queue a redrive policy, six timeouts of visibility, encryption, and a name of its stack', () => {
    const { queue, deadLetterQueue } = queueProcessor();
    expect(resourceOf(queue)).toEqual({
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: { 'Fn::Join': ['', [expect.stringMatching(/^Stack-Orders-[0-9A-F]{8}-$/), UUID]] },
        RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [logicalId(deadLetterQueue), 'Arn'] }, maxReceiveCount: 5 },
        SqsManagedSseEnabled: true,
        VisibilityTimeout: 18,
      },
      UpdateReplacePolicy: 'Delete',
      DeletionPolicy: 'Delete',
    });
  });

  test('keeps dead letters for 14 days, with the stack and without it, and of that queue only', () => {
    const { queue, deadLetterQueue } = queueProcessor();
    const [path] = propertiesOf(queue).QueueName['Fn::Join'][1];
    expect(resourceOf(deadLetterQueue)).toMatchObject({
      Properties: {
        MessageRetentionPeriod: 1_209_600,
        RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: [arnOf([`:${path}`, UUID])] },
        SqsManagedSseEnabled: true,
      },
      UpdateReplacePolicy: 'Retain',
      DeletionPolicy: 'RetainExceptOnCreate',
    });
  });

  test('takes TLS only at both queues', () => {
    const { queue, deadLetterQueue } = queueProcessor();
    for (const it of [queue, deadLetterQueue]) {
      expect(queuePolicyOf(it)).toEqual([{ ...TLS_ONLY, Resource: { 'Fn::GetAtt': [logicalId(it), 'Arn'] } }]);
    }
  });

  test('tags the dead-letter queue for the operator\'s tool', () => {
    expect(propertiesOf(queueProcessor().deadLetterQueue).Tags).toEqual([
      { Key: 'cdk-stream-dlq:format-version', Value: '0.1.0' }, { Key: 'cdk-stream-dlq:role', Value: 'dead-letter-queue' },
    ]);
  });

  test('defines a mapping with partial responses, which waits for the permissions of its function', () => {
    const { queue, processor, mapping } = queueProcessor();
    expect(resourceOf(mapping)).toMatchObject({
      Properties: {
        EventSourceArn: { 'Fn::GetAtt': [logicalId(queue), 'Arn'] },
        FunctionName: { Ref: logicalId(processor) },
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
      DependsOn: [logicalId(processor.role!.node.findChild('DefaultPolicy'))],
    });
    expect(Object.keys(propertiesOf(mapping)).sort()).toEqual(['EventSourceArn', 'FunctionName', 'FunctionResponseTypes']);
  });

  test('lets the processor do what Lambda does for it, and no more', () => {
    const { queue, processor } = queueProcessor();
    expect(statementsOf(processor.role!)).toEqual([
      allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], { 'Fn::GetAtt': [logicalId(queue), 'Arn'] }),
    ]);
  });

  test('warns of nothing', () => {
    expect(warningsOf({})).toEqual([]);
  });
});

describe('the visibility timeout of a queue that is defined here', () => {
  const visibilityOf = (given: Parameters<typeof queueProcessor>[0], stack = testStack()) =>
    propertiesOf(queueProcessor(given, stack).queue).VisibilityTimeout;

  test('is six times the timeout of the function and the batching window', () => {
    const timeout = Duration.minutes(2);
    expect(visibilityOf({ processorProps: { ...processorProps, timeout } })).toBe(720);
    expect(visibilityOf({ processorProps: { ...processorProps, timeout }, maxBatchingWindow: Duration.seconds(30) })).toBe(750);
  });

  test('is that of the function of an alias', () => {
    const alias = (stack: Stack) => testProcessor(stack, 'Fn', { timeout: Duration.minutes(1) }).addAlias('live');
    expect(visibilityOf((stack) => ({ processor: alias(stack) }))).toBe(360);
  });

  test.each<[string, (stack: Stack) => lambda.IFunction]>([
    ['imported', (stack) => lambda.Function.fromFunctionAttributes(stack, 'Fn', {
      functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:orders', role: testProcessor(stack, 'Other').role, sameEnvironment: true,
    })],
    ['given its timeout at deployment', (stack) => testProcessor(stack, 'Fn', {
      timeout: Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber),
    })],
  ])('is that for the longest timeout where the function is %s', (_, processorIn) => {
    const given = (stack: Stack) => ({ processor: processorIn(stack) });
    expect(visibilityOf(given)).toBe(5_400);
    expect(warningsOf(given)).toEqual([]);
  });

  test('leaves room for the longest batching window where synth does not know the window', () => {
    const window = (stack: Stack) => Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber);
    expect(visibilityOf((stack) => ({ maxBatchingWindow: window(stack) }))).toBe(318);
  });

  test('is the one in queueProps, also as a token', () => {
    expect(visibilityOf({ queueProps: { visibilityTimeout: Duration.minutes(7) } })).toBe(420);
    expect(visibilityOf({ queueProps: { visibilityTimeout: Duration.seconds(Lazy.number({ produce: () => 60 })) } })).toBe(60);
  });
});

describe('a FIFO queue', () => {
  test('has a FIFO dead-letter queue, and a name with the suffix of FIFO queues', () => {
    const { queue, deadLetterQueue } = queueProcessor({ queueProps: { fifo: true, contentBasedDeduplication: true } });
    expect(propertiesOf(queue)).toMatchObject({
      FifoQueue: true, ContentBasedDeduplication: true, QueueName: { 'Fn::Join': ['', [expect.any(String), UUID, '.fifo']] },
    });
    expect(propertiesOf(deadLetterQueue)).toMatchObject({ FifoQueue: true, RedriveAllowPolicy: { redrivePermission: 'byQueue' } });
    expect([queue.fifo, deadLetterQueue.fifo]).toEqual([true, true]);
  });

  test.each<[string, sqs.QueueProps]>([
    ['content-based deduplication', { contentBasedDeduplication: true }],
    ['a deduplication scope', { deduplicationScope: sqs.DeduplicationScope.MESSAGE_GROUP }],
    ['a throughput limit', { fifoThroughputLimit: sqs.FifoThroughputLimit.PER_MESSAGE_GROUP_ID }],
  ])('is FIFO with %s alone, as in the CDK', (_, queueProps) => {
    const { queue, deadLetterQueue } = queueProcessor({ queueProps });
    expect(propertiesOf(queue)).toMatchObject({ FifoQueue: true, QueueName: { 'Fn::Join': ['', [expect.any(String), UUID, '.fifo']] } });
    expect(propertiesOf(deadLetterQueue).FifoQueue).toBe(true);
  });

  test('is known by its name', () => {
    const { deadLetterQueue } = queueProcessor({ queueProps: { queueName: 'orders.fifo' } });
    expect(propertiesOf(deadLetterQueue)).toMatchObject({
      FifoQueue: true, RedriveAllowPolicy: { sourceQueueArns: [arnOf(':orders.fifo')] },
    });
  });

  test('warns of nothing', () => {
    expect(warningsOf({ queueProps: { fifo: true } })).toEqual([]);
  });
});

describe('the name of a queue that is defined here', () => {
  test('is the one in queueProps', () => {
    const { queue, deadLetterQueue } = queueProcessor({ queueProps: { queueName: 'orders' } });
    expect(propertiesOf(queue).QueueName).toBe('orders');
    expect(propertiesOf(deadLetterQueue).RedriveAllowPolicy).toEqual({ redrivePermission: 'byQueue', sourceQueueArns: [arnOf(':orders')] });
  });

  test('has at most 80 characters, with the part of the stack', () => {
    const stack = new Stack(testApp(), 'S'.repeat(60));
    const { queue } = new QueueProcessor(stack, 'Q'.repeat(60), { processorProps, queueProps: { fifo: true } });
    const [path] = propertiesOf(queue).QueueName['Fn::Join'][1];
    expect(path.length + '12345678'.length + '.fifo'.length).toBe(80);
    expect(path).toMatch(/^[\w-]+$/);
  });

  test('that only the deployment knows leaves the dead-letter queue without a redrive-allow policy', () => {
    const given = (stack: Stack) => ({ queueProps: { queueName: new CfnParameter(stack, 'Name').valueAsString } });
    expect(propertiesOf(queueProcessor(given).deadLetterQueue).RedriveAllowPolicy).toBeUndefined();
  });
});

describe('encryptionKey', () => {
  test('encrypts both queues, and the processor may decrypt', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const { queue, deadLetterQueue, processor } = queueProcessor({ encryptionKey }, stack);
    const key = { 'Fn::GetAtt': [logicalId(encryptionKey), 'Arn'] };
    for (const it of [queue, deadLetterQueue]) expect(propertiesOf(it).KmsMasterKeyId).toEqual(key);
    expect(statementsOf(processor.role!)).toContainEqual(allow('kms:Decrypt', key));
  });

  test('leaves a queue alone whose queueProps have an encryption', () => {
    const stack = testStack();
    const { queue, deadLetterQueue } = queueProcessor({
      encryptionKey: new kms.Key(stack, 'Key'), queueProps: { encryption: sqs.QueueEncryption.SQS_MANAGED },
    }, stack);
    expect(propertiesOf(queue)).toMatchObject({ SqsManagedSseEnabled: true });
    expect(propertiesOf(queue).KmsMasterKeyId).toBeUndefined();
    expect(propertiesOf(deadLetterQueue).KmsMasterKeyId).toBeDefined();
  });
});
