import { Annotations, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FailureCapture } from './failure-capture';
import { checkAuditLogGroup } from './private/audit-log-group';
import { Capture, DlqParts, Processor, RedriveParts } from './private/capture';
import { checkInteger } from './private/check-range';
import { acknowledgeRulesOfChildren } from './private/compliance';
import { checkKey } from './private/encryption-key';
import { fail } from './private/fail';
import { adviseOnGivenQueues, refuseSharedQueues } from './private/given-queues';
import { Allowed, textOfStatement } from './private/granted';
import { invokedArn, keepQualifier } from './private/invoked-function';
import { areDifferent } from './private/known';
import { LateParts } from './private/late-parts';
import { LARGEST_MESSAGE_BYTES, letterQueueProps } from './private/letter-queue';
import { adviseOn } from './private/mapping-advice';
import { messageLimitOf } from './private/message-limit';
import { Operators } from './private/operators';
import { defineOverflowBucket } from './private/overflow-bucket';
import { usesOf } from './private/queue-uses';
import { Mapping, wrongSourcesOf } from './private/source-of-mapping';
import { validateWindow } from './private/tumbling-window';
import { adviseOnUnbound } from './private/unbound-advice';
import { adviseOnUndeliverableQueue } from './private/undeliverable-queue-advice';
import { StreamDlqOptions } from './stream-dlq-options';
import { StreamSource } from './stream-source';

/**
 * Properties of `StreamDlq`.
 */
export interface StreamDlqProps extends StreamDlqOptions {
  /**
   * The stream whose failed batches become dead letters.
   */
  readonly source: StreamSource;
}

/**
 * A dead-letter queue that keeps the data, as the OnFailure destination of event source mappings on one stream.
 *
 * What Lambda sends to an SNS or SQS destination when it gives up on a batch names the records and does not hold them. This
 * construct defines a topic for it, a function that reads the named records again while the stream still has them, and a queue
 * that gets the complete, replayable dead letter. What the function cannot handle is kept in the undeliverable queue.
 *
 * With `FailureCapture.s3()` as `capture` Lambda writes the failed batch itself to a bucket instead, and a function makes a dead
 * letter of the object, in the same queue.
 *
 * Several mappings of the same stream may share one.
 *
 * Define it in the stack of the stream, or in a stack that depends on it; and the processors in its stack, in nested stacks of that, or in a
 * stack that depends on it: the mapping refers to the topic or the bucket, and the function to the stream.
 *
 * The processor's role is known only within the stack: records of a processor in another stack, or of one imported without its
 * role, are without `invokeIdentityArn` in the dead letter.
 *
 * @example
 * declare const stream: kinesis.Stream;
 * declare const fn: lambda.Function;
 *
 * fn.addEventSource(new KinesisEventSource(stream, {
 *   startingPosition: lambda.StartingPosition.TRIM_HORIZON,
 *   bisectBatchOnError: true,
 *   retryAttempts: 3,
 *   maxRecordAge: Duration.hours(18),
 *   onFailure: new StreamDlq(this, 'Dlq', { source: StreamSource.kinesis(stream) }),
 * }));
 */
export class StreamDlq extends Construct implements lambda.IEventSourceDlq {
  /**
   * The stream whose failed batches become dead letters.
   */
  public readonly source: StreamSource;

  /**
   * The topic that Lambda sends failure records to, where `FailureCapture.hydrate()` is the capture or stands by.
   */
  public readonly topic?: sns.ITopic;

  /**
   * The function that reads the records of a failed batch again, where `FailureCapture.hydrate()` is the capture or stands by.
   */
  public readonly hydrateFunction?: lambda.IFunction;

  /**
   * The bucket that Lambda writes failed batches to, where `FailureCapture.s3()` is the capture or stands by.
   */
  public readonly captureBucket?: s3.IBucket;

  /**
   * The function that makes dead letters of the objects in the capture bucket, where `FailureCapture.s3()` is the capture or stands
   * by.
   */
  public readonly captureFunction?: lambda.IFunction;

