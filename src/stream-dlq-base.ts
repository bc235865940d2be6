import { Lazy } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { CustomMetric } from './contract';
import { DeadLetterStatus } from './dead-letter-status';
import { PROCESSOR_WITHOUT_ROLE, ROLE_WITHOUT_POLICY_UPDATES } from './private/access-rules';
import { dashboardWidgets } from './private/dashboard';
import { DlqParts, dlqParts, Processor } from './private/dlq-parts';
import { checkSourceKeys, checkTableReaders } from './private/dlq-rules';
import { validateSourceRegion } from './private/dlq-validation';
import { functionOfMapping } from './private/function-of-mapping';
import { Permission, statementJson } from './private/granted';
import { grantDelivery, permissionsFor } from './private/grants';
import { invokedArn, invokeWithQualifier } from './private/invoked-function';
import { checkMapping } from './private/mapping-rules';
import { forgetMappingsOfApp } from './private/mappings-of-app';
import { customMetric, functionMetric, messagesOf, oldestMessageAge } from './private/metrics';
import { Operators } from './private/operators';
import { queueUsage } from './private/queue-usage';
import { annotate } from './private/rules';
import { Mapping, mappingErrors, overriddenDestinationErrors } from './private/source-of-mapping';
import { streamKinds } from './private/stream-kind';
import { IStreamDlq } from './stream-dlq-interface';
import { StreamSource } from './stream-source';

/**
 * What a `StreamDlq` of this app and an imported one have in common.
 *
 * @internal
 */
export abstract class StreamDlqBase extends Construct implements IStreamDlq {
  public abstract readonly queue: sqs.IQueue;
  public abstract readonly undeliverableQueue: sqs.IQueue;
  public abstract readonly overflowBucket: s3.IBucket;
  public abstract readonly captureFunction: lambda.IFunction;
  public abstract readonly auditLogGroup?: logs.ILogGroup;

  private readonly sourceList: StreamSource[] = [];

  /**
   * The streams whose failed batches become dead letters.
   */
  public get sources(): StreamSource[] {
    return [...this.sourceList];
  }

  /**
   * Adds a stream whose failed batches become dead letters. Adding it twice has no effect.
   *
   * A `KinesisStreamProcessor` or a `DynamoStreamProcessor` adds its own source. The capture function is allowed to read the stream, where
   * its mappings are defined in this app.
   *
   * @param source the stream
   */
  public addSource(source: StreamSource): void {
    const { sources } = dlqParts.of(this);
    const kind = streamKinds.of(source);
    validateSourceRegion(this, kind);
    if (this.sourceList.some(({ streamArn }) => streamArn === kind.streamArn)) return;
    this.sourceList.push(source);
    sources.add(kind);
  }

  /**
   * Called by the event source mapping that this is the `onFailure` destination of.
   *
   * Lets the processor send to the topic or the bucket.
   *
   * @param target the event source mapping
   * @param targetHandler the function that the mapping invokes
   * @returns the destination
   */
  public bind(target: lambda.IEventSourceMapping, targetHandler: lambda.IFunction): lambda.DlqDestinationConfig {
    return this.connect(target, targetHandler);
  }

  /**
   * Makes this the `onFailure` destination of an L1 mapping, which included and migrated templates have.
   *
   * The mapping gets this destination instead of the one it had, and the same permissions, dependencies and warnings as the mapping of an
   * event source. Its stream must be a source.
   *
   * @param mapping the event source mapping
   * @param processor the function that the mapping invokes, with its role: only where the app does not define the function. Otherwise the
   * function that the mapping names, which may be an L1 as well as its role
   */
  public attachTo(mapping: lambda.CfnEventSourceMapping, processor?: lambda.IFunction): void {
    mapping.destinationConfig = { onFailure: this.connect(mapping, processor ?? functionOfMapping(mapping)) };
    mapping.node.addValidation({ validate: () => overriddenDestinationErrors(mapping) });
  }

  /**
   * Lets a consumer receive dead letters: receive and delete messages of the dead-letter queue and change their visibility, read dead
   * letters in S3, and `kms:Decrypt` on the keys that are known.
   *
   * @param grantee the function or other consumer
   * @returns the grant
   */
  public grantConsumeDeadLetters(grantee: iam.IGrantable): iam.Grant {
    return this.grants.grantConsume(grantee);
  }

