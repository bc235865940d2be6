import { Duration, Names } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisConsumerEventSource, KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { KinesisMappingOptions } from './kinesis-mapping-options';
import { checkUnixSeconds, fail } from './private/checks';
import { acknowledgeRulesOfProcessor, acknowledgeRulesOfStream } from './private/compliance';
import { validateStreamProcessorOptions } from './private/processor-options';
import { areDifferentStreams, identityOfStream, isSameStream } from './private/source-of-mapping';
import { defineMapping, retentionOf } from './private/stream-mapping';
import { StreamDlq } from './stream-dlq';
import { IStreamDlq } from './stream-dlq-interface';
import { StreamProcessorBase } from './stream-processor-base';
import { StreamProcessorOptions } from './stream-processor-options';
import { StreamSource } from './stream-source';

/**
 * Properties of `KinesisStreamProcessor`.
 */
export interface KinesisStreamProcessorProps extends KinesisMappingOptions, StreamProcessorOptions {
  /**
   * The stream to process: of this app or imported.
   *
   * @default - the stream of `consumer`; without one a new stream is defined from `streamProps`
   */
  readonly stream?: kinesis.IStream;

  /**
   * Properties of the stream that is defined when neither `stream` nor `consumer` is given. What happens to the stream when it
   * leaves the stack is its own `removalPolicy`.
   *
   * @default - the CDK's own: one shard, 24 hours of retention, encrypted
   */
  readonly streamProps?: kinesis.StreamProps;

  /**
   * How long `stream`, or the stream of `consumer`, keeps records, where this app does not know, such as for an imported stream. The same
   * as `retention` of `StreamSource.kinesis()`.
   *
   * @default - the retention of a stream of this app, otherwise that of the source in `dlq`, otherwise 24 hours
   */
  readonly streamRetention?: Duration;

  /**
   * Whether the mapping reads through an enhanced fan-out consumer of its own, with dedicated throughput.
   *
   * Changing it on a deployed stack replaces the mapping: the new one begins at `startingPosition` again. Set that to AT_TIMESTAMP for that
   * deployment.
   *
   * @see https://docs.aws.amazon.com/streams/latest/dev/enhanced-consumers.html
   * @default - true where `consumer` is given, false otherwise
   */
  readonly enhancedFanOut?: boolean;

  /**
   * The enhanced fan-out consumer that the mapping reads through: of this app or imported.
   *
   * @default - with `enhancedFanOut` a new consumer is defined
   */
  readonly consumer?: kinesis.IStreamConsumer;
}

/**
 * A Kinesis data stream, the function that processes it, and a dead-letter queue that keeps the data of batches that fail.
 *
 * Defines the stream, the processor and the event source mapping between them, and a `StreamDlq`; you can pass in any of them. The defaults
 * of the mapping differ from Lambda's where those lose data or block a shard: Lambda splits failing batches, retries a limited number of
 * times and up to a limited record age, and starts with the oldest record.
 *
 * @example
 * new KinesisStreamProcessor(this, 'Orders', {
 *   processorProps: {
 *     runtime: Runtime.NODEJS_24_X,
 *     handler: 'index.handler',
 *     code: Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
 *   },
 * });
 */
export class KinesisStreamProcessor extends StreamProcessorBase {
  /**
   * The stream.
   */
  public readonly stream: kinesis.IStream;

  /**
   * The enhanced fan-out consumer that the mapping reads through, if it does.
   */
  public readonly consumer?: kinesis.IStreamConsumer;

  /**
   * The function that processes the stream.
   */
  public readonly processor: lambda.IFunction;

  /**
   * The event source mapping between stream and processor.
   */
  public readonly mapping: lambda.IEventSourceMapping;

  /**
   * The dead-letter queue with all that feeds it.
   */
  public readonly dlq: IStreamDlq;

  /**
   * The table in which the processor remembers what it has processed, with `idempotency`.
   */
  public readonly idempotencyTable?: dynamodb.ITable;

  constructor(scope: Construct, id: string, props: KinesisStreamProcessorProps) {
    super(scope, id);
    this.validateProps(props);

    this.stream = props.stream ?? props.consumer?.stream ?? new kinesis.Stream(this, 'Stream', props.streamProps);
    this.consumer = props.consumer ?? (props.enhancedFanOut ? this.defineConsumer() : undefined);
    this.processor = props.processor ?? new lambda.Function(this, 'Processor', props.processorProps!);
    if (!props.processor) acknowledgeRulesOfProcessor(this.processor);
    if (!props.stream && !props.consumer && !props.streamProps) acknowledgeRulesOfStream(this.stream);

    const source = this.sourceIn(props.dlq) ?? StreamSource.kinesis(this.stream, { retention: props.streamRetention });
    this.dlq = props.dlq ?? new StreamDlq(this, 'Dlq', props);
    this.dlq.addSource(source);
    this.mapping = this.defineMapping(props, source);
    if (props.idempotency) this.idempotencyTable = this._attachIdempotency(props.idempotency, props);
  }

  /** The source that a shared `StreamDlq` already has for the stream. */
  private sourceIn(dlq: IStreamDlq | undefined): StreamSource | undefined {
    return dlq?.sources.find(({ streamArn }) => isSameStream(streamArn, this.stream.streamArn));
  }

  private defineConsumer(): kinesis.StreamConsumer {
    return new kinesis.StreamConsumer(this, 'Consumer', {
      stream: this.stream,
      // The service wants a name; one that is unique within it.
      streamConsumerName: Names.uniqueResourceName(this, { maxLength: 128, allowedSpecialCharacters: '_.-', separator: '-' }),
    });
  }

  private defineMapping(props: KinesisStreamProcessorProps, source: StreamSource): lambda.IEventSourceMapping {
    return defineMapping({
      processor: this.processor,
      dlq: this.dlq,
      retention: retentionOf(source),
      options: {
        ...props,
        startingPosition:
          props.startingPosition ??
          (props.startingPositionTimestamp === undefined ? lambda.StartingPosition.TRIM_HORIZON : lambda.StartingPosition.AT_TIMESTAMP),
      },
      eventSource: (options) =>
        this.consumer ? new KinesisConsumerEventSource(this.consumer, options) : new KinesisEventSource(this.stream, options),
    });
  }

  private validateProps(props: KinesisStreamProcessorProps): void {
    if (props.stream && props.streamProps) {
      fail(this, '`stream` and `streamProps` must not be set together, got: both; remove `streamProps`: it is for a new stream');
    }
    if (props.streamRetention && !props.stream && !props.consumer) {
      fail(this, '`streamRetention` must be set with `stream` or `consumer`, got: neither; set `retentionPeriod` in `streamProps`');
    }
    if (props.consumer && props.streamProps) {
      fail(this, '`consumer` and `streamProps` must not be set together, got: both; remove `streamProps`: a consumer already has a stream');
    }
    if (props.consumer && props.enhancedFanOut === false) {
      fail(this, '`enhancedFanOut` must not be false with `consumer`, got: false; remove one of the two');
    }
    checkUnixSeconds(this, 'startingPositionTimestamp', props.startingPositionTimestamp);
    if (props.stream && props.consumer) {
      const stream = identityOfStream(props.stream.streamArn);
      const consumed = identityOfStream(props.consumer.stream.streamArn);
      if (areDifferentStreams(stream, consumed)) {
        fail(this, `\`consumer\` must be a consumer of \`stream\`, got: a consumer of ${consumed} beside ${stream}; remove \`stream\``);
      }
    }
    validateStreamProcessorOptions(this, props);
  }
}