  /**
   * The dead-letter queue.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The bucket of dead letters that are over the limit of the queue, and of failed batches with `FailureCapture.s3()` that has no
   * bucket of its own.
   */
  public readonly overflowBucket: s3.IBucket;

  /**
   * The queue of events that the function could not turn into dead letters.
   */
  public readonly undeliverableQueue: sqs.IQueue;

  /**
   * Where the operator's tool and a `RedriveFunction` write who did what, where one was given.
   */
  public readonly auditLogGroup?: logs.ILogGroup;

  /**
   * Whether the records of failed batches are read from the stream again.
   *
   * @internal
   */
  public readonly _rereads: boolean;

  /**
   * What belongs to it, for the constructs around it.
   *
   * @internal
   */
  public readonly _parts: DlqParts;

  /**
   * What operators are allowed.
   *
   * @internal
   */
  public readonly _operators: Operators;

  private readonly capture: Capture;
  private readonly standbyCapture?: Capture;
  private readonly mappings: Mapping[] = [];

  constructor(scope: Construct, id: string, props: StreamDlqProps) {
    super(scope, id);
    this.source = props.source;
    const { capture = FailureCapture.hydrate(), standbyCapture } = props;
    this._rereads = capture._rereads;
    this.validateProps(props, capture);

    const redriveFunctions = new LateParts<RedriveParts>();
    const maxMessageBytes = props.queueMaxMessageSizeBytes ?? messageLimitOf(props.queue) ?? LARGEST_MESSAGE_BYTES;
    this.queue = props.queue ?? new sqs.Queue(this, 'Queue', { ...letterQueueProps(props), maxMessageSizeBytes: maxMessageBytes });
    this.undeliverableQueue = props.undeliverableQueue ?? new sqs.Queue(this, 'UndeliverableQueue', letterQueueProps(props));
    // Whatever the capture: it keeps its place in the stack, and what dead letters point to, when the capture changes.
    this.overflowBucket = props.overflowBucket ?? defineOverflowBucket(this, props, redriveFunctions);

    this.auditLogGroup = props.auditLogGroup;

    this._parts = {
      dlq: this,
      source: props.source,
      queue: this.queue,
      ownsQueue: props.queue === undefined,
      maxMessageBytes,
      undeliverableQueue: this.undeliverableQueue,
      overflowBucket: this.overflowBucket,
      ownsOverflowBucket: props.overflowBucket === undefined,
      encryptionKey: props.encryptionKey,
      queueSettings: props,
      auditLogGroup: props.auditLogGroup,
      processors: new LateParts(),
      redriveFunctions,
    };
    this.capture = capture._define(this._parts);
    this.standbyCapture = standbyCapture?._define(this._parts);
    const hydrate = this.captures.find((it) => it.topic);
    this.topic = hydrate?.topic;
    this.hydrateFunction = hydrate?.function;
    const toBucket = this.captures.find((it) => it.bucket);
    this.captureBucket = toBucket?.bucket;
    this.captureFunction = toBucket?.function;
    this._operators = new Operators(this._parts, this.captures, this.captureBucket);

    if (this._rereads) props.source._adviseOnRead(this);
    acknowledgeRulesOfChildren(this);
    adviseOnUndeliverableQueue(this, this.undeliverableQueue, this.captures);
    adviseOnGivenQueues(this, props);
    adviseOnUnbound(this, this.mappings, this.capture.destinationArn);
    this.node.addValidation({ validate: () => wrongSourcesOf(this.mappings, this.source.streamArn) });
    usesOf(this, this.queue).letters.add(this);
    usesOf(this, this.undeliverableQueue).undeliverables.add(this);
  }

  /**
   * Called by the event source mapping that this is the `onFailure` destination of.
   *
   * Lets the processor send to the topic or the bucket, and notes its role for the records of its dead letters.
   */
  public bind(target: lambda.IEventSourceMapping, targetHandler: lambda.IFunction): lambda.DlqDestinationConfig {
    return this.connect(target, targetHandler);
  }

