import { HydrateCaptureOptions, S3CaptureOptions } from './capture-options';
import { Capture, DlqParts } from './private/capture';
import { defineHydrateCapture } from './private/hydrate-capture';
import { defineS3Capture } from './private/s3-capture';

/** @internal */
interface CaptureKind {
  /** As a user writes it. */
  readonly name: string;
  readonly rereads: boolean;
  readonly definesTopic: boolean;
  define(parts: DlqParts): Capture;
}

/**
 * How the data of a failed batch gets into its dead letter. Queue, dead letters and their readers are the same for both ways.
 *
 * It defines nothing by itself: one value may serve several `StreamDlq`s, unless it has a topic.
 *
 * @example
 * declare const stream: kinesis.Stream;
 * declare const processor: lambda.Function;
 *
 * new KinesisStreamProcessor(this, 'Orders', { stream, processor, parallelizationFactor: 10, capture: FailureCapture.s3() });
 */
export class FailureCapture {
  /**
   * Lambda sends a failure record to a topic, and a function reads the records that it names from the stream again.
   *
   * Needs no bucket but for dead letters over the queue's limit. The records have to be in the stream still, and with
   * `parallelizationFactor` above 1 or with `filters` a dead letter also holds others of the same range: it is a `SUPERSET`.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   */
  public static hydrate(options: HydrateCaptureOptions = {}): FailureCapture {
    return new FailureCapture({
      name: 'FailureCapture.hydrate()',
      rereads: true,
      definesTopic: options.topic === undefined,
      define: (parts) => defineHydrateCapture(parts, options),
    });
  }

  /**
   * Lambda writes the failed batch itself to a bucket, and a function makes a dead letter of the object.
   *
   * Exact whatever the mapping is set to, and nothing is read again. The dead letter points to the object where it is over the
   * queue's limit: nothing is copied. The role of the processor is allowed to write to the bucket and to list it, not to read
   * from it.
   *
   * Objects are announced by EventBridge, not by the notifications of S3 itself, which have no queue for what they fail to
   * deliver.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
   */
  public static s3(options: S3CaptureOptions = {}): FailureCapture {
    return new FailureCapture({
      name: 'FailureCapture.s3()',
      rereads: false,
      definesTopic: false,
      define: (parts) => defineS3Capture(parts, options),
    });
  }

  /**
   * How it is written in an app, for messages. The same for every capture of a kind.
   *
   * @internal
   */
  public readonly _name: string;

  /**
   * Whether it reads records from the stream again.
   *
   * @internal
   */
  public readonly _rereads: boolean;

  /**
   * Whether it defines a topic, which a customer managed key then encrypts.
   *
   * @internal
   */
  public readonly _definesTopic: boolean;

  private constructor(private readonly kind: CaptureKind) {
    this._name = kind.name;
    this._rereads = kind.rereads;
    this._definesTopic = kind.definesTopic;
  }

  /**
   * Defines what it takes in a `StreamDlq`.
   *
   * @internal
   */
  public _define(parts: DlqParts): Capture {
    return this.kind.define(parts);
  }
}
