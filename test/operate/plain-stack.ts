import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';

/** How a processor is wired up without this library. */
const MAPPING = { startingPosition: lambda.StartingPosition.TRIM_HORIZON, bisectBatchOnError: true, retryAttempts: 0, batchSize: 10 };

export interface PlainStackOptions {
  /** Of the mapping, where they are not the usual ones. */
  readonly mapping?: Partial<sources.StreamEventSourceProps>;
  /** @default 1 */
  readonly shardCount?: number;
  /** Whether the mapping of a Kinesis stream reads through an enhanced fan-out consumer. */
  readonly hasConsumer?: boolean;
  /** Where failure records go. A topic has two queues: with raw delivery and without. @default 'queue' */
  readonly destination?: 'queue' | 'topic' | 'bucket';
  /** Whether stream, queue and bucket have a KMS key. */
  readonly isEncrypted?: boolean;
}

/**
 * A stream, or a table, with a processor whose failure records go to a queue as Lambda writes them. Its outputs: StreamName or TableName, and
 * QueueUrl; with a topic also WrappedQueueUrl, and BucketName in place of a queue.
 */
export function plainStack(
  stack: Stack, processorProps: lambda.FunctionProps, source: 'kinesis' | 'dynamodb', options: PlainStackOptions = {},
): void {
  const processor = new lambda.Function(stack, 'Processor', processorProps);
  const encryptionKey = options.isEncrypted ? new kms.Key(stack, 'Key') : undefined;
  const mapping = { ...MAPPING, ...options.mapping, onFailure: onFailure(stack, options, encryptionKey) };
  if (source === 'kinesis') {
    const stream = new kinesis.Stream(stack, 'Stream', { shardCount: options.shardCount ?? 1, ...(encryptionKey && { encryptionKey }) });
    if (options.hasConsumer) {
      const consumer = new kinesis.StreamConsumer(stack, 'Consumer', { stream, streamConsumerName: 'orders' });
      processor.addEventSource(new sources.KinesisConsumerEventSource(consumer, mapping));
    } else {
      processor.addEventSource(new sources.KinesisEventSource(stream, mapping));
    }
    new CfnOutput(stack, 'StreamName', { value: stream.streamName });
  } else {
    const table = new dynamodb.TableV2(stack, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    processor.addEventSource(new sources.DynamoEventSource(table, mapping));
    new CfnOutput(stack, 'TableName', { value: table.tableName });
  }
}

function onFailure(stack: Stack, { destination = 'queue' }: PlainStackOptions, encryptionKey?: kms.Key): lambda.IEventSourceDlq {
  if (destination === 'bucket') {
    const bucket = new s3.Bucket(stack, 'OnFailure', { removalPolicy: RemovalPolicy.DESTROY, ...(encryptionKey && { encryptionKey }) });
    new CfnOutput(stack, 'BucketName', { value: bucket.bucketName });
    return new sources.S3OnFailureDestination(bucket);
  }
  const queue = new sqs.Queue(stack, 'OnFailure', { retentionPeriod: Duration.days(14), ...(encryptionKey && { encryptionMasterKey: encryptionKey }) });
  new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
  if (destination === 'queue') return new sources.SqsDlq(queue);
  const topic = new sns.Topic(stack, 'Topic');
  const wrapped = new sqs.Queue(stack, 'Wrapped', { retentionPeriod: Duration.days(14) });
  topic.addSubscription(new SqsSubscription(queue, { rawMessageDelivery: true }));
  topic.addSubscription(new SqsSubscription(wrapped));
  new CfnOutput(stack, 'WrappedQueueUrl', { value: wrapped.queueUrl });
  return new sources.SnsDlq(topic);
}
