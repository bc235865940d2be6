import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import { BundledFunctionOptions } from './bundled-function-options';

/**
 * Options of the function that writes dead letters, whichever capture it belongs to.
 */
export interface CaptureFunctionOptions extends BundledFunctionOptions {
  /**
   * Timeout of the function, from 1 to 15 minutes. The hydrate function takes time to read a long range at the pace a shard
   * allows.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
   * @default Duration.minutes(5)
   */
  readonly timeout?: Duration;

  /**
   * The most instances of the function that run at once, at least 1. They are reserved for it: others of the account cannot use
   * them. Lambda keeps what has to wait for up to 6 hours.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   * @default - no limit but that of the account
   */
  readonly reservedConcurrency?: number;
}

/**
 * Options of `FailureCapture.hydrate()`.
 */
export interface HydrateCaptureOptions extends CaptureFunctionOptions {
  /**
   * The topic that Lambda sends failure records to. A standard topic that serves one `StreamDlq` only: failure records of
   * another stream end in the undeliverable queue.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   * @default - a new standard topic is defined: encrypted, TLS only
   */
  readonly topic?: sns.ITopic;
}

/**
 * Options of `FailureCapture.s3()`.
 */
export interface S3CaptureOptions extends CaptureFunctionOptions {
  /**
   * The bucket that Lambda writes failed batches to, below `aws/lambda/`. It is in the account and region of the `StreamDlq`, and
   * may serve several, of one stream each: each leaves alone what is of another stream. Two of the same stream would each get the
   * dead letters of both, which is refused at synth. Across apps nothing can tell: let them not share a bucket for one stream.
   * In a bucket that this app defines and gives to one `StreamDlq` only, what is of another stream is an undeliverable instead:
   * let nobody else have Lambda write to it.
   *
   * Policies allow its use in this account only, so that a bucket of the same name that is somebody else's by then gets nothing.
   *
   * Its notifications to EventBridge are turned on, by the CDK's `enableEventBridgeNotification()`: beside others that this app adds
   * to it by `addEventNotification()`. Where `notificationConfiguration` of its resource turns them on already, it is left to that.
   * One replaces the other, so a bucket has its notifications by one of them only. To change from the CDK's to those of the resource
   * takes a deployment without either in between, since what goes turns all off: without S3 capture, too.
   *
   * Rules of others on the same event bus see its events, too. Let objects live longer than messages of the dead-letter queue and the
   * undeliverable queue together: the event of an object may wait in one before the dead letter that points to it does in the other.
   *
   * The key policy of an imported bucket's key must let the role of the processor use `kms:GenerateDataKey`, and that of the
   * function `kms:Decrypt`.
   *
   * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventBridge.html
   * @default - the overflow bucket of the `StreamDlq`
   */
  readonly bucket?: s3.IBucket;
}
