import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { FailureCapture, StreamDlq, StreamSource } from '../../src';
import { annotationsOfUnbound, countOf, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { captureBucketOf, defineDlq, topicOf } from '../support/stream-dlq';

describe('a FailureCapture', () => {
  test('is hydrate unless another is given', () => {
    const { dlq } = defineDlq();
    expect([topicOf(dlq), dlq.captureFunction].every(Boolean)).toBe(true);
    expect([captureBucketOf(dlq), dlq.captureFunction]).toEqual([undefined, undefined]);
  });

  test('hydrate without options is the default', () => {
    const { dlq } = defineDlq({ capture: FailureCapture.hydrate() });
    expect(dlq.captureFunction).toBeUndefined();
    expect(topicOf(dlq)).toBeDefined();
  });

  test('s3 without options writes to the overflow bucket', () => {
    const { dlq } = defineDlq({ capture: FailureCapture.s3() });
    expect(captureBucketOf(dlq)).toBe(dlq.overflowBucket);
    expect(dlq.captureFunction).toBeDefined();
  });

  test('s3 has neither topic nor hydrate function', () => {
    const { dlq, stack } = defineDlq({ capture: FailureCapture.s3() });
    expect([topicOf(dlq), dlq.captureFunction]).toEqual([undefined, undefined]);
    expect(['SNS::Topic', 'Lambda::Function', 'S3::Bucket', 'SQS::Queue'].map((type) => countOf(stack, `AWS::${type}`))).toEqual([0, 1, 1, 2]);
  });

  test.each([FailureCapture.hydrate(), FailureCapture.s3()])('may serve several StreamDlqs', (capture) => {
    const stack = testStack();
    const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Stream'));
    for (const id of ['One', 'Two']) new StreamDlq(stack, id, { source, capture });
    expect(countOf(stack, 'AWS::Lambda::Function')).toBe(2);
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });

  test('tells whether it reads again', () => {
    expect([FailureCapture.hydrate(), FailureCapture.s3()].map((capture) => defineDlq({ capture }).dlq._rereads)).toEqual([true, false]);
  });
});

describe('the standby capture', () => {
  test.each([
    ['hydrate', FailureCapture.hydrate()],
    ['s3', FailureCapture.s3()],
  ])('must not be of the same kind: %s', (kind, capture) => {
    expect(messageOf(() => defineDlq({ capture, keepCapture: capture }))).toBe(
      `[Stack/Dlq] \`keepCapture\` must be of the other kind than \`capture\`, got: FailureCapture.${kind}() for both; ` +
        'remove it: it is for changing from one kind to the other',
    );
  });

  test('must not be hydrate beside the default, which is hydrate', () => {
    expect(messageOf(() => defineDlq({ keepCapture: FailureCapture.hydrate() }))).toContain('got: FailureCapture.hydrate() for both');
  });

  test.each([
    ['hydrate after s3', FailureCapture.hydrate(), FailureCapture.s3()],
    ['s3 after hydrate', FailureCapture.s3(), FailureCapture.hydrate()],
  ])('is defined beside the other: %s', (_, capture, keepCapture) => {
    const { dlq, stack } = defineDlq({ capture, keepCapture });
    expect([topicOf(dlq), dlq.captureFunction, captureBucketOf(dlq), dlq.captureFunction].every(Boolean)).toBe(true);
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });

  test('does not say whether anything is read again', () => {
    expect(defineDlq({ capture: FailureCapture.s3(), keepCapture: FailureCapture.hydrate() }).dlq._rereads).toBe(false);
  });
});
