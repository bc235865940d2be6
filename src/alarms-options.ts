import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';

/**
 * How urgent an alarm is. The description of the alarm begins with it.
 */
export enum AlarmSeverity {
  /**
   * Data is lost, or waits for a person. The alarm is part of the composite alarm for `pagingActions`.
   */
  CRITICAL = 'CRITICAL',

  /**
   * Nothing is lost yet. The alarm is not part of the composite alarm.
   */
  WARNING = 'WARNING',
}

/**
 * What to change of one alarm.
 */
export interface AlarmOverrides {
  /**
   * Whether the alarm is defined.
   *
   * @default - as the set of alarms has it: `Alarms.essential()` or `Alarms.all()`
   */
  readonly enabled?: boolean;

  /**
   * The value at or above which a period counts, above 0: messages, failures, or seconds for `oldestDeadLetter`, `oldestFailureRecord` and
   * `oldestMessage`, and milliseconds for `iteratorAge`.
   *
   * @default - 1; for `oldestDeadLetter` three quarters of the retention of the queue, 4 days where synth does not know it, less the retention of
   * the source queue for a standard queue of a `QueueProcessor`; 45 minutes for `oldestFailureRecord`; for `iteratorAge` half of the retention of
   * the stream, of which Lambda reads 7 days at most, or less where `maxRecordAge` is below it; for `oldestMessage` half of the retention of the
   * queue
   */
  readonly threshold?: number;

  /**
   * The length of a period: a multiple of a minute. All periods together are at most a day, or 7 days with periods of an hour or more.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
   * @default - 1 minute for what waits in a queue, otherwise 5 minutes
   */
  readonly period?: Duration;

  /**
   * How many of the latest periods the alarm looks at, at least 1.
   *
   * @default - 2 for what waits in a queue: one period flaps, because looking at messages hides them; 3 for `iteratorAge` and
   * `oldestMessage`, otherwise 1
   */
  readonly evaluationPeriods?: number;

  /**
   * How many of those periods must reach the threshold, from 1 to `evaluationPeriods`.
   *
   * @default - all of them
   */
  readonly datapointsToAlarm?: number;

  /**
   * How urgent the alarm is.
   *
   * @default - CRITICAL, but WARNING for `captureErrors`, `captureThrottles`, `redriveErrors`, `iteratorAge` and `oldestMessage`
   */
  readonly severity?: AlarmSeverity;

  /**
   * What happens when the state of this alarm becomes ALARM, and when it becomes OK again. An empty list is allowed.
   *
   * @default - `alarmActions` of the construct
   */
  readonly actions?: cloudwatch.IAlarmAction[];
}

/**
 * Options of a set of alarms.
 */
export interface AlarmsOptions {
  /**
   * Dead letters wait in the queue: that of a `StreamDlq`, or the `deadLetterQueue` of a `QueueProcessor`. Essential.
   *
   * @default - defined with `Alarms.essential()`
   */
  readonly deadLetters?: AlarmOverrides;

  /**
   * Events that could not become dead letters wait in the undeliverable queue. Essential.
   *
   * @default - defined with `Alarms.essential()`
   */
  readonly undeliverables?: AlarmOverrides;

  /**
   * A failure record waits in the intake queue for 45 minutes: the hydrate function does not get it, or is too slow. Essential.
   *
   * @default - defined with `Alarms.essential()`
   */
  readonly oldestFailureRecord?: AlarmOverrides;

  /**
   * Dead letters that a `RedriveFunction` has given up on wait in the parking queue. Essential.
   *
   * @default - defined with `Alarms.essential()`
   */
  readonly parkedDeadLetters?: AlarmOverrides;

  /**
   * Lambda could not send the failure record of a batch: the batch is lost once it leaves the stream. One alarm for each processor.
   * Essential.
   *
   * @default - defined with `Alarms.essential()`
   */
  readonly destinationDeliveryFailures?: AlarmOverrides;

  /**
   * The oldest dead letter is soon deleted by SQS.
   *
   * @default - defined with `Alarms.all()`
   */
  readonly oldestDeadLetter?: AlarmOverrides;

  /**
   * A dead letter without all of its records was sent: its status is PARTIAL, EXPIRED or UNREADABLE. Needs `customMetrics`.
   *
   * @default - defined with `Alarms.all()`
   */
  readonly incompleteDeadLetters?: AlarmOverrides;

  /**
   * Lambda discarded records without sending a failure record. One alarm for each mapping, which gets the mapping metrics for it: six metrics,
   * billed as custom metrics.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
   * @default - defined with `Alarms.all()`
   */
  readonly droppedEvents?: AlarmOverrides;

  /**
   * The capture function fails. It is tried again, and the event is in the undeliverable queue in the end. The hydrate function counts where it
   * handled no message of a batch.
   *
   * @default - defined with `Alarms.all()`
   */
  readonly captureErrors?: AlarmOverrides;

  /**
   * The capture function is throttled: records may leave the stream before it reads them.
   *
   * @default - defined with `Alarms.all()`
   */
  readonly captureThrottles?: AlarmOverrides;

  /**
   * An event for the capture function is lost: neither the function nor the undeliverable queue took it.
   *
   * @default - defined with `Alarms.all()`
   */
  readonly captureDeliveryFailures?: AlarmOverrides;

  /**
   * The `RedriveFunction` fails: it broke off, or can neither redrive nor park a dead letter at the last of its receives, which takes hours.
   *
   * @default - defined with `Alarms.all()`
   */
  readonly redriveErrors?: AlarmOverrides;

  /**
   * A processor is behind its stream by more than half of the time that the stream keeps records. One alarm for each processor.
   *
   * @default - defined with `Alarms.all()`
   */
  readonly iteratorAge?: AlarmOverrides;

  /**
   * A `QueueProcessor` is behind its queue by more than half of the time that the queue keeps messages.
   *
   * @default - defined with `Alarms.all()`
   */
  readonly oldestMessage?: AlarmOverrides;

  /**
   * Actions of one composite alarm, which is in ALARM while any of the alarms of severity CRITICAL is: for a pager that is called once for an
   * incident. A processor in another stack has alarms there, which call these actions themselves. More than 38 alarms take further composite
   * alarms, without actions.
   *
   * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm.html
   * @default - no composite alarm is defined
   */
  readonly pagingActions?: cloudwatch.IAlarmAction[];

  /**
   * URL of a runbook that you maintain. The alarm descriptions link to it, with `#` and the name of the alarm in lower case at the end, such as
   * `#deadletters`.
   *
   * @default - the runbook of this library
   */
  readonly runbookUrl?: string;
}
