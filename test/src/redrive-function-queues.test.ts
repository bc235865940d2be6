import { Duration, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, RedriveFunction, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import { annotationsOf, propertiesOf, resolved, testApp, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { allow, statementsOf } from '../support/policies';
import { Defined, processWith } from '../support/stream-dlq';

/** A StreamDlq on a stream of its own. */
function dlqIn(stack: Stack, id: string, options: StreamDlqOptions = {}): Defined {
  const stream = new kinesis.Stream(stack, `${id}Stream`);
  return { stack, stream, dlq: new StreamDlq(stack, id, { source: StreamSource.kinesis(stream), ...options }) };
}

function process({ stack, dlq, stream }: Defined, id: string) {
  const processor = testProcessor(stack, id);
  processWith(dlq, processor, stream);
  return processor;
}

const INVOKE = ['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'];
const warningsOf = (stack: Stack) => annotationsOf(stack).filter((it) => it.includes('cdk-stream-dlq'));
const letterQueue = (stack: Stack) => new sqs.Queue(stack, 'Letters', { visibilityTimeout: Duration.minutes(90), retentionPeriod: Duration.days(14) });

describe('a dead-letter queue that two share', () => {
  test('has one RedriveFunction only', () => {
    const stack = testStack();
    const queue = letterQueue(stack);
    const [one, other] = ['One', 'Other'].map((id) => dlqIn(stack, id, { queue }));
    new RedriveFunction(stack, 'First', { dlq: one.dlq });
    expect(messageOf(() => new RedriveFunction(stack, 'Second', { dlq: other.dlq }))).toBe(
      "[Stack/Second] the dead-letter queue of `dlq` must have one RedriveFunction only, got: 'Stack/First' as well; " +
        'remove one of the two: it sends the dead letters of every StreamDlq on that queue',
    );
  });

  test.each(['before', 'after'])('has its RedriveFunction invoke the processors of both, the other being defined %s it', (when) => {
    const stack = testStack();
    const queue = letterQueue(stack);
    const one = dlqIn(stack, 'One', { queue });
    const failed = new s3.Bucket(stack, 'Failed');
    const other = () => dlqIn(stack, 'Other', { queue, capture: FailureCapture.s3({ bucket: failed }) });
    const early = when === 'before' ? other() : undefined;
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq: one.dlq });
    const { dlq, ...rest } = early ?? other();
    const processors = [process(one, 'ProcessorOfOne'), process({ dlq, ...rest }, 'ProcessorOfOther')];

    const granted = statementsOf(redrive.function.role!);
    const prefix = propertiesOf(dlq.captureFunction).Environment.Variables.OVERFLOW_PREFIX;
    for (const { functionArn } of processors) expect(granted).toContainEqual(allow(INVOKE, resolved(stack, functionArn)));
    for (const objects of [dlq.overflowBucket.arnForObjects(`${prefix}*`), failed.arnForObjects('aws/lambda/*')]) {
      expect(granted).toContainEqual(expect.objectContaining({ Action: 's3:GetObject', Resource: resolved(stack, objects) }));
    }
    expect(warningsOf(stack)).toEqual([]);
  });

  test('has its visibility timeout set by the RedriveFunction of either, where one of them defines it', () => {
    const stack = testStack();
    const { dlq: owner } = dlqIn(stack, 'Owner');
    const { dlq: guest } = dlqIn(stack, 'Guest', { queue: owner.queue });
    new RedriveFunction(stack, 'Redrive', { dlq: guest });
    expect(propertiesOf(owner.queue).VisibilityTimeout).toBe(5_400);
  });

  test('is not served for one of a later stack, which is warned of', () => {
    const app = testApp();
    const [stack, later] = ['Stack', 'Later'].map((id) => new Stack(app, id));
    const one = dlqIn(stack, 'One');
    const redrive = new RedriveFunction(stack, 'Redrive', { dlq: one.dlq });
    process(one, 'Processor');
    process(dlqIn(later, 'Other', { queue: one.dlq.queue }), 'ProcessorOfOther');
    expect(warningsOf(stack)).toEqual([
      'warning /Stack/Redrive: the RedriveFunction should be in the stack of every StreamDlq on its queue, or in a stack that depends ' +
        'on it, got: \'Stack/Redrive\' for \'Later/Other\'; define it there: it is not allowed to invoke the processors of this ' +
        'StreamDlq, and parks their dead letters [ack: cdk-stream-dlq:redriveInEarlierStack]',
    ]);
    expect(statementsOf(redrive.function.role!).filter(({ Action }) => Action.includes('lambda:InvokeFunction'))).toHaveLength(1);
  });

  test('is served for one of a later stack by a RedriveFunction there, but not for a processor that is later still', () => {
    const app = testApp();
    const [stack, later, last] = ['Stack', 'Later', 'Last'].map((id) => new Stack(app, id));
    const one = dlqIn(stack, 'One', { queue: letterQueue(stack) });
    const other = dlqIn(later, 'Other', { queue: one.dlq.queue });
    const redrive = new RedriveFunction(later, 'Redrive', { dlq: one.dlq });
    const processors = [process(one, 'Processor'), process(other, 'ProcessorOfOther')];
    processWith(other.dlq, testProcessor(last), other.stream);
    const warnings = warningsOf(later);
    const granted = statementsOf(redrive.function.role!);
    for (const { functionArn } of processors) expect(granted).toContainEqual(allow(INVOKE, resolved(later, functionArn)));
    expect(granted.filter(({ Action }) => Action.includes('lambda:InvokeFunction'))).toHaveLength(2);
    expect(warnings).toEqual([expect.stringContaining('got: \'Later/Redrive\' for \'Last/Processor\'; define it there: it is not ' +
      'allowed to invoke this processor')]);
  });
});

