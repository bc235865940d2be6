import { App, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, StreamDlq } from '../../src';
import * as access from '../../src/private/access-rules';
import { DLQ_RULES, SOURCE_KEY_RULES, TABLE_READER_RULES } from '../../src/private/dlq-rules';
import * as idempotency from '../../src/private/idempotency-rules';
import { MAPPING_RULES } from '../../src/private/mapping-rules';
import { QUEUE_RULES } from '../../src/private/queue-rules';
import { CONSUMER_RULES, PROCESSOR_RULES, REDRIVE_IN_EARLIER_STACK, REDRIVE_RULES, SHARING_RULES } from '../../src/private/redrive-rules';
import { afterAspects } from '../../src/private/rules';
import { annotationsOf, annotationsOfUnbound, processorProps, testApp, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { processWith } from '../support/stream-dlq';

const ENV = { account: '123456789012', region: 'us-east-1' };
const CONSUMER_ARN = 'arn:aws:iam::123456789012:role/consumer';

test('no two messages of synth have the same id', () => {
  const all = [
    ...MAPPING_RULES, ...DLQ_RULES, ...TABLE_READER_RULES, ...SOURCE_KEY_RULES, ...QUEUE_RULES, ...REDRIVE_RULES, ...CONSUMER_RULES,
    ...SHARING_RULES, ...PROCESSOR_RULES, REDRIVE_IN_EARLIER_STACK, ...Object.values(access),
    ...idempotency.IDEMPOTENCY_RULES, idempotency.IDEMPOTENCY_NOT_GRANTED, idempotency.IDEMPOTENCY_NOT_SET,
  ];
  const ids = all.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
});

test('a check that is added by a check of the same construct takes place too', () => {
  const app = testApp({ context: { '@aws-cdk/core:aspectStabilization': true } });
  const stack = testStack({}, app);
  new sns.Topic(stack, 'Topic');
  const checked: string[] = [];
  afterAspects(stack, () => {
    checked.push('first');
    afterAspects(stack, () => checked.push('second'));
  });
  app.synth();
  expect(checked).toEqual(['first', 'second']);
});

test('a Kinesis mapping may begin at a timestamp beside a table of the same StreamDlq', () => {
  const stack = testStack();
  const dlq = new StreamDlq(stack, 'Dlq');
  const tableProps = { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING } };
  new DynamoStreamProcessor(stack, 'Table', { dlq, tableProps, processorProps });
  new KinesisStreamProcessor(stack, 'Stream', { dlq, processorProps, startingPositionTimestamp: 1_700_000_000 });
  expect(annotationsOf(stack)).toEqual([]);
});

describe('an imported capture bucket', () => {
  function define(streamIn: (stack: Stack, later: Stack) => Stack): App {
    const app = testApp();
    const [stack, later] = ['Stack', 'Later'].map((id) => new Stack(app, id, { env: ENV }));
    const capture = FailureCapture.s3({ bucket: s3.Bucket.fromBucketName(stack, 'Bucket', 'batches') });
    const dlq = new StreamDlq(stack, 'Dlq', { capture });
    const stream = new kinesis.Stream(streamIn(stack, later), 'Stream');
    new KinesisStreamProcessor(later, 'Orders', { stream, dlq, processorProps });
    return app;
  }

  test('is refused for a stream of a stack that also has its mapping, which would be a cycle of stacks', () => {
    const app = define((_, later) => later);
    expect(messageOf(() => app.synth())).toBe(
      '[Stack/Dlq] `source` must not be a stream of a stack that depends on its StreamDlq, with an imported `bucket`, ' +
        "got: 'Later/Stream', whose mapping is in the same stack; define the StreamDlq in stack 'Later', or remove " +
        '`bucket`: the function needs the ARNs of its streams to share an imported bucket',
    );
  });

  test('takes a stream of the stack of the StreamDlq', () => {
    expect(define((stack) => stack).synth().stacks).toHaveLength(2);
  });
});

describe('a consumer whose policies this app cannot extend', () => {
  const consumer = () => new iam.ArnPrincipal(CONSUMER_ARN);

  test('is allowed by the policies of the resources of this app, without a warning', () => {
    const stack = testStack();
    new StreamDlq(stack, 'Dlq').grantConsumeDeadLetters(consumer());
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });

  test('gets a warning with the statement to add for an imported queue', () => {
    const stack = testStack({ env: ENV });
    const queue = sqs.Queue.fromQueueArn(stack, 'Queue', 'arn:aws:sqs:us-east-1:123456789012:dead-letters');
    new StreamDlq(stack, 'Dlq', { queue }).grantConsumeDeadLetters(consumer());
    expect(annotationsOfUnbound(stack)).toEqual([
      expect.stringMatching(/the policy of 'Stack\/Queue' should be .*"Principal":\{"AWS":"arn:aws:iam::123456789012:role\/consumer"\}/),
    ]);
  });

  test('gets no other warnings as an operator than without the grant of a consumer', () => {
    const stack = testStack();
    const dlq = new StreamDlq(stack, 'Dlq');
    const both = consumer();
    dlq.grantOperatorRead(both);
    dlq.grantConsumeDeadLetters(both);
    new KinesisStreamProcessor(stack, 'Orders', { dlq, processorProps });
    dlq.grantOperatorRedrive(both);
    const others = annotationsOfUnbound(stack).filter((it) => !it.includes('cdk-stream-dlq:operatorWithoutPolicy'));
    expect(others).toEqual([]);
  });
});

test('a processor of another account than its mapping is refused', () => {
  const stack = testStack({ env: ENV });
  const processor = lambda.Function.fromFunctionAttributes(stack, 'Processor', {
    functionArn: 'arn:aws:lambda:us-east-1:999999999999:function:orders',
    role: iam.Role.fromRoleArn(stack, 'Role', 'arn:aws:iam::999999999999:role/orders'),
  });
  const { dlq, stream } = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  processWith(dlq, processor, stream);
  expect(messageOf(() => (stack.node.root as App).synth())).toContain(
    'the processor must be in the account of its mapping, got: a function of account 999999999999 for a mapping of account 123456789012; ' +
      'define the mapping in the account of the processor: Lambda invokes functions of its own account only',
  );
});

test('a StreamDlq of another account than a mapping is refused', () => {
  const app = testApp();
  const [there, here] = ['999999999999', ENV.account].map((account) => new Stack(app, `Of${account}`, { env: { ...ENV, account } }));
  const topic = new sns.Topic(there, 'Topic', { topicName: 'failures' });
  const role = new iam.Role(there, 'Role', { roleName: 'hydrate', assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  const dlq = new StreamDlq(there, 'Dlq', { capture: FailureCapture.hydrate({ topic, role }) });
  new KinesisStreamProcessor(here, 'Orders', { dlq, processorProps });
  expect(messageOf(() => app.synth())).toContain(
    'the StreamDlq must be in the account of its mappings, got: one of account 999999999999 for a mapping of account 123456789012; define ' +
      'a StreamDlq in the account of the mapping: neither account allows the other to send failure records and to read the stream',
  );
});
