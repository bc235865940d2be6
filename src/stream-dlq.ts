import { Annotations, Duration, Lazy, Names, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, DependencyGroup, IConstruct, IDependable } from 'constructs';
import { Environment, InvokeIdentity, OVERFLOW_FOLDER } from './contract';
import { checkDuration, checkInteger } from './private/check-range';
import { fail } from './private/fail';
import { HydrateFunction } from './private/hydrate-function';
import { messageLimitOf } from './private/message-limit';
import { areDifferentStreams, identityOfStream, streamOfMapping } from './private/source-of-mapping';
import { StreamDlqOptions } from './stream-dlq-options';
import { StreamSource } from './stream-source';

/** The most that SQS takes as one message. */
const LARGEST_MESSAGE_BYTES = 1_048_576;

/** What writing to an encrypted queue or topic takes of its key. */
const WRITE_WITH_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Topics that were given, by app and ARN, each with the one that has subscribed to it. */
const topicsInUse = new WeakMap<IConstruct, Map<string, StreamDlq>>();

/** The longest that SQS keeps a message. */
const LONGEST_RETENTION_DAYS = 14;

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
 * Several mappings of the same stream may share one.
 *
 * It belongs into the stack of the stream or into a later one, and the processors into the same stack or later ones: the
 * mapping refers to the topic, and the hydrate function to the stream.
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
 *   onFailure: new StreamDlq(this, 'Dlq', { source: StreamSource.kinesis(stream) }),
 * }));
 */
export class StreamDlq extends Construct implements lambda.IEventSourceDlq {
  /**
   * The stream whose failed batches become dead letters.
   */
  public readonly source: StreamSource;

  /**
   * The topic that Lambda sends failure records to.
   */
  public readonly topic: sns.ITopic;

  /**
   * The function that reads the records of a failed batch again.
   */
  public readonly hydrateFunction: lambda.IFunction;

  /**
   * The dead-letter queue.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The bucket of dead letters that are over the limit of the queue.
   */
  public readonly overflowBucket: s3.IBucket;

  /**
   * The queue of events that the hydrate function could not turn into dead letters.
   */
  public readonly undeliverableQueue: sqs.IQueue;

  /** All that has to be there before the first failure record: SNS drops what nobody has subscribed to yet. */
  private readonly delivery = new DependencyGroup();
  private readonly identities: InvokeIdentity[] = [];
  private readonly mappings: lambda.IEventSourceMapping[] = [];

  constructor(scope: Construct, id: string, props: StreamDlqProps) {
    super(scope, id);
    this.source = props.source;
    this.validateProps(props);

    const maxMessageBytes = props.queueMaxMessageSizeBytes ?? messageLimitOf(props.queue) ?? LARGEST_MESSAGE_BYTES;
    this.queue = props.queue ?? this.defineQueue('Queue', props, maxMessageBytes);
    this.undeliverableQueue = props.undeliverableQueue ?? this.defineQueue('UndeliverableQueue', props);
    this.overflowBucket = props.overflowBucket ?? this.defineOverflowBucket(props);
    this.topic = props.topic ?? this.defineTopic(props);

    const hydrate = new HydrateFunction(this, 'Hydrate', {
      asset: props.source._asset,
      architecture: props.hydrateArchitecture,
      memorySize: props.hydrateMemorySize,
      timeout: props.hydrateTimeout,
      logGroup: props.hydrateLogGroup,
      reservedConcurrency: props.hydrateReservedConcurrency,
      environment: {
        [Environment.QUEUE_URL]: this.queue.queueUrl,
        [Environment.QUEUE_MAX_MESSAGE_BYTES]: String(maxMessageBytes),
        [Environment.OVERFLOW_BUCKET]: this.overflowBucket.bucketName,
        [Environment.UNDELIVERABLE_QUEUE_URL]: this.undeliverableQueue.queueUrl,
        [Environment.STREAM_ARN]: props.source.streamArn,
        [Environment.STREAM_RETENTION_HOURS]: String(props.source._retention.toHours()),
        // Mappings are bound later, one by one.
        [Environment.INVOKE_IDENTITIES]: Lazy.string({ produce: () => Stack.of(this).toJsonString(this.identities) }),
      },
    });
    this.hydrateFunction = hydrate.function;

    props.source._grantRead(hydrate.role);
    grantSend(this.queue, hydrate.role);
    grantSend(this.undeliverableQueue, hydrate.role);
    this.grantOverflow(hydrate.role, props.overflowBucket === undefined);

    hydrate.function.configureAsyncInvoke({
      onFailure: { bind: () => ({ destination: this.undeliverableQueue.queueArn }) },
    });
    this.topic.addSubscription(
      new subscriptions.LambdaSubscription(hydrate.function, { deadLetterQueue: this.undeliverableQueue }),
    );
    this.allowSnsToUseKey();

    // Permission, subscription and invoke configuration hang off the function, the function itself comes with them.
    const { defaultChild: resource, children } = hydrate.function.node;
    this.delivery.add(...children.filter((child) => child !== resource));
    const queuePolicy = this.undeliverableQueue.node.tryFindChild('Policy');
    if (queuePolicy) this.delivery.add(queuePolicy);

    this.node.addValidation({ validate: () => this.validateMappings() });
  }

