import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { AlarmProps } from './alarm-props';
import { Asset, CustomMetric, Environment, FunctionRole, OperatorActions } from './contract';
import { DlqFunctionOptions } from './dlq-function-options';
import { AlarmSet } from './private/alarm-set';
import { checkDuration, checkInteger, checkMaxConcurrency, fail } from './private/checks';
import { acknowledgeRulesOfChildren } from './private/compliance';
import { LARGEST_MESSAGE_BYTES, storageQueueProps } from './private/dead-letter-queue';
import { DlqParts, dlqParts } from './private/dlq-parts';
import { checkKey } from './private/encryption-key';
import { checkGranted } from './private/granted';
import { grantInvoke, grantOnLogGroup, grantOnQueue, grantOverflow, grantReadObjects, grantSend } from './private/grants';
import { customMetric, functionMetric, messagesOf } from './private/metrics';
import { Operators } from './private/operators';
import { definePackagedFunction, mergeStatementsIn } from './private/packaged-function';
import { queueUsage } from './private/queue-usage';
import {
  checkParkingQueue, checkRedrive, checkRedrivePlace, configureVisibility, mayReferTo, parkingLimitOf,
} from './private/redrive-rules';
import { IStreamDlq } from './stream-dlq-interface';

/**
 * Properties of `RedriveFunction`.
 */
export interface RedriveFunctionProps extends DlqFunctionOptions, AlarmProps {
  /**
   * The `StreamDlq` whose dead letters are sent to their processors again. Its dead-letter queue may have one `RedriveFunction`, which sends
   * the dead letters of every `StreamDlq` of the app that uses the queue.
   *
   * A dead-letter queue that the `StreamDlq` defines gets a visibility timeout of six times `timeout`, unless `queueVisibilityTimeout` is
   * set. An existing queue needs at least `timeout`, otherwise Lambda refuses the mapping; AWS recommends six times as long.
   */
  readonly dlq: IStreamDlq;

  /**
   * The queue of dead letters that the function gives up on, and of messages that it does not send: as they were, with the message attribute
   * `reason`. A standard queue, or a FIFO queue where the dead-letter queue is one. It must take messages as large as those of the
   * dead-letter queue, and should keep them as long: SQS keeps messages for 4 days by default. Several `RedriveFunction`s may share it, and
   * nothing else.
   *
   * Large dead letters that are parked are in the overflow bucket. The bucket of the library keeps them a day longer than the parking queue
   * keeps messages, and 15 days where that queue is imported; in your own bucket, let them live as long.
   *
   * @default - a new queue is defined, like those of the `StreamDlq`: with its `encryptionKey` and `removalPolicy`, TLS only, kept when the
   * stack is deleted
   */
  readonly parkingQueue?: sqs.IQueue;

  /**
   * How long the parking queue that is defined here keeps messages, from 60 seconds to 14 days.
   *
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
   * @default Duration.days(14), the most that SQS offers
   */
  readonly parkingQueueRetentionPeriod?: Duration;

  /**
   * The most dead letters that are sent at the same time, from 2 to 1000. On a FIFO queue it is one for each shard.
   *
   * Each invokes its processor beside the batches that come from the stream: leave them their share of the concurrency of the account.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   * @default 2
   */
  readonly maxConcurrency?: number;

  /**
   * How often a dead letter is sent before it is parked, from 1 to 10, with longer and longer pauses.
   *
   * SQS counts the attempts by how often the message was received: each look at it in the queue counts too. A dead letter that could not be
   * sent, because of a missing permission, a throttled processor or an attempt that broke off, is received up to 25 times more before it is
   * parked, which takes hours. So is a dead letter that the parking queue refuses, and its processor gets it each time.
   *
   * @default 3
   */
  readonly maxAttempts?: number;

  /**
   * Whether a `SUPERSET` is sent too: a dead letter that also holds records that did not fail, which the processor then gets a second time.
   *
   * @default false: it is parked, like a dead letter with missing records
   */
  readonly sendSuperset?: boolean;

  /**
   * Timeout of the function, from 1 to 15 minutes. It waits for the processor, so it must be longer than the processor's timeout.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * Whether the function writes metrics: dead letters redriven, and attempts that failed. They hold no data of records.
   *
   * @default - as `dlq` has it; false for an imported one
   */
  readonly customMetrics?: boolean;
}

