import { join } from 'node:path';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** What `HandWired` is made of. */
export const USED_CLASSES: readonly unknown[] = [
  kinesis.Stream, lambda.Function, sqs.Queue, sns.Topic, s3.Bucket, logs.LogGroup, iam.PolicyStatement, subscriptions.SqsSubscription,
  sources.KinesisEventSource, sources.SnsDlq, sources.SqsEventSource,
];

/**
 * What a team writes by hand to get the resources of a `KinesisStreamProcessor` with its defaults: L2 constructs only, no check of any
 * setting, no alarms. One overflow bucket for a stack, as ours.
 */
export class HandWired extends Construct {
  constructor(scope: Construct, id: string, hydrateAssets: string) {
    super(scope, id);
    const stream = new kinesis.Stream(this, 'Stream');
    const processor = new lambda.Function(this, 'Processor', {
      runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline('exports.handler = async () => {};'),
    });
    const queueProps = { retentionPeriod: Duration.days(14), encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true };
    const queue = new sqs.Queue(this, 'Queue', { ...queueProps, maxMessageSizeBytes: 1_048_576 });
    const undeliverable = new sqs.Queue(this, 'UndeliverableQueue', queueProps);
    const intake = new sqs.Queue(this, 'IntakeQueue', {
      ...queueProps, visibilityTimeout: Duration.minutes(30), deadLetterQueue: { queue: undeliverable, maxReceiveCount: 20 },
    });
    const topic = new sns.Topic(this, 'Topic', { enforceSSL: true });
    const bucket = overflowBucketOf(Stack.of(this));
    const hydrate = new lambda.Function(this, 'Hydrate', {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(join(hydrateAssets, 'hydrate')),
      memorySize: 512,
      timeout: Duration.minutes(5),
      logGroup: new logs.LogGroup(this, 'Logs'),
      environment: {
        QUEUE_URL: queue.queueUrl, UNDELIVERABLE_QUEUE_URL: undeliverable.queueUrl, OVERFLOW_BUCKET: bucket.bucketName,
        INTAKE_QUEUE_URL: intake.queueUrl, MAX_CONCURRENCY: '2', TOPIC_ARN: topic.topicArn,
      },
    });
    hydrate.addToRolePolicy(new iam.PolicyStatement({ actions: ['kinesis:GetRecords', 'kinesis:GetShardIterator'], resources: [stream.streamArn] }));
    queue.grantSendMessages(hydrate);
    undeliverable.grantSendMessages(hydrate);
    bucket.grantPut(hydrate, 'dead-letters/*');
    topic.addSubscription(new subscriptions.SqsSubscription(intake, { deadLetterQueue: undeliverable }));
    hydrate.addEventSource(new sources.SqsEventSource(intake, { reportBatchItemFailures: true, maxConcurrency: 2 }));
    processor.addEventSource(new sources.KinesisEventSource(stream, {
      startingPosition: lambda.StartingPosition.TRIM_HORIZON,
      bisectBatchOnError: true,
      retryAttempts: 3,
      maxRecordAge: Duration.hours(23),
      reportBatchItemFailures: true,
      onFailure: new sources.SnsDlq(topic),
    }));
  }
}

function overflowBucketOf(stack: Stack): s3.IBucket {
  return (stack.node.tryFindChild('Overflow') as s3.Bucket | undefined) ?? new s3.Bucket(stack, 'Overflow', {
    encryption: s3.BucketEncryption.S3_MANAGED, enforceSSL: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
    removalPolicy: RemovalPolicy.RETAIN, lifecycleRules: [{ expiration: Duration.days(30) }],
  });
}