  /**
   * Makes this the `onFailure` destination of a mapping that is an L1, as included and migrated templates have it.
   *
   * The mapping gets its `onFailure` destination, in the place of the one that it had, and the same permissions, dependencies and
   * advice as the mapping of an event source.
   *
   * @param mapping the event source mapping, on the stream that is the `source`
   * @param processor the function that the mapping invokes, with its role
   */
  public attachTo(mapping: lambda.CfnEventSourceMapping, processor: lambda.IFunction): void {
    mapping.destinationConfig = { onFailure: this.connect(mapping, processor) };
  }

  /**
   * Lets an operator look: `ls`, `show`, `export` and `queues` of `npx stream-dlq`.
   *
   * Receiving messages and giving them back, reading the dead letters in S3, `kms:Decrypt` on the keys that are known, and finding the
   * functions: `tag:GetResources`, which AWS allows on all resources only. Who may receive may keep messages from others for a while.
   * One that takes no policies of this app, such as an `ArnPrincipal`, is let in by queues, buckets and keys only, which is warned of.
   *
   * A `RedriveFunction` is included, also one that is defined later, but not in a later stack than that of the grantee, unless that is nested.
   *
   * @param grantee who looks: a role, a user, a group, a policy
   */
  public grantRead(grantee: iam.IGrantable): iam.Grant {
    return this._operators.grantRead(grantee);
  }

  /**
   * Lets an operator do all that `npx stream-dlq` does, but for `redrive --to-stream` and `redrive --remote`.
   *
   * What `grantRead()` allows, and: deleting and sending messages, putting smaller dead letters into the overflow bucket, invoking the
   * processors of the mappings and, to read records again, the functions that write dead letters, and writing to `auditLogGroup`.
   *
   * Mappings and a `RedriveFunction` that come later are included, but not those in a later stack than that of the grantee, unless that is
   * nested. Another
   * function than the processor, for `redrive --function`, is granted by its own `grantInvoke()`.
   *
   * @param grantee who redrives: a role, a user, a group, a policy
   */
  public grantRedrive(grantee: iam.IGrantable): iam.Grant {
    return this._operators.grantRedrive(grantee);
  }

  /**
   * Lets an operator do `redrive --to-stream` as well: what `grantRedrive()` allows, and putting records into the stream.
   *
   * Not for the stream of a table, which nothing can put a change back into.
   *
   * @param grantee who redrives: a role, a user, a group, a policy
   */
  public grantRedriveToStream(grantee: iam.IGrantable): iam.Grant {
    const grant = this._operators.grantRedriveToStream(grantee);
    if (!grant) {
      fail(this, '`source` must be a Kinesis stream for grantRedriveToStream(), got: the stream of a table, which takes no records; use grantRedrive()');
    }
    return grant;
  }

  private connect(mapping: Mapping, handler: lambda.IFunction): lambda.DlqDestinationConfig {
    this.mappings.push(mapping);
    keepQualifier(mapping, handler);
    const processor = { function: handler, invokedArn: Lazy.string({ produce: () => invokedArn(mapping, handler) }) };
    this._parts.processors.add(processor);
    adviseOn(mapping, handler, this.source, this._rereads);
    this.source._validate(mapping);
    validateWindow(mapping);

    // The one that stands by as well: the mapping used it before, or is going to.
    for (const capture of this.captures) mapping.node.addDependency(capture.delivery);
    this.admit(mapping, processor);
    return { destination: this.capture.destinationArn };
  }

