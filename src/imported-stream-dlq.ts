import { Duration, Resource } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct, IConstruct } from 'constructs';
import { AlarmProps } from './alarm-props';
import { OVERFLOW_PREFIX } from './contract';
import { CAPTURE_FUNCTION_WITHOUT_ROLE } from './private/access-rules';
import { AlarmSet } from './private/alarm-set';
import { checkSameEnvironment, fail, isKnown } from './private/checks';
import { LARGEST_MESSAGE_BYTES, LONGEST_RETENTION } from './private/dead-letter-queue';
import { defineProcessorAlarms } from './private/dlq-alarms';
import { Capture, DlqParts, dlqParts } from './private/dlq-parts';
import { validateStorage } from './private/dlq-validation';
import { checkKey } from './private/encryption-key';
import { topicDestination } from './private/hydrate-capture';
import { ObservableList } from './private/observable-list';
import { annotate } from './private/rules';
import { bucketDestination } from './private/s3-capture';
import { grantReadOfSources } from './private/source-permissions';
import { registerDlq, StreamDlqBase } from './stream-dlq-base';

/**
 * Attributes of an existing `StreamDlq`. Alarms that are chosen here are those of the processors of this app.
 */
export interface StreamDlqAttributes extends AlarmProps {
  /**
   * The dead-letter queue.
   */
  readonly queue: sqs.IQueue;

  /**
   * The undeliverable queue.
   */
  readonly undeliverableQueue: sqs.IQueue;

  /**
   * The bucket of dead letters that are over the limit of the queue.
   */
  readonly overflowBucket: s3.IBucket;

  /**
   * What the keys of the dead letters in `overflowBucket` begin with: the environment variable `OVERFLOW_PREFIX` of `captureFunction`. An
   * overflow bucket that several `StreamDlq`s share has a folder for each, such as `dead-letters/1f2e3d4c/`.
   *
   * Permissions to read and write dead letters are for this prefix only.
   *
   * @default 'dead-letters/', which allows the dead letters of every `StreamDlq` that shares the bucket
   */
  readonly overflowPrefix?: string;

  /**
   * The function that writes dead letters. Import it by `Function.fromFunctionAttributes()` with its role, which is then allowed to read
   * further sources.
   */
  readonly captureFunction: lambda.IFunction;

  /**
   * The topic that Lambda sends failure records to, with `FailureCapture.hydrate()`.
   *
   * @default - `captureBucket` is used; exactly one of the two must be given
   */
  readonly topic?: sns.ITopic;

  /**
   * The bucket that Lambda writes failed batches to, with `FailureCapture.s3()`.
   *
   * Where the app of the `StreamDlq` imported the bucket itself, its function ignores batches of streams that are not sources there: add the
   * streams of this app there too, by `addSource()`.
   *
   * @default - `topic` is used; exactly one of the two must be given
   */
  readonly captureBucket?: s3.IBucket;

  /**
   * The largest message that the dead-letter queue takes, in bytes, from 2048 to 1048576.
   *
   * @default 1048576
   */
  readonly queueMaxMessageSizeBytes?: number;

  /**
   * Log group of what operators do.
   *
   * @default - none
   */
  readonly auditLogGroup?: logs.ILogGroup;
}

/** A prefix becomes part of the resources of policies, where `*` and `?` are wildcards. */
const PREFIX = new RegExp(`^${OVERFLOW_PREFIX}([^*?$]+/)?$`);

/** A `StreamDlq` of another stack or app. */
export class ImportedStreamDlq extends StreamDlqBase {
  // The members of IStreamDlq are documented there.
  /* eslint-disable awscdk/require-jsdoc */
  public readonly queue: sqs.IQueue;
  public readonly undeliverableQueue: sqs.IQueue;
  public readonly overflowBucket: s3.IBucket;
  public readonly captureFunction: lambda.IFunction;
  public readonly auditLogGroup?: logs.ILogGroup;
  /* eslint-enable awscdk/require-jsdoc */