describe('a StreamDlq without a mapping', () => {
  const missing = (path: string) =>
    `warning /Stack/Redrive: the StreamDlq should be the \`onFailure\` of mappings of this app, got: no mapping for '${path}'; allow ` +
      'functions of other apps by `processor.grantInvoke(redrive.function)`, and acknowledge this warning: the RedriveFunction parks ' +
      'dead letters whose processor it is not allowed to invoke [ack: cdk-stream-dlq:redriveWithoutProcessor]';

  test('is warned of where it has a RedriveFunction, once', () => {
    const stack = testStack();
    const { dlq } = dlqIn(stack, 'Dlq');
    new RedriveFunction(stack, 'Redrive', { dlq });
    expect(warningsOf(stack)).toEqual([missing('Stack/Dlq')]);
  });

  test('is warned of where it shares a queue with one that has some', () => {
    const stack = testStack();
    const queue = letterQueue(stack);
    const [one] = ['One', 'Other'].map((id) => dlqIn(stack, id, { queue }));
    new RedriveFunction(stack, 'Redrive', { dlq: one.dlq });
    process(one, 'Processor');
    expect(warningsOf(stack)).toEqual([missing('Stack/Other')]);
  });
});

describe('a parking queue', () => {
  const refused = (redrive: string, got: string) =>
    `[${redrive}] \`parkingQueue\` must neither be a queue of a StreamDlq nor lead to one, got: ${got}; pass a queue for parked ` +
      'messages only: others are redriven, or mistaken for undeliverable events';

  test.each(['queue', 'undeliverableQueue'] as const)('must not be the %s of another StreamDlq', (which) => {
    const stack = testStack();
    const [one, other] = ['One', 'Other'].map((id) => dlqIn(stack, id).dlq);
    const noun = which === 'queue' ? 'dead-letter queue' : 'undeliverable queue';
    expect(messageOf(() => new RedriveFunction(stack, 'Redrive', { dlq: one, parkingQueue: other[which] }))).toBe(
      refused('Stack/Redrive', `the ${noun} of 'Stack/Other'`),
    );
  });

  test.each(['directly', 'by way of another queue'])('must not lead back to the dead-letter queue %s', (way) => {
    const stack = testStack();
    const queue = letterQueue(stack);
    const { dlq } = dlqIn(stack, 'Dlq', { queue });
    const next = way === 'directly' ? queue : new sqs.Queue(stack, 'Between', { deadLetterQueue: { queue, maxReceiveCount: 3 } });
    const parkingQueue = new sqs.Queue(stack, 'Parked', { deadLetterQueue: { queue: next, maxReceiveCount: 3 } });
    expect(messageOf(() => new RedriveFunction(stack, 'Redrive', { dlq, parkingQueue }))).toBe(
      refused('Stack/Redrive', "'Stack/Parked', whose `deadLetterQueue` leads to the dead-letter queue of 'Stack/Dlq'"),
    );
  });

  test.each([
    ['one that is given', (stack: Stack) => new sqs.Queue(stack, 'Parked')],
    ['one that is defined here', () => undefined],
  ])('must not become the queue of a StreamDlq that is defined later: %s', (_, parkingIn) => {
    const app = testApp();
    const stack = testStack({}, app);
    const { parkingQueue } = new RedriveFunction(stack, 'Redrive', { dlq: dlqIn(stack, 'Dlq').dlq, parkingQueue: parkingIn(stack) });
    dlqIn(stack, 'Later', { queue: parkingQueue });
    expect(messageOf(() => app.synth())).toContain(refused('Stack/Redrive', "the dead-letter queue of 'Stack/Later'"));
  });

  test('may move messages on to a queue of nobody\'s, and may serve two', () => {
    const app = testApp();
    const stack = testStack({}, app);
    const parkingQueue = new sqs.Queue(stack, 'Parked', { deadLetterQueue: { queue: new sqs.Queue(stack, 'Next'), maxReceiveCount: 3 } });
    for (const id of ['One', 'Other']) new RedriveFunction(stack, `${id}Redrive`, { dlq: dlqIn(stack, id).dlq, parkingQueue });
    expect(() => app.synth()).not.toThrow();
  });
});
