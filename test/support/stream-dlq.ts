import { Duration, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, KinesisEventSourceProps } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { IStreamDlq, StreamDlq, StreamDlqOptions, StreamSource } from '../../src';
import { testStack } from './app';

export interface Defined {
  readonly stack: Stack;
  readonly stream: kinesis.IStream;
  readonly dlq: StreamDlq;
}

/** A stream and its StreamDlq, whose options may need the stack. */
export function defineDlq(
  options: StreamDlqOptions | ((scope: Stack) => StreamDlqOptions) = {},
  streamIn: (scope: Stack) => kinesis.IStream = (scope) => new kinesis.Stream(scope, 'Stream'),
  stack = testStack(),
): Defined {
  const stream = streamIn(stack);
  const dlq = new StreamDlq(stack, 'Dlq', {
    source: StreamSource.kinesis(stream),
    ...(typeof options === 'function' ? options(stack) : options),
  });
  return { stack, stream, dlq };
}

/** Adds a mapping with the StreamDlq as its destination, as a user does. Returns the mapping. */
export function processWith(
  dlq: IStreamDlq, processor: lambda.IFunction, stream: kinesis.IStream, options: Partial<KinesisEventSourceProps> = {},
): lambda.IEventSourceMapping {
  let mapping: lambda.IEventSourceMapping | undefined;
  const onFailure: lambda.IEventSourceDlq = {
    bind: (target, handler) => {
      mapping = target;
      return dlq.bind(target, handler);
    },
  };
  processor.addEventSource(
    new KinesisEventSource(stream, {
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      retryAttempts: 3,
      maxRecordAge: Duration.hours(18),
      onFailure,
      ...options,
    }),
  );
  return mapping!;
}

/** The role of the capture function, which is one of this app unless it is imported. */
export function captureRole(dlq: IStreamDlq): iam.IRole {
  return dlq.captureFunction.role!;
}

/** The topic that a StreamDlq defines for failure records. */
export function topicOf(dlq: IStreamDlq): sns.ITopic {
  return dlq.node.findChild('Topic') as sns.Topic;
}

/** The bucket that a StreamDlq defines for failed batches. */
export function captureBucketOf(dlq: IStreamDlq): s3.IBucket {
  return dlq.node.findChild('CaptureBucket') as s3.Bucket;
}