/**
 * Sends dead letters to their processors again, in AWS, while it is switched on: for more dead letters than you want to send from a
 * terminal. It does what `npx stream-dlq redrive` does, with the same code.
 *
 * It defines a function, a mapping from the dead-letter queue to the function, which is disabled, and a parking queue.
 * `npx stream-dlq redrive --remote start` enables the mapping and `--remote stop` disables it again; a deployment that changes the mapping
 * disables it too. The function sends only dead letters that hold exactly the records that failed, unless `sendSuperset` is set. It parks what
 * fails `maxAttempts` times, with the reason, and of what fails in part only the rest. Nothing goes back to the dead-letter queue, so it
 * cannot loop.
 *
 * Where `dlq` has an `auditLogGroup`, the function writes a line there for each action before the message leaves the queue. When the log
 * group refuses, it sends dead letters all the same and writes the lines to its own log, as `audit line not written`.
 *
 * While it is switched on, the dead-letter queue is soon empty, whatever fails. Watch the parking queue: the alarm `parkedDeadLetters` does.
 *
 * Define it in the stack of the processors, in the parent of their nested stacks, or in a stack that depends on it, of the same account and
 * Region: it may invoke the functions of the mappings of the `StreamDlq`. For other functions, such as those of another app, or the previous
 * function of a mapping that has an alias now, use `processor.grantInvoke(redrive.function)`.
 *
 * @example
 * declare const ordersDlq: IStreamDlq;
 * new RedriveFunction(this, 'Redrive', { dlq: ordersDlq, maxConcurrency: 10 });
 */
export class RedriveFunction extends Construct implements ec2.IConnectable {
  /**
   * The function that sends dead letters again.
   */
  public readonly function: lambda.IFunction;

  /**
   * The queue of dead letters that it gives up on, and of messages that it does not send.
   */
  public readonly parkingQueue: sqs.IQueue;

  /**
   * The event source mapping between the dead-letter queue and the function: disabled until it is switched on.
   */
  public readonly mapping: lambda.IEventSourceMapping;

  /**
   * Connections of the function. Throws where the function is not in a VPC.
   */
  public get connections(): ec2.Connections {
    return this.function.connections;
  }

  private readonly parts: DlqParts;

  constructor(scope: Construct, id: string, props: RedriveFunctionProps) {
    super(scope, id);
    mergeStatementsIn(this);
    const parts = dlqParts.of(props.dlq);
    this.parts = parts;
    const { maxConcurrency = 2, maxAttempts = 3, sendSuperset = false, timeout = Duration.minutes(15) } = props;
    checkRedrivePlace(this, parts);
    this.validateDlq(parts);
    this.validateProps(props, maxConcurrency);
    checkKey(this, 'the key of `parkingQueue`', props.parkingQueue?.encryptionMasterKey);
    if (props.parkingQueue) checkParkingQueue(this, props.parkingQueue, parts);

    this.parkingQueue =
      props.parkingQueue ??
      // Without a size limit: a parked message also has a reason.
      new sqs.Queue(this, 'ParkingQueue', {
        ...storageQueueProps(parts.storage, props.parkingQueueRetentionPeriod),
        fifo: parts.queue.fifo || undefined,
      });

    const packaged = definePackagedFunction(this, {
      asset: Asset.REDRIVE,
      functionRole: FunctionRole.REDRIVE,
      description: 'Sends dead letters to their processors again while it is switched on (cdk-stream-dlq)',
      options: props,
      timeout,
      encryptionKey: parts.storage.encryptionKey,
      auditLogGroup: parts.auditLogGroup,
      customMetrics: props.customMetrics ?? parts.customMetrics,
      environment: {
        [Environment.QUEUE_URL]: parts.queue.queueUrl,
        [Environment.PARKING_QUEUE_URL]: this.parkingQueue.queueUrl,
        // What it sends goes to the parking queue.
        [Environment.QUEUE_MAX_MESSAGE_BYTES]: String(props.parkingQueue ? parkingLimitOf(props.parkingQueue, parts) : LARGEST_MESSAGE_BYTES),
        [Environment.OVERFLOW_BUCKET]: parts.overflow.bucket.bucketName,
        [Environment.OVERFLOW_PREFIX]: parts.overflow.prefix,
        [Environment.MAX_ATTEMPTS]: String(maxAttempts),
        [Environment.SEND_SUPERSET]: String(sendSuperset),
        ...(parts.auditLogGroup && { [Environment.AUDIT_LOG_GROUP]: parts.auditLogGroup.logGroupName }),
      },
    });
    this.function = packaged.function;
    this.allow(packaged.role);
    configureVisibility(this, parts, timeout);
    checkRedrive(this, parts, { timeout, maxAttempts, parkingQueue: this.parkingQueue });
    this.mapping = new lambda.EventSourceMapping(this, 'Mapping', {
      target: packaged.function,
      eventSourceArn: parts.queue.queueArn,
      enabled: false,
      // One fails by itself, and has all the time of an invocation for itself.
      batchSize: 1,
      reportBatchItemFailures: true,
      maxConcurrency,
    });
    const alarms = new AlarmSet(this, props, parts.alarms);
    const about = { scope: this, subject: this };
    alarms.define('parkedDeadLetters', {
      ...about,
      watches: { parkingQueue: this.parkingQueue },
      metric: (period) => this.metricParkedDeadLetters({ period }),
    });
    alarms.define('redriveErrors', { ...about, metric: (period) => this.metricErrors({ period }) });
    acknowledgeRulesOfChildren(this);
    parts.redriveFunctions.add(this);
    queueUsage(this, parts.queue).redriveFunctions.add(this);
  }

