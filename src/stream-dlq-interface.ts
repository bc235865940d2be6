import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct } from 'constructs';
import { DeadLetterStatus } from './dead-letter-status';
import { StreamSource } from './stream-source';

/**
 * A `StreamDlq`: one that this app defines, or one that is imported by `StreamDlq.fromStreamDlqAttributes()`.
 */
export interface IStreamDlq extends IConstruct, lambda.IEventSourceDlq {
  /**
   * The dead-letter queue.
   */
  readonly queue: sqs.IQueue;

  /**
   * The queue of events that the function could not turn into dead letters.
   */
  readonly undeliverableQueue: sqs.IQueue;

  /**
   * The bucket of dead letters that are over the limit of the queue.
   */
  readonly overflowBucket: s3.IBucket;

  /**
   * The function that writes dead letters: it reads failed records again, or takes them from the objects that Lambda wrote to S3.
   */
  readonly captureFunction: lambda.IFunction;

  /**
   * Log group of what operators do, where there is one.
   */
  readonly auditLogGroup?: logs.ILogGroup;

  /**
   * The streams whose failed batches become dead letters.
   */
  readonly sources: StreamSource[];

  /**
   * Adds a stream whose failed batches become dead letters. Adding it twice has no effect.
   *
   * A `KinesisStreamProcessor` or a `DynamoStreamProcessor` adds its own source. The capture function is allowed to read the stream, where
   * its mappings are defined in this app.
   *
   * @param source the stream
   */
  addSource(source: StreamSource): void;

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
  attachTo(mapping: lambda.CfnEventSourceMapping, processor?: lambda.IFunction): void;

  /**
   * Lets a consumer receive dead letters: receive and delete messages of the dead-letter queue and change their visibility, read dead
   * letters in S3, and `kms:Decrypt` on the keys that are known.
   *
   * @param grantee the function or other consumer
   * @returns the grant
   */
  grantConsumeDeadLetters(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets an operator look at dead letters: `ls`, `show`, `export` and `queues` of `npx stream-dlq`.
   *
   * That is: receiving messages and giving them back, reading dead letters in S3, `kms:Decrypt` on the keys that are known, looking up how
   * long Kinesis streams keep records, and finding the functions by `tag:GetResources`, which AWS allows on all resources only. Who may
   * receive messages may hide them from others for a while. A grantee that takes no policies of this app, such as an `ArnPrincipal`, is
   * allowed by the policies of queues, buckets and keys only: synth warns about it.
   *
   * A `RedriveFunction` is included, also one that is defined later, but not one in a stack that depends on the stack of the grantee, unless
   * that is a nested stack.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  grantOperatorRead(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets an operator read what the processors logged, so that `npx stream-dlq` says why they failed. No other grant includes it: error
   * messages quote records, and a log has its own access control.
   *
   * That is `logs:FilterLogEvents` and `logs:GetLogEvents` on the log groups of the functions of the mappings, those of mappings that are
   * defined later included. For a function with its own log group, it is also `lambda:GetFunctionConfiguration`, which names the log
   * group and shows the environment variables. Of an imported function, the log group must be Lambda's default, `/aws/lambda/NAME`.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  grantReadLogs(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets an operator do everything that `npx stream-dlq` does, except `redrive --to-stream`, `redrive --remote` and reading logs.
   *
   * That is what `grantOperatorRead()` allows, and: deleting and sending messages, writing smaller dead letters to the overflow bucket,
   * invoking the processors of the mappings and, to read records again, the functions that write dead letters, reading the items of tables
   * that are sources, and writing to `auditLogGroup`. What the processors logged is for `grantReadLogs()`.
   *
   * Mappings and a `RedriveFunction` that are defined later are included, but not those in a stack that depends on the stack of the grantee,
   * unless that is a nested stack. For another function than the processor, as in `redrive --function`, use its own `grantInvoke()`.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  grantOperatorRedrive(grantee: iam.IGrantable): iam.Grant;

  /**
   * Lets an operator do `redrive --to-stream` too: what `grantOperatorRedrive()` allows, and putting records into the Kinesis streams that
   * are sources. A stream of a table takes no records.
   *
   * @param grantee the operator: a role, a user, a group or a policy
   * @returns the grant
   */
  grantOperatorRedriveToStream(grantee: iam.IGrantable): iam.Grant;

  /**
   * Dead letters that wait in the queue, those that somebody looks at included.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricDeadLetters(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression;

  /**
   * Events that wait in the undeliverable queue.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricUndeliverables(options?: cloudwatch.MathExpressionOptions): cloudwatch.MathExpression;

  /**
   * Age of the oldest dead letter, in seconds. Maximum.
   *
   * SQS leaves out messages that were received three times or more.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricOldestDeadLetterAge(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Failed invocations of the capture function. Sum. Each event is tried again, and is in the undeliverable queue in the end. An invocation of
   * the hydrate function fails where it handled no message of its batch.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricCaptureErrors(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Throttled invocations of the capture function. Sum.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricCaptureThrottles(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Dead letters that the capture function has sent to the queue. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricDeadLettersSent(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Dead letters without all of their records: PARTIAL, EXPIRED or UNREADABLE. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricIncompleteDeadLetters(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Records in the dead letters that the capture function has sent. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricRecordsRecovered(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Records that failed and are not in their dead letters. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricRecordsMissing(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Milliseconds from the failure of a batch to its dead letter in the queue. Maximum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricCaptureLatency(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Bytes of dead letters over the limit of the queue, which are in S3. Sum. Needs `customMetrics`.
   *
   * @param options options of the metric
   * @returns the metric
   */
  metricOverflowBytes(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Dead letters of one status that the capture function has sent to the queue. Sum. Needs `customMetrics`.
   *
   * @param status the status
   * @param options options of the metric
   * @returns the metric
   */
  metricDeadLettersSentWithStatus(status: DeadLetterStatus, options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /**
   * Six widgets for a dashboard, which fill a row: what comes in, is processed, fails, is captured, waits and is redriven.
   *
   * What is added later, such as a `RedriveFunction`, appears too. A dashboard costs about $3 a month.
   *
   * @returns the widgets, from left to right
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Dashboards.html
   */
  dashboardWidgets(): cloudwatch.IWidget[];
}
