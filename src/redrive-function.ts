import { Duration, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { BundledFunctionOptions } from './bundled-function-options';
import { Asset, Environment, FunctionRole, OperatorActions } from './contract';
import { defineBundledFunction } from './private/bundled-function';
import { DlqParts } from './private/capture';
import { checkInteger } from './private/check-range';
import { acknowledgeRulesOfChildren } from './private/compliance';
import { checkKey } from './private/encryption-key';
import { fail } from './private/fail';
import { checkGranted } from './private/granted';
import { grantInvoke, grantOnLogGroup, grantOnQueue, grantOverflow, grantReadOfLetters, grantSend } from './private/grants';
import { LARGEST_MESSAGE_BYTES, letterQueueProps } from './private/letter-queue';
import { checkParkingQueue, parkingLimitOf, watchParkingQueue } from './private/parking-queue';
import { usesOf } from './private/queue-uses';
import { adviseOnConsumers, adviseOnMissing, adviseOnProcessor, adviseOnSharing, settleQueue } from './private/redrive-advice';
import { checkRedrivePlace } from './private/redrive-place';
import { StreamDlq } from './stream-dlq';

/**
 * Properties of `RedriveFunction`.
 */
export interface RedriveFunctionProps extends BundledFunctionOptions {
  /**
   * The `StreamDlq` whose dead letters are sent to their processors again. Its dead-letter queue may have one `RedriveFunction`, which
   * sends those of every `StreamDlq` of the app that shares the queue.
   *
   * A dead-letter queue that the `StreamDlq` defines gets a visibility timeout of six times `timeout`. One that was given needs
   * `timeout` at the least, or Lambda refuses the mapping; AWS advises six times as long.
   */
  readonly dlq: StreamDlq;

  /**
   * Where dead letters go that the function has given up on, and messages that it does not send: as they were, with the message
   * attribute `reason`. A standard queue, or a FIFO queue where the dead-letter queue is one. It takes messages as large as those
   * of the dead-letter queue, and should keep them as long: a queue that says nothing keeps them for 4 days. Several may share one,
   * which is for parking only.
   *
   * Large dead letters that are parked are in the overflow bucket. One that the `StreamDlq` defines keeps them a day longer than the
   * parking queue keeps messages, and 15 days where that is imported; see to it in a bucket of your own.
   *
   * @default - a new queue is defined, like those of the `StreamDlq`: with its `encryptionKey`, `queueRetentionPeriod` and
   * `removalPolicy`, TLS only, kept when the stack is deleted
   */
  readonly parkingQueue?: sqs.IQueue;

  /**
   * The most dead letters that are under way at once, from 2 to 1000. On a FIFO queue it is one for each shard.
   *
   * Each invokes its processor beside the batches that come from the stream: leave them their share of the concurrency of the account.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
   * @default 2
   */
  readonly maxConcurrency?: number;

  /**
   * How often a dead letter is sent before it is parked, from 1 to 10. The pauses between grow longer each time.
   *
   * SQS counts them, by how often it has given the message out: a look at it while it was in the queue counts as well. One that could not
   * be sent, for a permission that is missing, a processor without room or an attempt that broke off, is given out up to 25 times more
   * before it is parked, which takes hours. So is one that the parking queue refuses, and its processor gets it each time.
   *
   * @default 3
   */
  readonly maxAttempts?: number;

  /**
   * Whether a `SUPERSET` is sent as well: a dead letter that also holds records that did not fail, which the processor then gets a
   * second time.
   *
   * @default false: they are parked, like those with records missing
   */
  readonly sendSuperset?: boolean;

  /**
   * Timeout of the function, from 1 to 15 minutes. It waits for the processor, so it takes longer than that has.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
   * @default Duration.minutes(15)
   */
  readonly timeout?: Duration;

  /**
   * Instances of the function that are reserved for it, at least `maxConcurrency`: others of the account cannot use them.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
   * @default - none: it shares the concurrency of the account
   */
  readonly reservedConcurrency?: number;
}

/**
 * Sends dead letters to their processors again, in AWS, for as long as it is switched on: for more of them than one wants to send from a
 * terminal. It does what `npx stream-dlq redrive` does, with the same code.
 *
 * It defines a function, a mapping from the dead-letter queue to it, which is off, and a parking queue. `stream-dlq redrive --remote
 * start` switches the mapping on, `--remote stop` off again; so does a deployment that changes the mapping. Only dead letters that hold
 * exactly the records that failed are sent, unless `sendSuperset` says otherwise. What fails `maxAttempts` times is parked, with the
 * reason, and of what fails in part only the rest; nothing goes back into the dead-letter queue, so it cannot loop.
 *
 * Where `dlq` has an `auditLogGroup`, each thing that it does is a line there before the message leaves the queue. Should the log group
 * refuse, dead letters are sent all the same, and the lines are in the function's own log, as `audit line not written`.
 *
 * While it is on, the dead-letter queue is empty soon, whatever fails meanwhile: have an alarm on the parking queue as well.
 *
 * Define it in the stack of the processors, in the parent of their nested stacks, or in a stack that depends on it, of the same account and
 * region: it is allowed to invoke those that the mappings of the `StreamDlq` have. For others, such as those of another app, or a
 * function whose mapping has an alias by now, use `processor.grantInvoke(redrive.function)`.
 *
 * @example
 * declare const orders: KinesisStreamProcessor;
 *
 * const redrive = new RedriveFunction(this, 'Redrive', { dlq: orders.dlq, maxConcurrency: 10 });
 * redrive.parkingQueue.metricApproximateNumberOfMessagesVisible().createAlarm(this, 'Parked', { threshold: 1, evaluationPeriods: 1 });
 */
export class RedriveFunction extends Construct {
  /**
   * The function that sends dead letters again.
   */
  public readonly function: lambda.IFunction;

  /**
   * The queue of what it has given up on, or does not send.
   */
  public readonly parkingQueue: sqs.IQueue;

  /**
   * The event source mapping between the dead-letter queue and the function: disabled until it is switched on.
   */
  public readonly mapping: lambda.IEventSourceMapping;

  private readonly dlq: StreamDlq;

  constructor(scope: Construct, id: string, props: RedriveFunctionProps) {
    super(scope, id);
    this.dlq = props.dlq;
    const { _parts: parts } = props.dlq;
    const { maxConcurrency = 2, maxAttempts = 3, sendSuperset = false, timeout = Duration.minutes(15) } = props;
    checkRedrivePlace(this, parts);
    this.validateDlq(parts);
    this.validateProps(props, maxConcurrency);
    checkKey(this, 'the key of `parkingQueue`', props.parkingQueue?.encryptionMasterKey);
    if (props.parkingQueue) checkParkingQueue(this, props.parkingQueue, parts);

    this.parkingQueue =
      props.parkingQueue ??
      // Without a limit of its own: a parked message also has a reason.
      new sqs.Queue(this, 'ParkingQueue', { ...letterQueueProps(parts.queueSettings), fifo: parts.queue.fifo || undefined });
    watchParkingQueue(this, this.parkingQueue, parts);

    const bundled = defineBundledFunction(this, {
      asset: Asset.REDRIVE,
      functionRole: FunctionRole.REDRIVE,
      description: 'Sends dead letters to their processors again while it is switched on (cdk-stream-dlq)',
      architecture: props.architecture,
      memorySize: props.memorySize,
      timeout,
      reservedConcurrency: props.reservedConcurrency,
      logGroup: props.logGroup,
      auditLogGroup: parts.auditLogGroup,
      environment: {
        [Environment.QUEUE_URL]: parts.queue.queueUrl,
        [Environment.PARKING_QUEUE_URL]: this.parkingQueue.queueUrl,
        // What it sends goes to the parking queue.
        [Environment.QUEUE_MAX_MESSAGE_BYTES]: String(props.parkingQueue ? parkingLimitOf(props.parkingQueue, parts) : LARGEST_MESSAGE_BYTES),
        [Environment.OVERFLOW_BUCKET]: parts.overflowBucket.bucketName,
        [Environment.MAX_ATTEMPTS]: String(maxAttempts),
        [Environment.SEND_SUPERSET]: String(sendSuperset),
        ...(parts.auditLogGroup && { [Environment.AUDIT_LOG_GROUP]: parts.auditLogGroup.logGroupName }),
      },
    });
    this.function = bundled.function;
    this.allow(bundled.role, timeout);
    adviseOnMissing(this, usesOf(this, parts.queue).letters);
    adviseOnConsumers(this, parts.queue);

    settleQueue(this, parts, { timeout, maxAttempts });
    this.mapping = new lambda.EventSourceMapping(this, 'Mapping', {
      target: bundled.function,
      eventSourceArn: parts.queue.queueArn,
      enabled: false,
      // One fails by itself, and has all the time of an invocation for itself.
      batchSize: 1,
      reportBatchItemFailures: true,
      maxConcurrency,
    });
    acknowledgeRulesOfChildren(this);
    parts.redriveFunctions.add(this);
    usesOf(this, parts.queue).redriveFunctions.add(this);
  }

  /**
   * Lets an operator switch it on and off: `npx stream-dlq redrive --remote start|stop|status`.
   *
   * What `grantRead()` of the `StreamDlq` allows, and: looking at this mapping and changing it, and writing to `auditLogGroup`.
   * `lambda:ListEventSourceMappings`, by which the tool finds it, AWS allows on all resources only.
   *
   * @param grantee who operates it: a role, a user, a group, a policy
   */
  public grantOperate(grantee: iam.IGrantable): iam.Grant {
    return this.dlq._operators.grantOperate(this, grantee);
  }

  private allow(role: iam.IRole, timeout: Duration): void {
    const { _parts: parts } = this.dlq;
    checkGranted(
      this,
      role,
      // `grantConsumeMessages` of the queue allows more of its key, and `sqs:GetQueueUrl`, which nothing here calls.
      ...grantOnQueue(parts.queue, role, {
        QUEUE: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        KEY: ['kms:Decrypt'],
      }),
      ...grantSend(this.parkingQueue, role),
      ...grantOverflow(parts, role),
      ...(parts.auditLogGroup ? [grantOnLogGroup(parts.auditLogGroup, role, OperatorActions.REDRIVE.AUDIT_LOG_GROUP)] : []),
    );
    // Several may share the queue: it gets the dead letters of each.
    usesOf(this, parts.queue).letters.each((dlq) => {
      if (adviseOnSharing(this, dlq, this.dlq)) this.allowFor(dlq, role, timeout);
    });
  }

  private allowFor({ _parts: parts, captureBucket }: StreamDlq, role: iam.IRole, timeout: Duration): void {
    checkGranted(this, role, ...grantReadOfLetters(parts, captureBucket, role));
    parts.processors.each((processor) => {
      if (adviseOnProcessor(this, parts.dlq, processor.function, timeout)) checkGranted(this, role, grantInvoke(processor, role));
    });
  }

  private validateDlq({ queue }: DlqParts): void {
    const [other] = usesOf(this, queue).redriveFunctions.present;
    if (!other) return;
    fail(
      this,
      `the dead-letter queue of \`dlq\` must have one RedriveFunction only, got: '${other.node.path}' as well; ` +
        'remove one of the two: it sends the dead letters of every StreamDlq on that queue',
    );
  }

  private validateProps({ maxAttempts, reservedConcurrency }: RedriveFunctionProps, maxConcurrency: number): void {
    checkInteger(this, 'maxConcurrency', maxConcurrency, 2, 1_000);
    checkInteger(this, 'maxAttempts', maxAttempts, 1, 10);
    const known = reservedConcurrency !== undefined && !Token.isUnresolved(reservedConcurrency) && !Token.isUnresolved(maxConcurrency);
    if (known && reservedConcurrency < maxConcurrency) {
      fail(
        this,
        `\`reservedConcurrency\` must be \`maxConcurrency\` at the least, got: ${reservedConcurrency} for ${maxConcurrency}; what is throttled ` +
          'is received in vain: lower `maxConcurrency`, which is enough to limit it',
      );
    }
  }
}
