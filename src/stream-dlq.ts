import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { OVERFLOW_PREFIX } from './contract';
import { FailureCapture } from './failure-capture';
import { ImportedStreamDlq, StreamDlqAttributes } from './imported-stream-dlq';
import { AlarmSet } from './private/alarm-set';
import { sharedOverflowBucket } from './private/buckets';
import { captureKinds } from './private/capture-kind';
import { acknowledgeRulesOfChildren } from './private/compliance';
import { LARGEST_MESSAGE_BYTES, longestDaysOf, storageQueueProps } from './private/dead-letter-queue';
import { defineAlarms } from './private/dlq-alarms';
import { DlqParts, dlqParts } from './private/dlq-parts';
import { checkDlq } from './private/dlq-rules';
import { validateDlqOptions, validateMetrics } from './private/dlq-validation';
import { defineLogQueries } from './private/log-queries';
import { ObservableList } from './private/observable-list';
import { checkExistingQueues } from './private/queue-rules';
import { messageLimitOf, messageRetentionOf } from './private/resource-properties';
import { registerDlq, StreamDlqBase } from './stream-dlq-base';
import { IStreamDlq } from './stream-dlq-interface';
import { StreamDlqOptions } from './stream-dlq-options';
import { StreamSource } from './stream-source';

/**
 * Properties of `StreamDlq`.
 */
export interface StreamDlqProps extends StreamDlqOptions {
  /**
   * The stream whose failed batches become dead letters. `addSource()` adds others.
   *
   * @default - none: processors that share the `StreamDlq` add their streams, and `addSource()` adds those of other mappings
   */
  readonly source?: StreamSource;
}

/**
 * A dead-letter queue that keeps the data, as the OnFailure destination of event source mappings on Kinesis and DynamoDB streams.
 *
 * What Lambda sends to an SNS or SQS destination when it gives up on a batch names the records but does not hold them. This construct
 * defines a topic and an intake queue for it, a function that reads the named records again while they are still in the stream, and a queue
 * that gets the complete, replayable dead letter. The undeliverable queue keeps what the function cannot handle.
 *
 * With `FailureCapture.s3()` as `capture`, Lambda writes the failed batch itself to a bucket, and a function makes a dead letter of the
 * object, in the same queue.
 *
 * One `StreamDlq` may serve many mappings of many streams and tables: pass it as `dlq` to their processors, or as `onFailure` to their event
 * sources.
 *
 * Define it in the stack of a stream, or in any stack that the stacks of the mappings may depend on: a mapping refers to the topic or the
 * bucket. A function refers to the streams that it reads again, or is allowed to read them by a policy in the stack of the mapping.
 *
 * @example
 * declare const fn: IFunction;
 * declare const stream: IStream;
 * fn.addEventSource(new KinesisEventSource(stream, {
 *   startingPosition: StartingPosition.TRIM_HORIZON,
 *   bisectBatchOnError: true,
 *   retryAttempts: 3,
 *   maxRecordAge: Duration.hours(36),
 *   onFailure: new StreamDlq(this, 'Dlq', { source: StreamSource.kinesis(stream, { retention: Duration.days(2) }) }),
 * }));
 */
export class StreamDlq extends StreamDlqBase implements ec2.IConnectable {
  /**
   * Imports an existing `StreamDlq`, of another stack or app, for mappings of this app.
   *
   * Processors are allowed to send to its topic or bucket. Its capture function is allowed to read the sources that are added here, where it
   * is imported with its role.
   *
   * @param scope where to import it
   * @param id id of the construct
   * @param attrs the parts of the existing `StreamDlq`
   * @returns the imported `StreamDlq`
   */
  public static fromStreamDlqAttributes(scope: Construct, id: string, attrs: StreamDlqAttributes): IStreamDlq {
    // eslint-disable-next-line awscdk/require-passing-this -- `this` is the class here
    return new ImportedStreamDlq(scope, id, attrs);
  }

  /**
   * The dead-letter queue.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The queue of events that the function could not turn into dead letters.
   */
  public readonly undeliverableQueue: sqs.IQueue;

  /**
   * The bucket of dead letters that are over the limit of the queue.
   */
  public readonly overflowBucket: s3.IBucket;

  /**
   * The function that writes dead letters: it reads failed records again, or takes them from the objects that Lambda wrote to S3.
   */
  public readonly captureFunction: lambda.IFunction;

