import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { S3OnFailureDestination, SnsDlq, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, StreamDlq, StreamDlqProps } from '../../../src';
import { AdoptedSource, AdoptionOptions, AdoptionPath, MAPPING } from './adoption-path';

/** The old destination of an event source, with what keeps its permission. */
interface OldDestination {
  readonly onFailure: lambda.IEventSourceDlq;
  keepGrant(fn: lambda.IFunction): void;
  readonly dlqProps?: StreamDlqProps;
}

function ofEventSource(old: (stack: Stack) => OldDestination): AdoptionPath {
  return {
    define(stack, { source: kind, processorProps, step }) {
      const source = new AdoptedSource(stack, kind);
      const fn = new lambda.Function(stack, 'Processor', processorProps);
      const { onFailure, keepGrant, dlqProps } = old(stack);
      const dlq = step !== 'before' ? new StreamDlq(stack, 'Dlq', { source: source.streamSource, ...dlqProps }) : undefined;
      if (step === 'adopted') keepGrant(fn);
      fn.addEventSource(source.eventSource({ ...MAPPING, onFailure: dlq ?? onFailure }));
      return dlq;
    },
  };
}

function oldQueue(stack: Stack): OldDestination {
  const queue = new sqs.Queue(stack, 'OnFailure', { retentionPeriod: Duration.days(14) });
  new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
  return { onFailure: new SqsDlq(queue), keepGrant: (fn) => queue.grantSendMessages(fn) };
}

function oldTopic(stack: Stack, isKept: boolean): OldDestination {
  const [topic, subscriber] = [new sns.Topic(stack, 'OnFailure'), new sqs.Queue(stack, 'Subscriber')];
  topic.addSubscription(new SqsSubscription(subscriber));
  new CfnOutput(stack, 'QueueUrl', { value: subscriber.queueUrl });
  const dlqProps = isKept ? { capture: FailureCapture.hydrate({ topic }) } : undefined;
  return { onFailure: new SnsDlq(topic), keepGrant: (fn) => topic.grantPublish(fn), dlqProps };
}

function oldBucket(stack: Stack, isKept: boolean, sendsEvents = false): OldDestination {
  const bucket = new s3.Bucket(stack, 'OnFailure');
  if (sendsEvents) (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  new CfnOutput(stack, 'BucketName', { value: bucket.bucketName });
  const dlqProps = { capture: FailureCapture.s3(isKept ? { bucket } : {}) };
  return { onFailure: new S3OnFailureDestination(bucket), keepGrant: (fn) => bucket.grantReadWrite(fn), dlqProps };
}

/** Paths from the event sources of the CDK, by what `onFailure` is. */
export const EVENT_SOURCE_PATHS = {
  SqsDlq: ofEventSource(oldQueue),
  SnsDlq: ofEventSource((stack) => oldTopic(stack, false)),
  'SnsDlq, whose topic is kept': ofEventSource((stack) => oldTopic(stack, true)),
  S3OnFailureDestination: ofEventSource((stack) => oldBucket(stack, false)),
  'S3OnFailureDestination, whose bucket is kept': ofEventSource((stack) => oldBucket(stack, true)),
  'S3OnFailureDestination, whose bucket is kept and sends events to EventBridge': ofEventSource((stack) => oldBucket(stack, true, true)),
  'SqsDlq of an EventSourceMapping': {
    define(stack: Stack, { source: kind, processorProps, step }: AdoptionOptions) {
      const source = new AdoptedSource(stack, kind);
      const fn = new lambda.Function(stack, 'Processor', processorProps);
      const { onFailure, keepGrant } = oldQueue(stack);
      const dlq = step !== 'before' ? new StreamDlq(stack, 'Dlq', { source: source.streamSource }) : undefined;
      if (step === 'adopted') keepGrant(fn);
      new lambda.EventSourceMapping(stack, 'Mapping', { ...MAPPING, target: fn, eventSourceArn: source.streamArn, onFailure: dlq ?? onFailure });
      source.grantRead(fn);
      return dlq;
    },
  },
} satisfies Record<string, AdoptionPath>;
