import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';

/**
 * Options of a `StreamDlq`, whichever construct defines it.
 */
export interface StreamDlqOptions {
  /**
   * The dead-letter queue: where complete dead letters go. A standard or a FIFO queue, of this app or imported.
   *
   * On a FIFO queue the message group is the shard, and the deduplication id is the dead-letter id.
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
   * The hydrate function writes below `dead-letters/`. In a bucket of your own, let objects live longer than messages.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-managing-large-messages.html
   * @default - a new bucket is defined: private, encrypted, TLS only, its objects expire a day after their messages, kept when
   * the stack is deleted
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
   * Where an event goes that the hydrate function could not turn into a dead letter, as it came. A standard queue: neither SNS
   * nor Lambda delivers to a FIFO queue here.
   *
   * The policy of an imported queue must let `sns.amazonaws.com` send to it from the topic; that of a queue of this app is
   * extended. A queue of another stack of this app would make a cycle between the stacks: import it by its ARN.
   *
   * @default - a new standard queue is defined: encrypted, TLS only, kept when the stack is deleted
   */
  readonly undeliverableQueue?: sqs.IQueue;

  /**
   * The topic that Lambda sends failure records to. A standard topic that serves this `StreamDlq` only: failure records of
   * another stream end in the undeliverable queue.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   * @default - a new standard topic is defined: encrypted, TLS only
   */
  readonly topic?: sns.ITopic;

  /**
   * Customer managed key for the queues, the topic and the bucket defined here. The stream has a key of its own.
   *
   * The key policy of an imported key must let `sns.amazonaws.com` use `kms:Decrypt` and `kms:GenerateDataKey`, for
   * notifications that go to the undeliverable queue; that of a key of this app is extended.
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
   * Architecture of the hydrate function.
   *
   * @default Architecture.ARM_64
   */
  readonly hydrateArchitecture?: lambda.Architecture;

  /**
   * Memory of the hydrate function in MiB, from 128 to 10240.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   * @default 512
   */
  readonly hydrateMemorySize?: number;

  /**
   * Timeout of the hydrate function, from 1 to 15 minutes: time to read a long range at the pace a shard allows.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
   * @default Duration.minutes(5)
   */
  readonly hydrateTimeout?: Duration;

  /**
   * The most instances of the hydrate function that run at once, at least 1. They are reserved for it: others of the account
   * cannot use them. Lambda keeps what has to wait for up to 6 hours.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   * @default - no limit but that of the account
   */
  readonly hydrateReservedConcurrency?: number;

  /**
   * Log group of the hydrate function. Its lines tell which dead letters were written, never what is in them.
   *
   * @default - a new log group is defined that keeps its events for a month
   */
  readonly hydrateLogGroup?: logs.ILogGroup;
}