  /**
   * Lets an operator look at dead letters: `ls`, `show`, `export` and `queues` of `npx stream-dlq`.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  public grantOperatorRead(grantee: iam.IGrantable): iam.Grant {
    return this.grants.grantRead(grantee);
  }

  /**
   * Lets an operator read what the processors logged, so that `npx stream-dlq` says why they failed.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  public grantReadLogs(grantee: iam.IGrantable): iam.Grant {
    return this.grants.grantReadLogs(grantee);
  }

  /**
   * Lets an operator do everything that `npx stream-dlq` does, except `redrive --to-stream`, `redrive --remote` and reading logs.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  public grantOperatorRedrive(grantee: iam.IGrantable): iam.Grant {
    return this.grants.grantRedrive(grantee);
  }

  /**
   * Lets an operator do `redrive --to-stream` too: what `grantOperatorRedrive()` allows, and putting records into the Kinesis streams that
   * are sources. A stream of a table takes no records.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  public grantOperatorRedriveToStream(grantee: iam.IGrantable): iam.Grant {
    return this.grants.grantRedriveToStream(grantee);
  }

  /**
   * Dead letters that wait in the queue, those that somebody looks at included.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricDeadLetters(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return messagesOf(this.queue, 'Dead letters', options);
  }

  /**
   * Events that wait in the undeliverable queue.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricUndeliverables(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression {
    return messagesOf(this.undeliverableQueue, 'Undeliverables', options);
  }

  /**
   * Age of the oldest dead letter, in seconds. Maximum.
   *
   * SQS leaves out messages that were received three times or more.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricOldestDeadLetterAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return oldestMessageAge(this.queue, options);
  }

  /**
   * Failed invocations of the capture function. Sum. Each event is tried again, and is in the undeliverable queue in the end. An invocation of
   * the hydrate function fails where it handled no message of its batch.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricCaptureErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return functionMetric(this.captureFunction, 'Errors', options);
  }

  /**
   * Throttled invocations of the capture function. Sum.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricCaptureThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return functionMetric(this.captureFunction, 'Throttles', options);
  }

  /**
   * Dead letters that the capture function has sent to the queue. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricDeadLettersSent(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.queue, CustomMetric.DEAD_LETTERS_SENT, options);
  }

  /**
   * Dead letters without all of their records: PARTIAL, EXPIRED or UNREADABLE. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricIncompleteDeadLetters(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.queue, CustomMetric.INCOMPLETE_DEAD_LETTERS, options);
  }

  /**
   * Records in the dead letters that the capture function has sent. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricRecordsRecovered(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.queue, CustomMetric.RECORDS_RECOVERED, options);
  }

  /**
   * Records that failed and are not in their dead letters. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricRecordsMissing(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.queue, CustomMetric.RECORDS_MISSING, options);
  }

  /**
   * Milliseconds from the failure of a batch to its dead letter in the queue. Maximum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricCaptureLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.queue, CustomMetric.CAPTURE_LATENCY, { statistic: cloudwatch.Stats.MAXIMUM, ...options });
  }

  /**
   * Bytes of dead letters over the limit of the queue, which are in S3. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  public metricOverflowBytes(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.queue, CustomMetric.OVERFLOW_BYTES, options);
  }

  /**
   * Dead letters of one status that the capture function has sent to the queue. Sum. Needs `customMetrics`.
   *
   * @param status the status
   * @param options options of the metric
   * @returns the metric
   */
  public metricDeadLettersSentWithStatus(status: DeadLetterStatus, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return customMetric(this, this.queue, CustomMetric.DEAD_LETTERS_SENT, options, status);
  }

  /**
   * Six widgets for a dashboard, which fill a row: what comes in, is processed, fails, is captured, waits and is redriven.
   *
   * What is added later, such as a `RedriveFunction`, appears too. A dashboard costs about $3 a month.
   *
   * @returns the widgets, from left to right
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
   */
  public dashboardWidgets(): cloudwatch.IWidget[] {
    return dashboardWidgets(dlqParts.of(this));
  }

  private get grants(): Operators {
    return new Operators(dlqParts.of(this));
  }

  private connect(mapping: Mapping, handler: lambda.IFunction): lambda.DlqDestinationConfig {
    const parts = dlqParts.of(this);
    parts.mappings.add(mapping);
    invokeWithQualifier(mapping, handler);
    const processor = { function: handler, mapping, invokedArn: Lazy.string({ produce: () => invokedArn(mapping, handler) }) };
    parts.processors.add(processor);
    checkMapping(mapping, handler, parts);

    // A kept capture too: the mapping used it before, or is going to.
    for (const { delivery } of parts.captures) mapping.node.addDependency(...delivery);
    this.allowDelivery(parts, mapping, processor);
    return { destination: parts.captures[0].destination.arn };
  }

  private allowDelivery({ captures }: DlqParts, mapping: Mapping, processor: Processor): void {
    const { node, role } = processor.function;
    const textOf = (needs: readonly Permission[]) => needs.map((it) => statementJson(this, it)).join(', ');
    if (!role) {
      const needed = captures.flatMap(({ destination }) => permissionsFor(destination));
      annotate(this, PROCESSOR_WITHOUT_ROLE, { path: node.path, statement: textOf(needed) });
      return;
    }
    const deliveries = captures.map(({ destination }) => grantDelivery(processor.function, role, destination));
    // Lambda loses the failure record when the mapping exists before the permission.
    mapping.node.addDependency(...deliveries.map(({ permission }) => permission));
    const missing = deliveries.flatMap((delivery) => delivery.missing);
    if (missing.length > 0) annotate(this, ROLE_WITHOUT_POLICY_UPDATES, { path: node.path, statement: textOf(missing) });
  }
}

/** Makes a `StreamDlq` known to the app, and checks its mappings at synth. */
export function registerDlq(parts: DlqParts): void {
  const { dlq, queue, undeliverableQueue, mappings, sources } = parts;
  dlq.node.addValidation({
    validate: () => {
      // The checks before this one were the last of this synth.
      forgetMappingsOfApp(dlq);
      return mappingErrors(mappings.entries, sources.entries.map(({ streamArn }) => streamArn));
    },
  });
  checkTableReaders(parts);
  checkSourceKeys(parts);
  queueUsage(dlq, queue).deadLetters.add(parts);
  queueUsage(dlq, undeliverableQueue).undeliverables.add(parts);
}
