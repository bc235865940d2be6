import { Duration } from 'aws-cdk-lib';
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { AlarmSeverity, AlarmsOptions } from '../alarms-options';
import { Internals } from './internals';

/** Which alarms an app has chosen. */
export interface AlarmChoice {
  readonly set: 'none' | 'essential' | 'all';
  readonly options: AlarmsOptions;
}

/** By `Alarms`. */
export const alarmChoices = new Internals<AlarmChoice>('an Alarms');

/** The alarms, by their names in `AlarmsOptions`. */
export type AlarmName = Exclude<keyof AlarmsOptions, 'pagingActions' | 'runbookUrl'>;

/** How an alarm is defined unless an app changes it. */
export interface AlarmKind {
  readonly isEssential: boolean;
  readonly severity: AlarmSeverity;
  readonly period: Duration;
  readonly evaluationPeriods: number;
  readonly treatMissingData: TreatMissingData;
  /** What it means, with the path of the construct that it is about. */
  description(path: string): string;
}

/** What waits in a queue: SQS says nothing of a queue that has been idle for hours. */
const WAITING = {
  isEssential: true,
  severity: AlarmSeverity.CRITICAL,
  period: Duration.minutes(1),
  // Looking at messages hides them for half a minute, and the two counts are not of the same moment: one period flaps.
  evaluationPeriods: 2,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} as const;

/** What a service counts when it happens, and says nothing of otherwise. */
const HAPPENED = {
  isEssential: false,
  severity: AlarmSeverity.CRITICAL,
  period: Duration.minutes(5),
  evaluationPeriods: 1,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} as const;

export const ALARM_KINDS: { readonly [Name in AlarmName]: AlarmKind } = {
  deadLetters: {
    ...WAITING,
    description: (path) => `Dead letters wait in the queue of ${path}. Look at them, fix the cause, and redrive them.`,
  },
  undeliverables: {
    ...WAITING,
    description: (path) => `Events that could not become dead letters wait in the undeliverable queue of ${path}. Their records may still be in the stream: rehydrate them.`,
  },
  oldestFailureRecord: {
    ...HAPPENED,
    isEssential: true,
    description: (path) => `A failure record of ${path} waits in its intake queue. Its records may leave the stream before the hydrate function reads them.`,
  },
  parkedDeadLetters: {
    ...WAITING,
    description: (path) => `${path} has given up on dead letters, which wait in its parking queue.`,
  },
  destinationDeliveryFailures: {
    ...HAPPENED,
    isEssential: true,
    description: (path) => `Lambda could not send the failure record of a batch of ${path}. No dead letter is written for it: read the batch again while it is in the stream.`,
  },
  oldestDeadLetter: {
    ...HAPPENED,
    description: (path) => `The oldest dead letter of ${path} is near the retention of its queue. SQS deletes it then: redrive or export it.`,
  },
  incompleteDeadLetters: {
    ...HAPPENED,
    description: (path) => `${path} wrote a dead letter without all of its records: they had left the stream, or could not be read.`,
  },
  droppedEvents: {
    ...HAPPENED,
    description: (path) => `Lambda discarded records for ${path} without a failure record. No dead letter is written for them.`,
  },
  captureErrors: {
    ...HAPPENED,
    severity: AlarmSeverity.WARNING,
    description: (path) => `The function that writes the dead letters of ${path} fails. It is tried again, and the event is in the undeliverable queue in the end.`,
  },
  captureThrottles: {
    ...HAPPENED,
    severity: AlarmSeverity.WARNING,
    description: (path) => `The function that writes the dead letters of ${path} is throttled. Records may leave the stream before it reads them.`,
  },
  captureDeliveryFailures: {
    ...HAPPENED,
    description: (path) => `An event for the function that writes the dead letters of ${path} is lost: the undeliverable queue did not take it.`,
  },
  redriveErrors: {
    ...HAPPENED,
    severity: AlarmSeverity.WARNING,
    description: (path) => `${path} fails: it broke off, or can neither redrive nor park a dead letter.`,
  },
  iteratorAge: {
    isEssential: false,
    severity: AlarmSeverity.WARNING,
    period: Duration.minutes(5),
    evaluationPeriods: 3,
    // Lambda says nothing while nothing is processed: that is no sign of health.
    treatMissingData: TreatMissingData.MISSING,
    description: (path) => `${path} is far behind its stream. Records that leave the stream before they are processed are lost, without a failure record.`,
  },
  oldestMessage: {
    ...HAPPENED,
    severity: AlarmSeverity.WARNING,
    evaluationPeriods: 3,
    description: (path) => `${path} is far behind its queue. SQS deletes messages at the end of their retention, without a dead letter.`,
  },
};

export const ALARM_NAMES = Object.keys(ALARM_KINDS) as AlarmName[];
