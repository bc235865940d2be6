import { HydrateCaptureOptions, S3CaptureOptions } from './capture-options';
import { CaptureKind, captureKinds } from './private/capture-kind';
import { defineHydrateCapture } from './private/hydrate-capture';
import { defineS3Capture } from './private/s3-capture';

/**
 * How the data of a failed batch gets into its dead letter. The queue, the dead letters and the tools are the same for both ways.
 *
 * A capture defines nothing by itself: several `StreamDlq`s may use the same one, unless it has a `topic` or a `bucket`.
 *
 * @example
 * declare const fn: IFunction;
 * new KinesisStreamProcessor(this, 'Orders', {
 *   processor: fn,
 *   parallelizationFactor: 10,
 *   capture: FailureCapture.s3({ tracing: Tracing.ACTIVE }),
 * });
 */
export class FailureCapture {
  /**
   * Lambda sends a failure record to a topic, and a function reads the records that it names from the stream again.
   *
   * The records must still be in the stream. With `parallelizationFactor` above 1 or with `filters`, a dead letter also holds other records
   * of the same range: its status is `SUPERSET`.
   *
   * @param options the topic and the function
   * @returns the capture, for `capture` or `keepCapture`
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   */
  public static hydrate(options: HydrateCaptureOptions = {}): FailureCapture {
    return new FailureCapture({
      name: 'FailureCapture.hydrate()',
      rereads: true,
      ...(!options.topic && { defines: 'topic' }),
      define: (parts) => defineHydrateCapture(parts, options),
    });
  }

  /**
   * Lambda writes the failed batch itself to a bucket, and a function makes a dead letter of the object.
   *
   * The dead letter holds exactly the failed batch, whatever the settings of the mapping, and nothing is read again. A dead letter over the
   * limit of the queue points to the object: nothing is copied. The role of the processor may write to the bucket and list it, but not read
   * from it.
   *
   * S3 sends the events of new objects to EventBridge, because S3's own notifications have no queue for events that they fail to deliver.
   *
   * @param options the bucket and the function
   * @returns the capture, for `capture` or `keepCapture`
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   */
  public static s3(options: S3CaptureOptions = {}): FailureCapture {
    return new FailureCapture({
      name: 'FailureCapture.s3()',
      rereads: false,
      ...(!options.bucket && { defines: 'bucket' }),
      define: (parts) => defineS3Capture(parts, options),
    });
  }

  private constructor(kind: CaptureKind) {
    captureKinds.set(this, kind);
  }
}