  constructor(scope: Construct, id: string, props: StreamDlqAttributes) {
    super(scope, id);
    if (!props.topic === !props.captureBucket) {
      fail(
        this,
        `exactly one of \`topic\` and \`captureBucket\` must be given, got: ${props.topic ? 'both' : 'neither'}; ` +
          'pass the one that Lambda sends failed batches to',
      );
    }
    checkPlace(this, props);
    validateStorage(this, props);
    checkKey(this, 'the key of `topic`', props.topic?.masterKey);
    checkKey(this, 'the key of `captureBucket`', props.captureBucket?.encryptionKey);
    const { overflowPrefix = OVERFLOW_PREFIX } = props;
    if (isKnown(overflowPrefix) && !PREFIX.test(overflowPrefix)) {
      fail(
        this,
        `\`overflowPrefix\` must begin with ${OVERFLOW_PREFIX} and end with /, without wildcards, got: ${overflowPrefix}; pass the environment ` +
          'variable OVERFLOW_PREFIX of `captureFunction`',
      );
    }
    this.queue = props.queue;
    this.undeliverableQueue = props.undeliverableQueue;
    this.overflowBucket = props.overflowBucket;
    this.captureFunction = props.captureFunction;
    this.auditLogGroup = props.auditLogGroup;
    const parts: DlqParts = {
      dlq: this,
      isOfOtherApp: !partsOf(props).some((it) => Resource.isOwnedResource(it)),
      queue: props.queue,
      ownsQueue: false,
      maxMessageBytes: props.queueMaxMessageSizeBytes ?? LARGEST_MESSAGE_BYTES,
      undeliverableQueue: props.undeliverableQueue,
      overflow: { bucket: props.overflowBucket, isOwn: false, prefix: overflowPrefix },
      messageLifetime: Duration.days(2 * LONGEST_RETENTION.toDays()),
      storage: {},
      auditLogGroup: props.auditLogGroup,
      alarms: new AlarmSet(this, props),
      customMetrics: false,
      captures: [],
      sources: new ObservableList(),
      mappings: new ObservableList(),
      processors: new ObservableList(),
      redriveFunctions: new ObservableList(),
    };
    dlqParts.set(this, parts);
    parts.captures.push(captureOf(parts, props));
    defineProcessorAlarms(parts);
    registerDlq(parts);
  }
}

/** The capture function reads streams of its own Region, and Lambda sends failure records by the policies of one account. */
function checkPlace(dlq: Construct, { captureFunction, topic, captureBucket }: StreamDlqAttributes): void {
  for (const [attribute, it] of Object.entries({ captureFunction, topic, captureBucket })) {
    if (!it) continue;
    checkSameEnvironment(dlq, attribute, it, {
      of: 'the streams',
      what: 'stack',
      fix: 'import a StreamDlq of this account and Region, or define one here: the dead letters would be lost',
    });
  }
}

function partsOf({ queue, undeliverableQueue, overflowBucket, captureFunction, topic, captureBucket }: StreamDlqAttributes): IConstruct[] {
  return [queue, undeliverableQueue, overflowBucket, captureFunction, topic, captureBucket].flatMap((it) => it ?? []);
}

function captureOf(parts: DlqParts, { topic, captureBucket: bucket, captureFunction }: StreamDlqAttributes): Capture {
  const rereads = topic !== undefined;
  if (rereads && captureFunction.role) grantReadOfSources(parts, captureFunction.role);
  else if (rereads) {
    const { path } = captureFunction.node;
    parts.sources.each(({ construct }) => annotate(parts.dlq, CAPTURE_FUNCTION_WITHOUT_ROLE, { path, source: construct.node.path }));
  }
  return {
    function: captureFunction,
    rereads,
    topic,
    bucket,
    destination: topic ? topicDestination(topic) : bucketDestination(parts.dlq, bucket!),
    delivery: [],
    deliveredBy: { service: rereads ? 'sns.amazonaws.com' : 'events.amazonaws.com', from: 'the existing StreamDlq' },
  };
}