  private admit(mapping: Mapping, processor: Processor): void {
    const { node, role } = processor.function;
    if (!role) {
      Annotations.of(this).addWarningV2(
        'cdk-stream-dlq:processorWithoutRole',
        `processor '${node.path}' is imported without its role, so it was not allowed to send failure records; ` +
          `import it by Function.fromFunctionAttributes() with its role, or allow it yourself: ${this.textOf(this.captures.flatMap(({ needs }) => needs))}`,
      );
      return;
    }
    const deliveries = this.captures.map((capture) => capture.admit(processor, role));
    // Lambda loses the failure record when the mapping is there before the permission.
    mapping.node.addDependency(...deliveries.map(({ permission }) => permission));
    const missing = deliveries.flatMap((delivery) => delivery.missing);
    if (missing.length === 0) return;
    Annotations.of(this).addWarningV2(
      'cdk-stream-dlq:roleWithoutPolicyUpdates',
      `the role of processor '${node.path}' takes no policy updates, so it was not allowed to send failure records; ` +
        `allow it yourself: ${this.textOf(missing)}`,
    );
  }

  private textOf(needs: readonly Allowed[]): string {
    return needs.map((it) => textOfStatement(this, it)).join(', ');
  }

  private get captures(): Capture[] {
    return this.standbyCapture ? [this.capture, this.standbyCapture] : [this.capture];
  }

  private validateProps(props: StreamDlqProps, capture: FailureCapture): void {
    const { standbyCapture, source } = props;
    const { region } = Stack.of(this);
    if (areDifferent(source._region, region)) {
      fail(
        this,
        `\`source\` must be a stream of the region of its StreamDlq, got: one of ${source._region} for a StreamDlq of ${region}; ` +
          'no mapping reads across regions: define both in a stack of the region of the stream',
      );
    }
    if (standbyCapture && standbyCapture._name === capture._name) {
      fail(
        this,
        `\`standbyCapture\` must be of the other kind than \`capture\`, got: ${capture._name} for both; ` +
          'remove it: it is for changing from one kind to the other',
      );
    }
    if (props.queue && props.queue.queueArn === props.undeliverableQueue?.queueArn) {
      fail(this, '`undeliverableQueue` must be another queue than `queue`, got: the same for both; its messages are no dead letters');
    }
    refuseSharedQueues(this, props);
    if (props.undeliverableQueue?.fifo) {
      fail(this, '`undeliverableQueue` must be a standard queue, got: a FIFO queue; neither SNS nor Lambda delivers failed events to it');
    }
    checkKey(this, '`encryptionKey`', props.encryptionKey);
    checkKey(this, 'the key of `queue`', props.queue?.encryptionMasterKey);
    checkKey(this, 'the key of `undeliverableQueue`', props.undeliverableQueue?.encryptionMasterKey);
    checkKey(this, 'the key of `overflowBucket`', props.overflowBucket?.encryptionKey);
    checkKey(this, 'the key of `source`', source._encryptionKey);
    if (props.auditLogGroup) checkAuditLogGroup(this, props.auditLogGroup);
    this.validateEffect(props, 'queueRetentionPeriod');
    this.validateEffect(props, 'removalPolicy');
    const captures = standbyCapture ? [capture, standbyCapture] : [capture];
    if (!captures.some((it) => it._definesTopic)) {
      this.validateEffect(props, 'encryptionKey', captures.some((it) => it._rereads) ? ['topic'] : []);
    }
    if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
      fail(this, '`removalPolicy` must be one that queues and buckets have, got: SNAPSHOT; use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY');
    }
    // A pointer with its attributes has to fit, too.
    checkInteger(this, 'queueMaxMessageSizeBytes', props.queueMaxMessageSizeBytes, 2_048, LARGEST_MESSAGE_BYTES);
  }

  /** A prop of what is defined here says nothing where everything it is for was given. */
  private validateEffect(props: StreamDlqProps, prop: keyof StreamDlqOptions, givenToCapture: string[] = []): void {
    if (props[prop] === undefined || !props.queue || !props.undeliverableQueue || !props.overflowBucket) return;
    const names = ['queue', 'undeliverableQueue', 'overflowBucket', ...givenToCapture].map((name) => `\`${name}\``).join(', ');
    fail(this, `\`${prop}\` is for what is defined here, got: it beside ${names}, which leave nothing to define; set it on those`);
  }
}
