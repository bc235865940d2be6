import { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor, KinesisStreamProcessorProps, StreamDlq, StreamSource } from '../../src';
import { annotationsOf, countOf, processorProps, propertiesOf, resolved, testProcessor, testStack } from '../support/app';
import { actionsOf, allow, statementsOf, statementsOfImportedRole } from '../support/policies';
import { captureRole, topicOf } from '../support/stream-dlq';

const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
const CONSUMER_ARN = `${STREAM_ARN}/consumer/fast:1700000000`;
const KEY_ARN = 'arn:aws:kms:us-east-1:123456789012:key/1';
const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:orders';

function define(props: (stack: Stack) => KinesisStreamProcessorProps) {
  const stack = testStack();
  const orders = new KinesisStreamProcessor(stack, 'Orders', props(stack));
  return { stack, orders, sources: orders.dlq.sources.map(({ streamArn }) => streamArn) };
}

const given = <Kind>(stack: Stack, id = 'Given') => stack.node.findChild(id) as Kind;

describe('the stream', () => {
  test('is defined from streamProps', () => {
    const { orders } = define(() => ({ processorProps, streamProps: { shardCount: 3, streamName: 'orders' } }));
    expect(propertiesOf(orders.stream)).toMatchObject({ ShardCount: 3, Name: 'orders' });
  });

  test('can be one of this app', () => {
    const { orders, stack } = define((it) => ({ processorProps, stream: new kinesis.Stream(it, 'Given') }));
    expect(orders.stream).toBe(given(stack));
    expect(countOf(stack, 'AWS::Kinesis::Stream')).toBe(1);
    expect(propertiesOf(orders.mapping).EventSourceArn).toEqual(resolved(stack, orders.stream.streamArn));
  });

  test('can be imported by its ARN', () => {
    const { orders, stack, sources } = define((it) => ({
      processorProps,
      stream: kinesis.Stream.fromStreamArn(it, 'Given', STREAM_ARN),
    }));
    expect(orders.stream).toBe(given(stack));
    expect(countOf(stack, 'AWS::Kinesis::Stream')).toBe(0);
    expect(propertiesOf(orders.mapping).EventSourceArn).toBe(STREAM_ARN);
    expect(sources).toEqual([STREAM_ARN]);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('can be imported with its key', () => {
    const { orders, stack } = define((it) => ({
      processorProps,
      stream: kinesis.Stream.fromStreamAttributes(it, 'Given', {
        streamArn: STREAM_ARN,
        encryptionKey: kms.Key.fromKeyArn(it, 'Key', KEY_ARN),
      }),
    }));
    expect(statementsOf(captureRole(orders.dlq))).toContainEqual(allow('kms:Decrypt', KEY_ARN));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('can be one with an encryption key of this app', () => {
    const { orders, stack } = define((it) => ({ processorProps, streamProps: { encryptionKey: new kms.Key(it, 'Given') } }));
    expect(statementsOf(captureRole(orders.dlq))).toContainEqual(
      allow('kms:Decrypt', resolved(stack, given<kms.Key>(stack).keyArn)),
    );
  });
});

describe('the consumer', () => {
  test('can be one of this app, and brings its stream', () => {
    const { orders, stack, sources } = define((it) => ({
      processorProps,
      consumer: new kinesis.StreamConsumer(it, 'Given', {
        stream: new kinesis.Stream(it, 'Stream'),
        streamConsumerName: 'fast',
      }),
    }));
    expect(orders.consumer).toBe(given(stack));
    expect(orders.stream).toBe(given(stack, 'Stream'));
    expect(sources).toEqual([orders.stream.streamArn]);
    expect(countOf(stack, 'AWS::Kinesis::Stream')).toBe(1);
  });

  test('can be imported, and names its stream', () => {
    const { orders, stack, sources } = define((it) => ({
      processorProps,
      consumer: kinesis.StreamConsumer.fromStreamConsumerArn(it, 'Given', CONSUMER_ARN),
    }));
    expect(orders.consumer).toBe(given(stack));
    expect(propertiesOf(orders.mapping).EventSourceArn).toBe(CONSUMER_ARN);
    expect(sources).toEqual([STREAM_ARN]);
    expect(statementsOf(captureRole(orders.dlq))).toContainEqual(
      allow(['kinesis:GetRecords', 'kinesis:GetShardIterator'], STREAM_ARN),
    );
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('the processor', () => {
  test('can be a function of this app', () => {
    const { orders, stack } = define((it) => ({ processor: testProcessor(it, 'Given') }));
    expect(orders.processor).toBe(given(stack));
    expect(countOf(stack, 'AWS::Lambda::Function')).toBe(2);
    expect(propertiesOf(orders.mapping).FunctionName).toEqual(resolved(stack, orders.processor.functionName));
  });

  test('can be a version', () => {
    const { orders, stack } = define((it) => ({ processor: testProcessor(it).currentVersion }));
    expect(propertiesOf(orders.mapping).FunctionName).toEqual(resolved(stack, orders.processor.functionName));
    expect(annotationsOf(stack)).toEqual([expect.stringContaining('[ack: cdk-stream-dlq:redriveToOldVersion]')]);
  });

  test('can be an alias', () => {
    const { orders, stack } = define((it) => ({
      processor: new lambda.Alias(it, 'Given', { aliasName: 'live', version: testProcessor(it).currentVersion }),
    }));
    expect(orders.processor).toBe(given(stack));
    expect(propertiesOf(orders.mapping).FunctionName).toEqual(resolved(stack, orders.processor.functionName));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('can be imported with its role, which is allowed to publish', () => {
    const { orders, stack } = define((it) => ({
      processor: lambda.Function.fromFunctionAttributes(it, 'Given', {
        functionArn: FUNCTION_ARN,
        role: iam.Role.fromRoleArn(it, 'Role', 'arn:aws:iam::123456789012:role/orders'),
      }),
    }));
    expect(orders.processor).toBe(given(stack));
    expect(actionsOf(statementsOfImportedRole(stack, 'orders'))).toContain('sns:Publish');
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('the StreamDlq', () => {
  const withShared = () =>
    define((it) => {
      const stream = new kinesis.Stream(it, 'Stream');
      return { processorProps, stream, dlq: new StreamDlq(it, 'Given', { source: StreamSource.kinesis(stream) }) };
    });

  test('can be one that is shared, and no other is defined', () => {
    const { orders, stack } = withShared();
    expect(orders.dlq).toBe(given(stack));
    expect(countOf(stack, 'AWS::SNS::Topic')).toBe(1);
  });

  test('gets the failure records where it is shared', () => {
    const { orders, stack } = withShared();
    expect(propertiesOf(orders.mapping).DestinationConfig.OnFailure.Destination).toEqual(resolved(stack, topicOf(orders.dlq).topicArn));
  });

  test('is below the construct where it is not shared', () => {
    const { orders } = define(() => ({ processorProps }));
    expect(orders.dlq.node.scope).toBe(orders);
  });
});

describe('the mapping', () => {
  test('is the one that the processor has', () => {
    const { orders } = define(() => ({ processorProps }));
    expect(orders.mapping.node.scope).toBe(orders.processor);
  });
});