  /**
   * Lets an operator switch it on and off: `npx stream-dlq redrive --remote start|stop|status`.
   *
   * That is what `grantOperatorRead()` of the `StreamDlq` allows, and: reading and updating this mapping, and writing to `auditLogGroup`. The
   * tool finds the mapping by `lambda:ListEventSourceMappings`, which AWS allows on all resources only.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  public grantOperatorRemoteRedrive(grantee: iam.IGrantable): iam.Grant {
    return new Operators(this.parts).grantRemoteRedrive(this, grantee);
  }

  /**
   * Dead letters that wait in the parking queue.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricParkedDeadLetters(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return messagesOf(this.parkingQueue, 'Parked dead letters', options);
  }

  /**
   * Failed invocations of the function. Sum.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return functionMetric(this.function, 'Errors', options);
  }

  /**
   * Throttled invocations of the function. Sum.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return functionMetric(this.function, 'Throttles', options);
  }

  /**
   * Dead letters that the function has sent, and their processors have processed. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricDeadLettersRedriven(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.parts.queue, CustomMetric.DEAD_LETTERS_REDRIVEN, options);
  }

  /**
   * Attempts of the function after which a dead letter, or a part of it, failed again. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricRedrivesFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.parts.queue, CustomMetric.REDRIVES_FAILED, options);
  }

  private allow(role: iam.IRole): void {
    const { parts } = this;
    checkGranted(
      this,
      role,
      // `grantConsumeMessages` of the queue allows more of its key, and `sqs:GetQueueUrl`, which the function does not call.
      ...grantOnQueue(parts.queue, role, {
        QUEUE: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        KEY: ['kms:Decrypt'],
      }),
      ...grantSend(this.parkingQueue, role),
      ...grantOverflow(parts, role),
      ...(parts.auditLogGroup ? [grantOnLogGroup(parts.auditLogGroup, role, OperatorActions.REDRIVE.AUDIT_LOG_GROUP)] : []),
    );
    // Several may share the queue, which has the dead letters of each.
    queueUsage(this, parts.queue).deadLetters.each((sharing) => {
      if (mayReferTo(this, 'StreamDlq', sharing.dlq, parts)) this.allowFor(sharing, role);
    });
  }

  private allowFor(sharing: DlqParts, role: iam.IRole): void {
    checkGranted(this, role, ...grantReadObjects(sharing, role));
    sharing.processors.each((processor) => {
      if (mayReferTo(this, 'processor', processor.function, sharing)) checkGranted(this, role, grantInvoke(processor, role));
    });
  }

  private validateDlq({ queue }: DlqParts): void {
    const [other] = queueUsage(this, queue).redriveFunctions.entries;
    if (!other) return;
    fail(
      this,
      `the dead-letter queue of \`dlq\` must have one RedriveFunction only, got: '${other.node.path}' as well; ` +
        'remove one of the two: it sends the dead letters of every StreamDlq on that queue',
    );
  }

  private validateProps(props: RedriveFunctionProps, maxConcurrency: number): void {
    const { maxAttempts, reservedConcurrentExecutions: reserved, parkingQueue, parkingQueueRetentionPeriod } = props;
    checkMaxConcurrency(this, maxConcurrency, reserved);
    checkInteger(this, 'maxAttempts', maxAttempts, 1, 10);
    checkDuration(this, 'parkingQueueRetentionPeriod', parkingQueueRetentionPeriod, Duration.minutes(1), Duration.days(14));
    if (parkingQueue && parkingQueueRetentionPeriod) {
      fail(this, '`parkingQueueRetentionPeriod` must not be set with `parkingQueue`, got: both; set it where the existing resource is ' +
        'defined');
    }
  }
}
