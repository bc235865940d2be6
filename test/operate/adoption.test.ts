import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { StreamDlq, StreamSource } from '../../src';
import { adopt } from './adoption';
import { plainStack } from './plain-stack';

/** The stack of `plainStack` with a StreamDlq in place of its SqsDlq. The queue stays, with what it has. */
function adopted(stack: Stack, processorProps: lambda.FunctionProps, keepsGrant: boolean): void {
  const processor = new lambda.Function(stack, 'Processor', processorProps);
  const queue = new sqs.Queue(stack, 'OnFailure', { retentionPeriod: Duration.days(14) });
  const stream = new kinesis.Stream(stack, 'Stream');
  const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream) });
  processor.addEventSource(new sources.KinesisEventSource(stream, {
    startingPosition: lambda.StartingPosition.TRIM_HORIZON, bisectBatchOnError: true, retryAttempts: 0, batchSize: 10, onFailure: dlq,
  }));
  if (keepsGrant) queue.grantSendMessages(processor);
  new CfnOutput(stack, 'StreamName', { value: stream.streamName });
  new CfnOutput(stack, 'DeadLetterQueueUrl', { value: dlq.queue.queueUrl });
}

const before = (stack: Stack, props: lambda.FunctionProps) => plainStack(stack, props, 'kinesis');

it('loses no record while a StreamDlq takes the place of a queue, on the same mapping', async () => {
  const { written, processed, old, deadLetters, lost, denials, mappingIds, events } = await adopt({
    before, after: (stack, props) => adopted(stack, props, true),
  });
  expect({ lost, denials, mappings: mappingIds.length }).toEqual({ lost: [], denials: [], mappings: 1 });
  expect([...new Set([...processed, ...old, ...deadLetters])].sort()).toEqual([...written].sort());
  // Nothing is processed or given up twice: the position is kept.
  expect([processed, old, deadLetters].map((names) => names.length - new Set(names).size)).toEqual([0, 0, 0]);
  expect([...old, ...deadLetters].every((name) => name.startsWith('poison'))).toBe(true);
  expect([old.length > 0, deadLetters.length > 0]).toEqual([true, true]);
  expect(events.filter(({ status }) => status === 'UPDATE_COMPLETE').map(({ type }) => type)).toEqual(['AWS::IAM::Policy', 'AWS::Lambda::EventSourceMapping']);
});

it('loses records that fail after the role has lost the old queue, and before the mapping has the new destination', async () => {
  const { lost, denials } = await adopt({ before, after: (stack, props) => adopted(stack, props, false) });
  expect(lost.length).toBeGreaterThan(0);
  expect(lost.every((name) => name.startsWith('poison'))).toBe(true);
  expect(new Set(denials.map(({ action }) => action))).toEqual(new Set(['sqs:SendMessage']));
});
