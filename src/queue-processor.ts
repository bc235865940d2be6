import { Lazy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { QueueRole } from './contract';
import { AlarmSet } from './private/alarm-set';
import { acknowledgeRulesOfProcessor } from './private/compliance';
import { longestLifeOfMessage } from './private/dead-letter-life';
import { attachIdempotency } from './private/idempotency-table';
import { invokedArn } from './private/invoked-function';
import { functionMetric, messagesOf, oldestMessageAge } from './private/metrics';
import { reportMissingAlarms } from './private/missing-alarms';
import { defineQueueAlarms } from './private/queue-alarms';
import { queueDashboardWidgets } from './private/queue-dashboard';
import { defineQueueMapping } from './private/queue-mapping';
import { QueueOperators } from './private/queue-operators';
import { QueueParts } from './private/queue-parts';
import { checkQueueProcessor } from './private/queue-processor-rules';
import { validateQueueProcessor, validateQueues } from './private/queue-processor-validation';
import { tagForTool } from './private/resource-tags';
import { defineQueues } from './private/source-queue';
import { QueueProcessorProps } from './queue-processor-props';

/**
 * An SQS queue, the function that processes it, and the dead-letter queue of the messages that fail.
 *
 * Defines the queue, the processor and the event source mapping between them, and a dead-letter queue of SQS itself; you can pass in any of
 * the queues and the function. The settings that belong together are checked at synth: visibility timeout and timeout of the function,
 * retention of the two queues, batch size and batching window, receives and concurrency.
 *
 * A message that the processor does not process is received again after the visibility timeout. After `maxReceiveCount` receives, SQS moves it
 * to the dead-letter queue, as it was sent. SQS deletes a message at the end of its retention, processed or not: the alarm `oldestMessage` of
 * `Alarms.all()` warns before.
 *
 * @example
 * new QueueProcessor(this, 'Orders', {
 *   processorProps: {
 *     runtime: Runtime.NODEJS_24_X,
 *     handler: 'index.handler',
 *     code: Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
 *   },
 * });
 */
export class QueueProcessor extends Construct {
  /**
   * The queue.
   */
  public readonly queue: sqs.IQueue;

  /**
   * The dead-letter queue: the messages that were received too often, as they were sent.
   */
  public readonly deadLetterQueue: sqs.IQueue;

  /**
   * The function that processes the queue.
   */
  public readonly processor: lambda.IFunction;

  /**
   * The event source mapping between queue and processor.
   */
  public readonly mapping: lambda.IEventSourceMapping;

  /**
   * Log group of what operators do, where one was passed in.
   */
  public readonly auditLogGroup?: logs.ILogGroup;

  /**
   * The table in which the processor remembers what it has processed, with `idempotency`.
   */
  public readonly idempotencyTable?: dynamodb.ITable;

  private readonly parts: QueueParts;

  constructor(scope: Construct, id: string, props: QueueProcessorProps) {
    super(scope, id);
    validateQueueProcessor(this, props);
    this.auditLogGroup = props.auditLogGroup;
    this.processor = props.processor ?? new lambda.Function(this, 'Processor', props.processorProps!);
    if (!props.processor) acknowledgeRulesOfProcessor(this.processor, 'Messages that fail are moved to the dead-letter queue of their queue.');

    const queues = defineQueues(this, this.processor, props);
    this.queue = queues.queue;
    this.deadLetterQueue = queues.deadLetterQueue;
    validateQueues(this, queues, props);
    this.mapping = defineQueueMapping(this, this.processor, this.queue, props);

    const alarms = new AlarmSet(this, props);
    this.parts = {
      owner: this,
      ...queues,
      processor: {
        function: this.processor,
        mapping: this.mapping,
        invokedArn: Lazy.string({ produce: () => invokedArn(this.mapping, this.processor) }),
      },
      auditLogGroup: props.auditLogGroup,
      alarms,
    };
    defineQueueAlarms(this.parts);
    reportMissingAlarms(this, alarms);
    tagForTool(this.deadLetterQueue, QueueRole.DEAD_LETTER_QUEUE, props.auditLogGroup);
    checkQueueProcessor(this.parts);
    if (props.idempotency) {
      this.idempotencyTable = attachIdempotency(this, {
        idempotency: props.idempotency,
        processor: this.processor,
        defaults: props,
        longestLife: () => longestLifeOfMessage(queues),
      });
    }
  }

  /**
   * Lets an operator look at dead letters: the messages of the dead-letter queue, with the keys of both queues, and the queues that they came
   * from.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  public grantOperatorRead(grantee: iam.IGrantable): iam.Grant {
    return new QueueOperators(this.parts).grantRead(grantee);
  }

  /**
   * Lets an operator read what the processor logged, so that `npx stream-dlq` says why it failed.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  public grantReadLogs(grantee: iam.IGrantable): iam.Grant {
    return new QueueOperators(this.parts).grantReadLogs(grantee);
  }

  /**
   * Lets an operator look at dead letters, send them back to the queue, delete them and import them: what `grantOperatorRead()` allows, message
   * move tasks of the dead-letter queue, sending to both queues, and writing to `auditLogGroup`.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
   */
  public grantOperatorRedrive(grantee: iam.IGrantable): iam.Grant {
    return new QueueOperators(this.parts).grantRedrive(grantee);
  }

  /**
   * Dead letters that wait in the dead-letter queue.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricDeadLetters(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return messagesOf(this.deadLetterQueue, 'Dead letters', options);
  }

  /**
   * How long the oldest dead letter has been in the dead-letter queue, in seconds. Maximum.
   *
   * SQS leaves out messages that were received three times or more.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricOldestDeadLetterAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return oldestMessageAge(this.deadLetterQueue, options);
  }

  /**
   * Messages in the queue: those that wait and those that the processor has.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricMessages(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return messagesOf(this.queue, 'Messages', options);
  }

  /**
   * How far the processor is behind the queue: age of the oldest message, in seconds. Maximum.
   *
   * SQS leaves out messages that were received three times or more.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricOldestMessageAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return oldestMessageAge(this.queue, options);
  }

  /**
   * Failed invocations of the processor. Sum. A partial response is no failed invocation.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricProcessorErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return functionMetric(this.processor, 'Errors', options);
  }

  /**
   * Throttled invocations of the processor. Sum. Each counts as a receive of its messages.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricProcessorThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return functionMetric(this.processor, 'Throttles', options);
  }

  /**
   * Six widgets for a dashboard, which fill a row: what comes in, waits, is processed, fails, waits as a dead letter and is redriven.
   *
   * A dashboard costs about $3 a month.
   *
   * @returns the widgets, from left to right
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
   */
  public dashboardWidgets(): cloudwatch.IWidget[] {
    return queueDashboardWidgets(this.parts);
  }
}