  /**
   * Called by the event source mapping that this is the `onFailure` destination of.
   *
   * Lets the processor publish to the topic, and notes its role for the records of its dead letters.
   */
  public bind(target: lambda.IEventSourceMapping, targetHandler: lambda.IFunction): lambda.DlqDestinationConfig {
    this.mappings.push(target);
    target.node.addDependency(this.delivery);

    if (targetHandler.role) {
      // Lambda loses the failure record when the mapping is there before the permission.
      target.node.addDependency(this.grantPublish(targetHandler, targetHandler.role));
      this.noteIdentity(targetHandler, targetHandler.role);
    } else {
      Annotations.of(this).addWarningV2(
        'cdk-stream-dlq:processorWithoutRole',
        `processor '${targetHandler.node.path}' is imported without its role, so it was not allowed to publish failure records; ` +
          'import it by Function.fromFunctionAttributes() with its role, or allow sns:Publish on the topic yourself',
      );
    }
    return { destination: this.topic.topicArn };
  }

  /**
   * Lets a processor publish failure records, by a policy of its own for this topic: should another topic take this one's place in
   * a later deployment, the old permission is there until the mapping has moved on.
   */
  private grantPublish(processor: lambda.IFunction, role: iam.IRole): IDependable {
    const { topicArn, masterKey } = this.topic;
    if (Resource.isOwnedResource(role)) {
      const id = `PublishTo${Names.nodeUniqueId(this.topic.node)}`;
      const statements = [
        new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [topicArn] }),
        ...(masterKey ? [new iam.PolicyStatement({ actions: WRITE_WITH_KEY, resources: [masterKey.keyArn] })] : []),
      ];
      return role.node.tryFindChild(id) ?? new iam.Policy(role, id, { statements, roles: [role] });
    }
    // An imported role may be out of reach: then it is the topic that lets it in.
    const grant = iam.Grant.addToPrincipalOrResource({
      grantee: processor,
      actions: ['sns:Publish'],
      resourceArns: [topicArn],
      resource: this.topic,
    });
    masterKey?.grant(processor, ...WRITE_WITH_KEY);
    return grant;
  }

  private noteIdentity(processor: lambda.IFunction, role: iam.IRole): void {
    // A processor of another stack depends on this one by the topic already: a reference back would make a cycle.
    const here = Stack.of(this);
    if ([processor, role].some((it) => Resource.isOwnedResource(it) && Stack.of(it) !== here)) return;
    if (this.identities.some(({ functionArn }) => functionArn === processor.functionArn)) return;
    this.identities.push({ functionArn: processor.functionArn, roleArn: role.roleArn });
  }

  private defineQueue(id: 'Queue' | 'UndeliverableQueue', props: StreamDlqProps, maxMessageSizeBytes?: number): sqs.Queue {
    return new sqs.Queue(this, id, {
      maxMessageSizeBytes,
      retentionPeriod: props.queueRetentionPeriod ?? Duration.days(LONGEST_RETENTION_DAYS),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      enforceSSL: true,
      ...(props.encryptionKey
        ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: props.encryptionKey }
        : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
    });
  }

  private defineOverflowBucket(props: StreamDlqProps): s3.Bucket {
    const retention = props.queueRetentionPeriod;
    const days = retention && !retention.isUnresolved() ? retention.toDays({ integral: false }) : LONGEST_RETENTION_DAYS;
    return new s3.Bucket(this, 'OverflowBucket', {
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      // A pointer must not outlive what it points to.
      lifecycleRules: [{ expiration: Duration.days(Math.ceil(days) + 1) }],
      ...(props.encryptionKey
        ? { encryption: s3.BucketEncryption.KMS, encryptionKey: props.encryptionKey, bucketKeyEnabled: true }
        : { encryption: s3.BucketEncryption.S3_MANAGED }),
    });
  }

  /** `grantPut` of the bucket allows legal holds and retention periods as well. */
  private grantOverflow(grantee: iam.IGrantable, own: boolean): void {
    iam.Grant.addToPrincipalOrResource({
      grantee,
      actions: ['s3:PutObject'],
      resourceArns: [this.overflowBucket.arnForObjects(`${OVERFLOW_FOLDER}/*`)],
      resource: this.overflowBucket,
      // Should the bucket ever be deleted, nobody else's of the same name gets the records.
      conditions: own ? { StringEquals: { 's3:ResourceAccount': Stack.of(this).account } } : undefined,
    });
    this.overflowBucket.encryptionKey?.grant(grantee, 'kms:GenerateDataKey');
  }

  private defineTopic(props: StreamDlqProps): sns.Topic {
    const topic = new sns.Topic(this, 'Topic', { enforceSSL: true, masterKey: props.encryptionKey });
    if (!props.encryptionKey) {
      // Every principal of the account that may publish may use this key. Set on the resource, because a key object would have
      // grants written for it that name all keys of the account.
      (topic.node.defaultChild as sns.CfnTopic).kmsMasterKeyId = 'alias/aws/sns';
    }
    return topic;
  }

  /** SNS itself writes to the undeliverable queue when it cannot reach the hydrate function. */
  private allowSnsToUseKey(): void {
    this.undeliverableQueue.encryptionMasterKey?.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('sns.amazonaws.com')],
        actions: WRITE_WITH_KEY,
        // In a key policy this is the key itself.
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
  }

  private validateProps(props: StreamDlqProps): void {
    if (props.topic?.fifo) {
      fail(this, '`topic` must be a standard topic, got: a FIFO topic; Lambda does not send failure records to it, nor does it invoke functions');
    }
    if (props.topic) this.claimTopic(props.topic);
    if (props.queue && props.queue.queueArn === props.undeliverableQueue?.queueArn) {
      fail(this, '`undeliverableQueue` must be another queue than `queue`, got: the same for both; its messages are no dead letters');
    }
    if (props.undeliverableQueue?.fifo) {
      fail(this, '`undeliverableQueue` must be a standard queue, got: a FIFO queue; neither SNS nor Lambda delivers failed events to it');
    }
    this.validateEffect(props, 'queueRetentionPeriod', ['queue', 'undeliverableQueue', 'overflowBucket']);
    this.validateEffect(props, 'removalPolicy', ['queue', 'undeliverableQueue', 'overflowBucket']);
    this.validateEffect(props, 'encryptionKey', ['queue', 'undeliverableQueue', 'overflowBucket', 'topic']);
    if (props.removalPolicy === RemovalPolicy.SNAPSHOT) {
      fail(this, '`removalPolicy` must be one that queues and buckets have, got: SNAPSHOT; use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY');
    }
    // A pointer with its attributes has to fit, too.
    checkInteger(this, 'queueMaxMessageSizeBytes', props.queueMaxMessageSizeBytes, 2_048, LARGEST_MESSAGE_BYTES);
    checkInteger(this, 'hydrateReservedConcurrency', props.hydrateReservedConcurrency, 1, Number.MAX_SAFE_INTEGER);
    checkInteger(this, 'hydrateMemorySize', props.hydrateMemorySize, 128, 10_240);
    checkDuration(this, 'hydrateTimeout', props.hydrateTimeout, Duration.minutes(1), Duration.minutes(15));
  }

  private claimTopic(topic: sns.ITopic): void {
    const topics = topicsInUse.get(this.node.root) ?? new Map<string, StreamDlq>();
    topicsInUse.set(this.node.root, topics);
    const other = topics.get(topic.topicArn);
    if (other) {
      fail(this, `\`topic\` must serve one StreamDlq only, got: a topic that '${other.node.path}' has subscribed to; share that StreamDlq instead`);
    }
    topics.set(topic.topicArn, this);
  }

  /** A prop of what is defined here says nothing where everything it is for was given. */
  private validateEffect(props: StreamDlqProps, prop: keyof StreamDlqOptions, given: readonly (keyof StreamDlqOptions)[]): void {
    if (props[prop] === undefined || given.some((name) => props[name] === undefined)) return;
    const names = given.map((name) => `\`${name}\``).join(', ');
    fail(this, `\`${prop}\` is for what is defined here, got: it beside ${names}, which leave nothing to define; set it on those`);
  }

  private validateMappings(): string[] {
    const own = identityOfStream(this.source.streamArn);
    return this.mappings.flatMap((mapping) => {
      const read = streamOfMapping(mapping);
      return areDifferentStreams(own, read)
        ? [
            `\`source\` must be the stream that the mapping reads, got: ${own} as the source, and ${read} behind mapping ` +
              `'${mapping.node.path}'; define one StreamDlq for each stream`,
          ]
        : [];
    });
  }
}

/** `grantSendMessages` of the queue allows three actions, and more of its key; sending takes these. */
function grantSend(queue: sqs.IQueue, grantee: iam.IGrantable): void {
  queue.grant(grantee, 'sqs:SendMessage');
  queue.encryptionMasterKey?.grant(grantee, ...WRITE_WITH_KEY);
}
