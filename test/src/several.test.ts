import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { KinesisStreamProcessor, StreamDlq, StreamSource } from '../../src';
import {
  annotationsOf, countOf, processorProps, propertiesOf, referenceTo, resolved, testApp, testProcessor, testStack,
} from '../support/app';
import { messageOf } from '../support/errors';
import { actionsOf, statementsOf } from '../support/policies';
import { processWith, topicOf } from '../support/stream-dlq';

const MAPPING = 'AWS::Lambda::EventSourceMapping';
const identities = (dlq: StreamDlq) => propertiesOf(dlq.captureFunction).Environment.Variables.INVOKE_IDENTITIES;

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

  test('both are known to it by their roles', () => {
    const { stack, dlq, both } = shared();
    const text = JSON.stringify(identities(dlq));
    for (const { processor } of both) expect(text).toContain(JSON.stringify(resolved(stack, processor.role!.roleArn)));
  });

  test('may each have a StreamDlq', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const [one, two] = ['One', 'Two'].map((id) => new KinesisStreamProcessor(stack, id, { stream, processorProps }));
    expect(one.dlq).not.toBe(two.dlq);
    expect([countOf(stack, 'AWS::SNS::Topic'), countOf(stack, MAPPING)]).toEqual([2, 2]);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('one processor', () => {
  test('may read two streams', () => {
    const stack = testStack();
    const processor = testProcessor(stack);
    const [one, two] = ['One', 'Two'].map((id) => new KinesisStreamProcessor(stack, id, { processor }));
    expect(one.mapping).not.toBe(two.mapping);
    expect(countOf(stack, MAPPING)).toBe(2);
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
    expect(countOf(stack, MAPPING)).toBe(2);
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('two constructs', () => {
  test('may be in one stack', () => {
    const stack = testStack();
    for (const id of ['One', 'Two']) new KinesisStreamProcessor(stack, id, { processorProps });
    expect([countOf(stack, 'AWS::Kinesis::Stream'), countOf(stack, 'AWS::SQS::Queue')]).toEqual([2, 4]);
    expect(annotationsOf(stack)).toEqual([]);
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
    expect(propertiesOf(dlq.captureFunction).Environment.Variables.STREAM_ARN).toEqual(referenceTo(streams));
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

  test('a processor in another is unknown to the StreamDlq by its role', () => {
    const app = testApp();
    const processor = testProcessor(new Stack(app, 'Functions'));
    const { dlq } = new KinesisStreamProcessor(new Stack(app, 'Processing'), 'Orders', { processor });
    expect(identities(dlq)).toBe('[]');
  });

  test('a processor and its role may each have another', () => {
    const app = testApp();
    const [roles, functions, stack] = ['Roles', 'Functions', 'Processing'].map((id) => new Stack(app, id));
    const role = new iam.Role(roles, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processor: testProcessor(functions, 'Processor', { role }) });
    expect(dependencies(app)).toMatchObject({ Processing: [], Roles: ['Processing'] });
    expect(identities(dlq)).toBe('[]');
  });

  test('stream, StreamDlq and processor may each have their own', () => {
    const app = testApp();
    const [streams, letters, functions] = ['Streams', 'Letters', 'Functions'].map((id) => new Stack(app, id));
    const stream = new kinesis.Stream(streams, 'Stream');
    processWith(new StreamDlq(letters, 'Dlq', { source: StreamSource.kinesis(stream) }), testProcessor(functions), stream);
    const { Functions, ...others } = dependencies(app);
    expect(others).toEqual({ Streams: [], Letters: ['Streams'] });
    expect(Functions.sort()).toEqual(['Letters', 'Streams']);
  });

  // The mapping names the topic, and the hydrate function names the stream: whoever waits, waits for ever.
  test('stream and mapping cannot share one that the StreamDlq is not in', () => {
    const app = testApp();
    const processing = new Stack(app, 'Processing');
    const stream = new kinesis.Stream(processing, 'Stream');
    const dlq = new StreamDlq(new Stack(app, 'Letters'), 'Dlq', { source: StreamSource.kinesis(stream) });
    processWith(dlq, testProcessor(processing), stream);
    expect(messageOf(() => app.synth())).toMatch(/would create a cyclic reference\.$/);
  });

  // An ARN and a construct cannot be compared at synth.
  test('they can where the stream is named by its ARN', () => {
    const app = testApp();
    const processing = new Stack(app, 'Processing');
    const letters = new Stack(app, 'Letters');
    const arn = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
    const dlq = new StreamDlq(letters, 'Dlq', { source: StreamSource.kinesis(kinesis.Stream.fromStreamArn(letters, 'Stream', arn)) });
    processWith(dlq, testProcessor(processing), new kinesis.Stream(processing, 'Stream', { streamName: 'orders' }));
    expect(dependencies(app)).toEqual({ Letters: [], Processing: ['Letters'] });
  });
});
