import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { AlarmProps } from './alarm-props';
import { FailureCapture } from './failure-capture';

/**
 * Options of a `StreamDlq`, whichever construct defines it.
 */
export interface StreamDlqOptions extends AlarmProps {
  /**
   * The dead-letter queue: a standard or a FIFO queue, of this app or imported.
   *
   * On a FIFO queue the message group is the shard, and the deduplication id is the dead-letter id.
   *
   * A queue of this app should keep messages for 14 days: SQS keeps them for 4 days by default. Each time that an operator looks at a
   * message is a receive, which counts for the `maxReceiveCount` of the queue's own `deadLetterQueue`.
   *
   * @default - a new standard queue is defined: encrypted, TLS only, kept when the stack is deleted
   */
  readonly queue?: sqs.IQueue;

  /**
   * The largest message that the dead-letter queue takes, in bytes, from 2048 to 1048576. Larger dead letters go to the overflow bucket,
   * with a pointer to them in the queue. Set it for an imported queue whose limit is lower.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
   * @default - the limit of the queue where this app sets one, otherwise 1048576 (1 MiB), the most that SQS offers
   */
  readonly queueMaxMessageSizeBytes?: number;

  /**
   * How long the dead-letter queue that is defined here keeps messages, from 60 seconds to 14 days.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
   * @default Duration.days(14), the most that SQS offers
   */
  readonly queueRetentionPeriod?: Duration;

  /**
   * How long the dead-letter queue that is defined here hides a message that was received, from 0 seconds to 12 hours. Lambda refuses a
   * mapping from the queue to a function with a longer timeout; AWS recommends six times the timeout of the function.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
   * @default - six times the `timeout` of a `RedriveFunction` of this queue, otherwise 30 seconds
   */
  readonly queueVisibilityTimeout?: Duration;

  /**
   * The bucket of dead letters that are over the limit of the queue. The message in the queue is then a pointer in the format of the
   * Amazon SQS Extended Client Library, whose clients fetch the dead letter by themselves.
   *
   * Keys begin with `dead-letters/`. In your own bucket, let dead letters live longer than the messages of the dead-letter queue, and of the
   * parking queue of a `RedriveFunction`.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-managing-large-messages.html
   * @default - a bucket of the stack, which each `StreamDlq` of the stack with the same `encryptionKey` and `removalPolicy` shares, with a
   * folder for each: private, encrypted, TLS only, kept when the stack is deleted. Dead letters in it expire a day after the longest
   * retention of the queues, parked ones included
   */
  readonly overflowBucket?: s3.IBucket;

  /**
   * The queue of events that the function could not turn into dead letters, as they came. A standard queue: neither SNS nor Lambda delivers
   * to a FIFO queue here, nor to a queue with the AWS managed key of SQS. It must not be a dead-letter queue of a `StreamDlq`.
   *
   * The library extends the policy of a queue of this app. The policy of an imported queue must let `sns.amazonaws.com` send from the topic,
   * with `FailureCapture.s3()` `events.amazonaws.com` from the rule: synth warns about it. Import a queue of another stack of this app by its
   * ARN, because a reference would make a cycle between the stacks.
   *
   * @default - a new standard queue is defined: encrypted, TLS only, kept when the stack is deleted
   */
  readonly undeliverableQueue?: sqs.IQueue;

  /**
   * How long the undeliverable queue that is defined here keeps messages, from 60 seconds to 14 days.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
   * @default Duration.days(14), the most that SQS offers
   */
  readonly undeliverableQueueRetentionPeriod?: Duration;

