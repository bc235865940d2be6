import { CfnParameter } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import { StreamDlq, StreamSource } from '../../src';
import { propertiesOf, resolved, testStack } from '../support/app';
import { allow, statementsOf } from '../support/policies';

const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';

describe('StreamSource.kinesis', () => {
  test('has the ARN of a stream of this app', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    expect(StreamSource.kinesis(stream).streamArn).toBe(stream.streamArn);
  });

  test('has the ARN of an imported stream', () => {
    expect(StreamSource.kinesis(kinesis.Stream.fromStreamArn(testStack(), 'Stream', STREAM_ARN)).streamArn).toBe(STREAM_ARN);
  });

  test('has the ARN of a stream that is known at deployment only', () => {
    const stack = testStack();
    const parameter = new CfnParameter(stack, 'StreamArn');
    const source = StreamSource.kinesis(kinesis.Stream.fromStreamArn(stack, 'Stream', parameter.valueAsString));
    const dlq = new StreamDlq(stack, 'Dlq', { source });
    expect(propertiesOf(dlq.hydrateFunction).Environment.Variables.STREAM_ARN).toEqual({ Ref: 'StreamArn' });
  });

  test('defines nothing by itself', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const before = stack.node.findAll().length;
    StreamSource.kinesis(stream);
    expect(stack.node.findAll()).toHaveLength(before);
  });

  test('grants two actions on the stream', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    StreamSource.kinesis(stream)._grantRead(role);
    expect(statementsOf(role)).toEqual([
      allow(['kinesis:GetRecords', 'kinesis:GetShardIterator'], resolved(stack, stream.streamArn)),
    ]);
  });

  test('grants kms:Decrypt on the key of the stream', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    const role = new iam.Role(stack, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    StreamSource.kinesis(new kinesis.Stream(stack, 'Stream', { encryptionKey: key }))._grantRead(role);
    expect(statementsOf(role)).toContainEqual(allow('kms:Decrypt', resolved(stack, key.keyArn)));
  });

  test('may serve two StreamDlqs', () => {
    const stack = testStack();
    const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Stream'));
    const sources = ['One', 'Two'].map((id) => new StreamDlq(stack, id, { source }).source);
    expect(sources).toEqual([source, source]);
  });
});
