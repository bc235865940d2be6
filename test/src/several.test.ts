import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { KinesisStreamProcessor, StreamDlq, StreamSource } from '../../src';
import {
  annotationsOf, countOf, logicalId, processorProps, propertiesOf, referenceTo, resolved, resourceOf, resourcesOf, testApp, testProcessor, testStack,
} from '../support/app';
import { actionsOf, statementsOf } from '../support/policies';
import { captureRole, processWith, topicOf } from '../support/stream-dlq';

const MAPPING = 'AWS::Lambda::EventSourceMapping';

/** Synthesizes, and returns which stacks each stack has to wait for. */
function dependencies(app: App): Record<string, string[]> {
  const stacks = app.synth().stacks.map((it) => [it.stackName, it.dependencies.map(({ id }) => id)] as const);
  return Object.fromEntries(stacks.map(([name, ids]) => [name, ids.filter((id) => !id.endsWith('.assets'))]));
}

describe('two processors of one stream', () => {
  function shared() {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream) });
    const both = ['One', 'Two'].map((id) => new KinesisStreamProcessor(stack, id, { stream, dlq, processorProps }));
    return { stack, dlq, both };
  }

  test('may share a StreamDlq', () => {
    const { stack, dlq, both } = shared();
    expect(both.map((it) => it.dlq)).toEqual([dlq, dlq]);
    expect(countOf(stack, 'AWS::SNS::Topic')).toBe(1);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('both send their failure records to it', () => {
    const { stack, dlq, both } = shared();
    const topic = resolved(stack, topicOf(dlq).topicArn);
    for (const { mapping } of both) expect(propertiesOf(mapping).DestinationConfig.OnFailure.Destination).toEqual(topic);
  });

  test('both may publish to its topic', () => {
    const { both } = shared();
    for (const { processor } of both) expect(actionsOf(statementsOf(processor.role!))).toContain('sns:Publish');
  });

  test('may each have a StreamDlq', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const [one, two] = ['One', 'Two'].map((id) => new KinesisStreamProcessor(stack, id, { stream, processorProps }));
    expect(one.dlq).not.toBe(two.dlq);
    expect([countOf(stack, 'AWS::SNS::Topic'), countOf(stack, MAPPING)]).toEqual([2, 4]);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('one processor', () => {
  test('may read two streams', () => {
    const stack = testStack();
    const processor = testProcessor(stack);
    const [one, two] = ['One', 'Two'].map((id) => new KinesisStreamProcessor(stack, id, { processor }));
    expect(one.mapping).not.toBe(two.mapping);
    // With those of the intake queues of two StreamDlqs.
    expect(countOf(stack, MAPPING)).toBe(4);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('may read a stream through two consumers', () => {
    const stack = testStack();
    const processor = testProcessor(stack);
    const stream = new kinesis.Stream(stack, 'Stream');
    const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream) });
    for (const id of ['One', 'Two']) {
      const consumer = new kinesis.StreamConsumer(stack, id, { stream, streamConsumerName: id });
      new KinesisStreamProcessor(stack, `Through${id}`, { processor, consumer, dlq });
    }
    // With that of the intake queue.
    expect(countOf(stack, MAPPING)).toBe(3);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('two constructs', () => {
  test('may be in one stack', () => {
    const stack = testStack();
    for (const id of ['One', 'Two']) new KinesisStreamProcessor(stack, id, { processorProps });
    expect([countOf(stack, 'AWS::Kinesis::Stream'), countOf(stack, 'AWS::SQS::Queue')]).toEqual([2, 6]);
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('have their code from one asset of their stack', () => {
    const stack = testStack();
    for (const id of ['One', 'Two']) new KinesisStreamProcessor(stack, id, { processorProps });
    const codes = Object.values(resourcesOf(stack)).filter((it) => it.Type === 'AWS::Lambda::Function').map((it) => it.Properties.Code);
    expect(codes.filter(({ S3Key }) => S3Key)).toEqual([codes[1], codes[1]]);
    expect(stack.node.findAll().filter((it) => it instanceof Asset)).toHaveLength(1);
  });

  test('may be in two stacks that know nothing of each other', () => {
    const app = testApp();
    for (const id of ['One', 'Two']) new KinesisStreamProcessor(new Stack(app, id), 'Orders', { processorProps });
    expect(dependencies(app)).toEqual({ One: [], Two: [] });
  });
});

describe('several stacks', () => {
  test('the stream may be in another', () => {
    const app = testApp();
    const streams = new Stack(app, 'Streams');
    const stack = new Stack(app, 'Processing');
    const stream = new kinesis.Stream(streams, 'Stream');
    const { dlq, mapping } = new KinesisStreamProcessor(stack, 'Orders', { stream, processorProps });
    expect(dependencies(app)).toEqual({ Streams: [], Processing: ['Streams'] });
    expect(propertiesOf(mapping).EventSourceArn).toEqual(referenceTo(streams));
    expect(JSON.stringify(statementsOf(captureRole(dlq)))).toContain(streams.stackName);
  });

  test('the processor may be in another, which then waits for the StreamDlq', () => {
    const app = testApp();
    const functions = new Stack(app, 'Functions');
    const stack = new Stack(app, 'Processing');
    const processor = testProcessor(functions);
    const { mapping } = new KinesisStreamProcessor(stack, 'Orders', { processor });
    expect(dependencies(app)).toEqual({ Functions: ['Processing'], Processing: [] });
    expect(propertiesOf(mapping).DestinationConfig.OnFailure.Destination).toEqual(referenceTo(stack));
  });

  test('a processor and its role may each have another', () => {
    const app = testApp();
    const [roles, functions, stack] = ['Roles', 'Functions', 'Processing'].map((id) => new Stack(app, id));
    const role = new iam.Role(roles, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    new KinesisStreamProcessor(stack, 'Orders', { processor: testProcessor(functions, 'Processor', { role }) });
    expect(dependencies(app)).toMatchObject({ Processing: [], Roles: ['Processing'] });
  });

  // The stack of the mapping has the permission to read the stream, so that of the StreamDlq depends on none.
  test('stream, StreamDlq and processor may each have their own', () => {
    const app = testApp();
    const [streams, deadLetters, functions] = ['Streams', 'DeadLetters', 'Functions'].map((id) => new Stack(app, id));
    const stream = new kinesis.Stream(streams, 'Stream');
    processWith(new StreamDlq(deadLetters, 'Dlq', { source: StreamSource.kinesis(stream) }), testProcessor(functions), stream);
    const { Functions, ...others } = dependencies(app);
    expect(others).toEqual({ Streams: [], DeadLetters: [] });
    expect(Functions.sort()).toEqual(['DeadLetters', 'Streams']);
  });

  test('stream and mapping may share one that the StreamDlq is not in, which lets the function read the stream', () => {
    const app = testApp();
    const processing = new Stack(app, 'Processing');
    const stream = new kinesis.Stream(processing, 'Stream');
    const dlq = new StreamDlq(new Stack(app, 'DeadLetters'), 'Dlq', { source: StreamSource.kinesis(stream) });
    const mapping = processWith(dlq, testProcessor(processing), stream);
    expect(dependencies(app)).toEqual({ DeadLetters: [], Processing: ['DeadLetters'] });
    const [[id, policy]] = Object.entries(resourcesOf(processing)).filter(([, { Properties }]) => Properties.PolicyName?.includes('HydratePolicy'));
    expect(policy.Properties.Roles).toEqual([referenceTo(Stack.of(dlq))]);
    expect(actionsOf(policy.Properties.PolicyDocument.Statement)).toContain('kinesis:GetRecords');
    expect(JSON.stringify(policy.Properties.PolicyDocument.Statement[0].Resource)).toContain(logicalId(stream));
    expect(resourceOf(mapping).DependsOn).toContain(id);
  });

  test('two processors of a shared StreamDlq may each be in the stack of their own stream', () => {
    const app = testApp();
    const dlq = new StreamDlq(new Stack(app, 'DeadLetters'), 'Dlq');
    for (const id of ['One', 'Two']) new KinesisStreamProcessor(new Stack(app, id), 'Orders', { dlq, processorProps });
    expect(dependencies(app)).toEqual({ DeadLetters: [], One: ['DeadLetters'], Two: ['DeadLetters'] });
    expect(dlq.sources).toHaveLength(2);
  });

  // An ARN and a construct cannot be compared at synth.
  test('they can where the stream is named by its ARN', () => {
    const app = testApp();
    const processing = new Stack(app, 'Processing');
    const deadLetters = new Stack(app, 'DeadLetters');
    const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
    const dlq = new StreamDlq(deadLetters, 'Dlq', { source: StreamSource.kinesis(kinesis.Stream.fromStreamArn(deadLetters, 'Stream', arn)) });
    processWith(dlq, testProcessor(processing), new kinesis.Stream(processing, 'Stream', { streamName: 'orders' }));
    expect(dependencies(app)).toEqual({ DeadLetters: [], Processing: ['DeadLetters'] });
  });
});
