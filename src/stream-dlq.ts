import { Annotations, Duration, Lazy, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, DependencyGroup } from 'constructs';
import { Environment, InvokeIdentity } from './contract';
import { checkDuration, checkInteger } from './private/check-range';
import { fail } from './private/fail';
import { HydrateFunction } from './private/hydrate-function';
import { identityOfStream, streamOfMapping } from './private/source-of-mapping';
import { StreamSource } from './stream-source';

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
   * Customer managed key for the queues and the topic defined here.
   *
   * The key policy of an imported key must let `sns.amazonaws.com` use `kms:Decrypt` and `kms:GenerateDataKey`, for
   * notifications that go to the undeliverable queue; that of a key of this app is extended.
   *
   * @see https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
   * @default - the queues are encrypted with keys that SQS manages (SSE-SQS), the topic with the AWS managed key for SNS
   */
  readonly encryptionKey?: kms.IKey;

  /**
   * What happens to the queues defined here when they leave the stack, or the stack is deleted.
   *
   * Unlike for other queues the default is to keep them: they hold what failed, often the only copy once the stream's
   * retention is over.
   *
   * @default RemovalPolicy.RETAIN
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
   * Log group of the hydrate function. Its lines tell which dead letters were written, never what is in them.
   *
   * @default - a new log group is defined that keeps its events for a month
   */
  readonly hydrateLogGroup?: logs.ILogGroup;
}

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
 * The processor's role is known only within the app: records of a processor in another stack, or of one imported without its
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
    this.validate(props);

    this.queue = props.queue ?? this.defineQueue('Queue', props);
    this.undeliverableQueue = props.undeliverableQueue ?? this.defineQueue('UndeliverableQueue', props);
    this.topic = props.topic ?? this.defineTopic(props);

    const hydrate = new HydrateFunction(this, 'Hydrate', {
      asset: props.source._asset,
      architecture: props.hydrateArchitecture,
      memorySize: props.hydrateMemorySize,
      timeout: props.hydrateTimeout,
      logGroup: props.hydrateLogGroup,
      environment: {
        [Environment.QUEUE_URL]: this.queue.queueUrl,
        [Environment.STREAM_ARN]: props.source.streamArn,
        // Mappings are bound later, one by one.
        [Environment.INVOKE_IDENTITIES]: Lazy.string({ produce: () => Stack.of(this).toJsonString(this.identities) }),
      },
    });
    this.hydrateFunction = hydrate.function;

    props.source._grantRead(hydrate.role);
    grantSend(this.queue, hydrate.role);
    grantSend(this.undeliverableQueue, hydrate.role);

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
      const publish = iam.Grant.addToPrincipalOrResource({
        grantee: targetHandler,
        actions: ['sns:Publish'],
        resourceArns: [this.topic.topicArn],
        resource: this.topic,
      });
      this.topic.masterKey?.grant(targetHandler, 'kms:Decrypt', 'kms:GenerateDataKey');
      // Lambda loses the failure record when the mapping is there before the permission.
      publish.applyBefore(target);
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

  private noteIdentity(processor: lambda.IFunction, role: iam.IRole): void {
    // A processor of another stack depends on this one by the topic already: a reference back would make a cycle.
    const here = Stack.of(this);
    if ([processor, role].some((it) => Resource.isOwnedResource(it) && Stack.of(it) !== here)) return;
    if (this.identities.some(({ functionArn }) => functionArn === processor.functionArn)) return;
    this.identities.push({ functionArn: processor.functionArn, roleArn: role.roleArn });
  }

  private defineQueue(id: 'Queue' | 'UndeliverableQueue', props: StreamDlqProps): sqs.Queue {
    return new sqs.Queue(this, id, {
      retentionPeriod: props.queueRetentionPeriod ?? Duration.days(14),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.RETAIN,
      enforceSSL: true,
      ...(props.encryptionKey
        ? { encryption: sqs.QueueEncryption.KMS, encryptionMasterKey: props.encryptionKey }
        : { encryption: sqs.QueueEncryption.SQS_MANAGED }),
    });
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
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // In a key policy this is the key itself.
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
  }

  private validate(props: StreamDlqProps): void {
    if (props.topic?.fifo) {
      fail(this, '`topic` must be a standard topic, got: a FIFO topic; Lambda does not send failure records to it, nor does it invoke functions');
    }
    if (props.undeliverableQueue?.fifo) {
      fail(this, '`undeliverableQueue` must be a standard queue, got: a FIFO queue; neither SNS nor Lambda delivers failed events to it');
    }
    if (props.queue && props.undeliverableQueue) {
      for (const prop of ['queueRetentionPeriod', 'removalPolicy'] as const) {
        if (props[prop] !== undefined) {
          fail(this, `\`${prop}\` has no effect beside \`queue\` and \`undeliverableQueue\`, got: all three; set it on the queues themselves`);
        }
      }
      if (props.topic && props.encryptionKey) {
        fail(
          this,
          '`encryptionKey` has no effect beside `queue`, `undeliverableQueue` and `topic`, got: all four; encrypt the queues and the topic themselves',
        );
      }
    }
    checkInteger(this, 'hydrateMemorySize', props.hydrateMemorySize, 128, 10_240);
    checkDuration(this, 'hydrateTimeout', props.hydrateTimeout, Duration.minutes(1), Duration.minutes(15));
  }

  private validateMappings(): string[] {
    const own = identityOfStream(this.source.streamArn);
    return this.mappings.flatMap((mapping) => {
      const read = streamOfMapping(mapping);
      return own === undefined || read === undefined || own === read
        ? []
        : [
            `\`source\` must be the stream that the mapping reads, got: ${own} as the source, and ${read} behind mapping ` +
              `'${mapping.node.path}'; define one StreamDlq for each stream`,
          ];
    });
  }
}

/** `grantSendMessages` of the queue allows three actions, and more of its key; sending takes these. */
function grantSend(queue: sqs.IQueue, grantee: iam.IGrantable): void {
  queue.grant(grantee, 'sqs:SendMessage');
  queue.encryptionMasterKey?.grant(grantee, 'kms:Decrypt', 'kms:GenerateDataKey');
}