  /**
   * Customer managed key for the queues, the topic and the buckets that are defined here, and for the logs and environment variables of the
   * functions. The stream has its own key.
   *
   * The library extends the key policy of a key of this app. A key that is imported by `Alias.fromAliasName()` needs the feature flag
   * `@aws-cdk/aws-kms:applyImportedAliasPermissionsToPrincipal`: without it the CDK grants nothing, which is an error at synth.
   *
   * The key policy of an imported key must allow `kms:Decrypt` and `kms:GenerateDataKey` to `sns.amazonaws.com`, for failure records that go to
   * the intake queue and the undeliverable queue. With `FailureCapture.s3()` it must allow both to `events.amazonaws.com`, without a condition on
   * `aws:SourceAccount` or `aws:SourceArn`. Synth warns about it, with the statement. A key policy that does not leave permissions to IAM
   * must also allow both to the role of the function and, with `FailureCapture.hydrate()`, to the roles of the processors; with
   * `FailureCapture.s3()` processors need `kms:GenerateDataKey` only.
   *
   * Another key on a deployed stack leaves existing messages and objects encrypted with the old key, while all grants are on the new one.
   * Keep the old key for 30 days, with its `grantDecrypt()` for operators, `captureFunction` and the function of a `RedriveFunction`, and let
   * the processors use the new key in an earlier deployment.
   *
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
   * @default - queues and buckets are encrypted with keys that SQS and S3 manage (SSE-SQS, SSE-S3), the topic with the AWS managed key for SNS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the queues and the buckets that are defined here when they leave the stack, or the stack is deleted.
   *
   * Unlike for other queues the default is to keep them: they hold what failed, often the only copy after the retention of the stream.
   *
   * With `DESTROY`, CloudFormation cannot delete a bucket that has objects.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: kept, unless the deployment that defines them fails
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How the data of a failed batch gets into its dead letter. To change it on a deployed stack, use `keepCapture`.
   *
   * @default FailureCapture.hydrate()
   */
  readonly capture?: FailureCapture;

  /**
   * A capture of the other kind to keep besides `capture` while you change from one to the other on a deployed stack. Processors may send to
   * it, but no mapping does.
   *
   * Mappings send to `capture` as soon as Lambda has updated them. What they sent before is still in the topic, in the events of the bucket or
   * in Lambda's queue for the function, for up to a day. Without the kept capture, that is lost with the function.
   *
   * From hydrate to S3: first deploy with S3 as `keepCapture`, so that S3 sends events before Lambda writes anything: a bucket takes up to
   * five minutes for that. Then swap the two. Last, after a day and once `rehydrate --undeliverables` has emptied the undeliverable queue,
   * remove `keepCapture`. From S3 to hydrate, begin with the swap; remove S3 once no dead letter points into its bucket, at the latest after
   * 14 days.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html
   * @default - none: when `capture` changes, the previous capture leaves the stack in the same deployment
   */
  readonly keepCapture?: FailureCapture;

  /**
   * Log group of what operators do: who sent, parked, deleted or imported which dead letters, and the result, never their data. Written by the
   * operator's tool and a `RedriveFunction`.
   *
   * It must be in the account and Region of the `StreamDlq`. Its name is the value of a tag: at most 256 characters, without #. The grants
   * for operators allow writing to it; nothing here allows changing or deleting what is written.
   *
   * @default - none: the tool keeps its log on the machine it runs on, and a `RedriveFunction` uses its own log group
   */
  readonly auditLogGroup?: logs.ILogGroup;

  /**
   * Whether the functions also write metrics of dead letters: how many of each status, records recovered and missing, latency, bytes in S3,
   * and what a `RedriveFunction` redrives. They hold no data of records.
   *
   * CloudWatch bills each as a custom metric, for the hours in which it has values: up to 12 for a queue, about $0.30 a month each.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
   * @default - true where an alarm needs them, as `incompleteDeadLetters` of `Alarms.all()` does; otherwise false
   */
  readonly customMetrics?: boolean;

  /**
   * Whether saved queries for CloudWatch Logs Insights are defined: dead letters by function and status, incomplete dead letters, slow captures,
   * and errors. A saved query costs nothing; running it does.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_Insights-Saving-Queries.html
   * @default false
   */
  readonly logQueries?: boolean;
}
