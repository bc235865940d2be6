import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture } from './failure-capture';

/**
 * Options of a `StreamDlq`, whichever construct defines it.
 */
export interface StreamDlqOptions {
  /**
   * The dead-letter queue: where complete dead letters go. A standard or a FIFO queue, of this app or imported.
   *
   * On a FIFO queue the message group is the shard, and the deduplication id is the dead-letter id.
   *
   * A queue of this app should keep messages for 14 days: SQS keeps them for 4 days by default. Each look at a message is a receive,
   * which counts for the `maxReceiveCount` of its own `deadLetterQueue`.
   *
   * @default - a new standard queue is defined: encrypted, TLS only, kept when the stack is deleted
   */
  readonly queue?: sqs.IQueue;

  /**
   * The largest message that the dead-letter queue takes, in bytes, from 2048 to 1048576. Dead letters over it go to the
   * overflow bucket, with a pointer to them in the queue. Needed for an imported queue whose limit was set lower.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
   * @default - the limit of the queue where this app sets one, otherwise 1048576 (1 MiB), the most that SQS offers
   */
  readonly queueMaxMessageSizeBytes?: number;

  /**
   * Where dead letters go that are over the limit of the queue. The message in the queue is a pointer in the format of the
   * Amazon SQS Extended Client Library, whose clients fetch the dead letter unasked.
   *
   * The hydrate function writes below `dead-letters/`. With `FailureCapture.s3()`, unless that has a bucket of its own, Lambda
   * writes failed batches below `aws/lambda/`, and a bucket of yours is as `S3CaptureOptions.bucket` has it. In a bucket of your
   * own, let dead letters live longer than messages of the queue, and of the parking queue of a `RedriveFunction`, and failed
   * batches longer than those of the queue and the undeliverable queue together.
   *
   * The bucket defined here announces its objects to EventBridge whatever the capture: the CDK's `addEventNotification()` and
   * `enableEventBridgeNotification()`, which would replace that, are refused on it at synth.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-managing-large-messages.html
   * @default - a new bucket is defined: private, encrypted, TLS only, kept when the stack is deleted. Dead letters in it expire a day
   * after their messages, parked ones included, failed batches two days after the last dead letter that points to them can have
   * expired; a queue that is given is taken to keep messages for 14 days
   */
  readonly overflowBucket?: s3.IBucket;

  /**
   * How long the queues defined here keep messages, from 60 seconds to 14 days.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
   * @default Duration.days(14), the most that SQS offers
   */
  readonly queueRetentionPeriod?: Duration;

  /**
   * Where an event goes that the function could not turn into a dead letter, as it came. A standard queue: neither SNS nor Lambda
   * delivers to a FIFO queue here, nor to one with the AWS managed key of SQS. Not the dead-letter queue of another `StreamDlq`.
   *
   * The policy of an imported queue must let `sns.amazonaws.com` send to it from the topic, with `FailureCapture.s3()`
   * `events.amazonaws.com` from the rule: synth warns of it. That of a queue of this app is extended. A queue of another stack of this
   * app would make a cycle between the stacks: import it by its ARN.
   *
   * @default - a new standard queue is defined: encrypted, TLS only, kept when the stack is deleted
   */
  readonly undeliverableQueue?: sqs.IQueue;

  /**
   * Customer managed key for the queues, the topic and the bucket defined here. The stream has a key of its own.
   *
   * The key policy of a key of this app is extended. A key that is imported by `Alias.fromAliasName()` needs the feature flag
   * `@aws-cdk/aws-kms:applyImportedAliasPermissionsToPrincipal`: without it nothing is granted, which is an error at synth.
   *
   * The key policy of an imported key must allow `kms:Decrypt` and `kms:GenerateDataKey`, for notifications that go to the undeliverable
   * queue, to `sns.amazonaws.com`, with `FailureCapture.s3()` to `events.amazonaws.com`, which must be without a condition on
   * `aws:SourceAccount` or `aws:SourceArn`: synth warns of it, with the statement. Where it does not leave that to IAM policies, it must
   * allow both to the roles of the function and, with `FailureCapture.hydrate()`, of the processors; with `FailureCapture.s3()`
   * processors need `kms:GenerateDataKey` only.
   *
   * Changed or removed, it leaves messages and objects that are there encrypted with the old key, and all grants are on the new one.
   * For 30 days keep the old key, with its `grantDecrypt()` for operators, `captureFunction` and the function of a `RedriveFunction`.
   * Let the processors use the new key in a deployment before.
   *
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
   * @default - queues and bucket are encrypted with keys that SQS and S3 manage (SSE-SQS, SSE-S3), the topic with the AWS
   * managed key for SNS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the queues and the bucket defined here when they leave the stack, or the stack is deleted.
   *
   * Unlike for other queues the default is to keep them: they hold what failed, often the only copy once the stream's
   * retention is over.
   *
   * With `DESTROY` a bucket that has objects keeps the stack from being deleted.
   *
   * @default RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE: kept, unless the deployment that defines them fails
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * How the data of a failed batch gets into its dead letter. `standbyCapture` says how to change it on a stack that is deployed.
   *
   * @default FailureCapture.hydrate()
   */
  readonly capture?: FailureCapture;

  /**
   * A capture of the other kind that is defined beside `capture` and that processors may send to, though no mapping does. It is for
   * changing from one to the other on a stack that is deployed. Queues, bucket and mapping stay the same throughout.
   *
   * From hydrate to S3: first have S3 stand by, so that its rule matches before anything is written; with a bucket of yours for at
   * least five minutes, which S3 takes to begin to announce objects. Then swap the two. Last, remove what stands by, once nothing is
   * under way any more. From S3 to hydrate the first deployment can be left out.
   *
   * Mappings send to `capture` as soon as Lambda has updated them, which takes a while. What was sent before is still in the
   * topic, in the events of the bucket or in Lambda's queue for the function, for up to a day: without the capture that stands by
   * it would be lost with the function. So leave it for a day, and until `rehydrate --undeliverables` has emptied the undeliverable
   * queue, which takes the function. Where S3 leaves a bucket of yours, also until no dead letter points into it, or go on to allow
   * that by `bucket.grantRead(role, 'aws/lambda/*')` for 14 days: no grant here names it any more.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-event-notifications-eventbridge.html
   * @default - none: what another capture defined leaves the stack
   */
  readonly standbyCapture?: FailureCapture;

  /**
   * Where the operator's tool and a `RedriveFunction` write who did what: which dead letters were sent again, parked, deleted or
   * imported, by whom, and with which result, never what is in them. Of the account and region of the `StreamDlq`, and with a name that
   * is the value of a tag: without #, and of 256 characters at the most. `grantRedrive()` allows operators to write to it, and
   * `grantOperate()` of a `RedriveFunction`; nothing here allows anybody to change or delete what was written.
   *
   * @default - none: the tool keeps its log on the machine that it runs on, and a `RedriveFunction` has its log group
   */
  readonly auditLogGroup?: logs.ILogGroup;
}