  /**
   * What the keys of the dead letters in `overflowBucket` begin with: for `overflowPrefix` of `fromStreamDlqAttributes()`.
   */
  public readonly overflowPrefix: string;

  /**
   * The topic that Lambda sends failure records to, with `FailureCapture.hydrate()` as `capture`.
   */
  public readonly topic?: sns.ITopic;

  /**
   * The queue of failure records that the function has not handled yet, with `FailureCapture.hydrate()` as `capture`.
   */
  public readonly intakeQueue?: sqs.IQueue;

  /**
   * The bucket that Lambda writes failed batches to, with `FailureCapture.s3()` as `capture`.
   */
  public readonly captureBucket?: s3.IBucket;

  /**
   * Log group of what operators do, where one was passed in.
   */
  public readonly auditLogGroup?: logs.ILogGroup;

  /**
   * Connections of the capture function. Throws where the function is not in a VPC.
   */
  public get connections(): ec2.Connections {
    return this.captureFunction.connections;
  }

  // eslint-disable-next-line awscdk/construct-constructor-property -- every property is optional
  constructor(scope: Construct, id: string, props: StreamDlqProps = {}) {
    super(scope, id);
    validateDlqOptions(this, props);
    const { capture = FailureCapture.hydrate(), keepCapture } = props;
    const { encryptionKey, removalPolicy } = props;
    const storage = { encryptionKey, removalPolicy };

    const maxMessageBytes = props.queueMaxMessageSizeBytes ?? messageLimitOf(props.queue) ?? LARGEST_MESSAGE_BYTES;
    this.queue =
      props.queue ??
      new sqs.Queue(this, 'Queue', {
        ...storageQueueProps(storage, props.queueRetentionPeriod),
        maxMessageSizeBytes: maxMessageBytes,
        visibilityTimeout: props.queueVisibilityTimeout,
      });
    this.undeliverableQueue =
      props.undeliverableQueue ?? new sqs.Queue(this, 'UndeliverableQueue', storageQueueProps(storage, props.undeliverableQueueRetentionPeriod));
    this.auditLogGroup = props.auditLogGroup;

    const redriveFunctions: DlqParts['redriveFunctions'] = new ObservableList();
    const [queueDays, undeliverableDays] = [props.queueRetentionPeriod, props.undeliverableQueueRetentionPeriod].map(longestDaysOf);
    // Parking begins the life of a message anew, and a RedriveFunction may be defined later.
    const parkedDays = () => redriveFunctions.entries.map(({ parkingQueue }) => longestDaysOf(messageRetentionOf(parkingQueue)));
    const overflow = props.overflowBucket
      ? { bucket: props.overflowBucket, isOwn: false, prefix: OVERFLOW_PREFIX }
      : sharedOverflowBucket(this, storage, () => Math.max(queueDays, ...parkedDays()));
    this.overflowBucket = overflow.bucket;
    this.overflowPrefix = overflow.prefix;

    const alarms = new AlarmSet(this, props);
    validateMetrics(this, props, alarms);
    const parts: DlqParts = {
      dlq: this,
      isOfOtherApp: false,
      queue: this.queue,
      ownsQueue: props.queue === undefined,
      maxMessageBytes,
      undeliverableQueue: this.undeliverableQueue,
      overflow,
      messageLifetime: Duration.days(Math.ceil(queueDays + undeliverableDays)),
      storage,
      auditLogGroup: props.auditLogGroup,
      alarms,
      customMetrics: props.customMetrics ?? alarms.has('incompleteDeadLetters'),
      captures: [],
      sources: new ObservableList(),
      mappings: new ObservableList(),
      processors: new ObservableList(),
      redriveFunctions,
    };
    dlqParts.set(this, parts);
    for (const each of keepCapture ? [capture, keepCapture] : [capture]) parts.captures.push(captureKinds.of(each).define(parts));
    const [{ function: captureFunction, topic, intakeQueue, bucket }] = parts.captures;
    this.captureFunction = captureFunction;
    this.topic = topic;
    this.intakeQueue = intakeQueue;
    this.captureBucket = bucket;
    if (props.source) this.addSource(props.source);
    defineAlarms(parts);
    if (props.logQueries) defineLogQueries(this, parts.captures.flatMap(({ logGroup }) => logGroup ?? []));

    acknowledgeRulesOfChildren(this);
    checkDlq(parts);
    checkExistingQueues(this, props);
    registerDlq(parts);
  }
}
