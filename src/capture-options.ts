import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { DlqFunctionOptions } from './dlq-function-options';

/**
 * Options of the function that writes dead letters, whatever the capture.
 */
export interface CaptureFunctionOptions extends DlqFunctionOptions {
  /**
   * Timeout of the function, from 1 to 15 minutes. The hydrate function needs time to read up to ten ranges at the pace that a shard allows.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;
}

/**
 * Options of `FailureCapture.hydrate()`.
 */
export interface HydrateCaptureOptions extends CaptureFunctionOptions {
  /**
   * The topic that Lambda sends failure records to: a standard topic of the Region, of one `StreamDlq` only.
   *
   * Another topic on a deployed stack moves the mappings to it. Failure records that are then still in the topic that the library defined
   * are lost with it: change the topic while nothing fails, or use `keepCapture` and change to `FailureCapture.s3()` and back.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   * @default - a new standard topic is defined: encrypted, TLS only
   */
  readonly topic?: sns.ITopic;

  /**
   * The most instances of the function that read at the same time, from 2 to 1000. `reservedConcurrentExecutions` must not be below it.
   *
   * Up to six instances together take three of the five reads that a Kinesis shard gives in a second, so that a storm of failures does not
   * stop the mapping. An instance reads one range at a time: raise this on a stream with many shards only, to one for each ten shards. More
   * than six on a few shards take reads from the mapping. On the stream of a table, each instance is one more reader of a shard.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   * @default 2
   */
  readonly maxConcurrency?: number;
}

/**
 * Options of `FailureCapture.s3()`.
 */
export interface S3CaptureOptions extends CaptureFunctionOptions {
  /**
   * How long Lambda keeps an event that the function could not handle yet, from 60 seconds to 6 hours. Then the event goes to the
   * undeliverable queue.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
   * @default Duration.hours(6)
   */
  readonly maxEventAge?: Duration;

  /**
   * How often Lambda invokes the function again when it fails, from 0 to 2. Then the event goes to the undeliverable queue.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
   * @default 2
   */
  readonly retryAttempts?: number;

  /**
   * The bucket that Lambda writes failed batches to, with keys that begin with `aws/lambda/`. It must be in the account and Region of the
   * `StreamDlq`, and is the capture bucket of one `StreamDlq` of an app only.
   *
   * In a bucket of this app every failed batch is one of the `StreamDlq`: let nothing else have Lambda write to it. An imported bucket may
   * serve several apps, each with other streams: the function ignores batches of streams that are not sources of the `StreamDlq`, which may
   * have up to about 20 of them.
   *
   * The library turns on the bucket's notifications to EventBridge by the CDK's `enableEventBridgeNotification()`, besides others that this
   * app adds by `addEventNotification()`. Where `notificationConfiguration` of the resource turns them on already, it stays as it is. One
   * way replaces the other, so a bucket uses one only. To change from the CDK's way to the resource, deploy once without either, and
   * without S3 capture: the one that leaves turns all notifications off.
   *
   * Objects must live longer than the messages of the dead-letter queue and the undeliverable queue together. The policy of an imported
   * bucket's key must let the role of the processor use `kms:GenerateDataKey`, and the role of the function `kms:Decrypt`. Policies allow
   * the bucket in this account only, so that somebody else's bucket of the same name gets nothing later.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
   * @default - a new bucket is defined: private, encrypted, TLS only, kept when the stack is deleted. Objects expire two days after the
   * last dead letter that points to them can have expired
   */
  readonly bucket?: s3.IBucket;
}
