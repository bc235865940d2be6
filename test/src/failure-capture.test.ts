import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { FailureCapture, StreamDlq, StreamSource } from '../../src';
import { annotationsOfUnbound, countOf, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { defineDlq } from '../support/stream-dlq';

/** What a StreamDlq defines for its captures. */
const definedFor = (dlq: StreamDlq) => ['Topic', 'Hydrate', 'CaptureBucket', 'Capture'].filter((id) => dlq.node.tryFindChild(id));
const functionOf = (dlq: StreamDlq, id: string) => dlq.node.findChild(id).node.findChild('Function');

describe('a FailureCapture', () => {
  test('is hydrate unless another is given', () => {
    const { dlq } = defineDlq();
    expect(definedFor(dlq)).toEqual(['Topic', 'Hydrate']);
    expect(dlq.captureFunction).toBe(functionOf(dlq, 'Hydrate'));
  });

  test('hydrate without options is the default', () => {
    expect(definedFor(defineDlq({ capture: FailureCapture.hydrate() }).dlq)).toEqual(['Topic', 'Hydrate']);
  });

  test('s3 without options writes to a bucket of its own, and has neither topic nor hydrate function', () => {
    const { dlq, stack } = defineDlq({ capture: FailureCapture.s3() });
    expect(definedFor(dlq)).toEqual(['CaptureBucket', 'Capture']);
    expect(dlq.captureFunction).toBe(functionOf(dlq, 'Capture'));
    expect(['SNS::Topic', 'Lambda::Function', 'S3::Bucket', 'SQS::Queue'].map((type) => countOf(stack, `AWS::${type}`))).toEqual([0, 1, 2, 2]);
  });

  test.each([FailureCapture.hydrate(), FailureCapture.s3()])('may serve several StreamDlqs', (capture) => {
    const stack = testStack();
    const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Stream'));
    for (const id of ['One', 'Two']) new StreamDlq(stack, id, { source, capture });
    expect(countOf(stack, 'AWS::Lambda::Function')).toBe(2);
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });
});

describe('keepCapture', () => {
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
    ['hydrate after s3', 'Hydrate', FailureCapture.hydrate(), FailureCapture.s3()],
    ['s3 after hydrate', 'Capture', FailureCapture.s3(), FailureCapture.hydrate()],
  ])('is defined beside the other, whose function is that of the StreamDlq: %s', (_, id, capture, keepCapture) => {
    const { dlq, stack } = defineDlq({ capture, keepCapture });
    expect(definedFor(dlq).sort()).toEqual(['Capture', 'CaptureBucket', 'Hydrate', 'Topic']);
    expect(dlq.captureFunction).toBe(functionOf(dlq, id));
    expect(annotationsOfUnbound(stack)).toEqual([]);
  });
});
