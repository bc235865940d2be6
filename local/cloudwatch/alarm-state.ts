import type { Series } from './metric-math';

export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

const TREATMENTS = ['missing', 'ignore', 'breaching', 'notBreaching'] as const;
export type TreatMissingData = (typeof TREATMENTS)[number];

export function isTreatment(text: string): text is TreatMissingData {
  return (TREATMENTS as readonly string[]).includes(text);
}

export interface AlarmSettings {
  /** N of "M out of N". */
  readonly evaluationPeriods: number;
  /** M of "M out of N". */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: TreatMissingData;
  isBreaching(value: number): boolean;
}

/**
 * How many data points an alarm retrieves. AWS documents that it is more than the evaluation periods, and shows 5 for 3: that it is always two
 * more is a guess.
 */
export function evaluationRange({ evaluationPeriods }: Pick<AlarmSettings, 'evaluationPeriods'>): number {
  return evaluationPeriods + 2;
}

/**
 * The state of an alarm. Existing data points are used first, however old they are within the evaluation range; missing ones are filled in only
 * where there are fewer than the evaluation periods.
 *
 * @param series the data points of the evaluation range, the oldest first
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 */
export function alarmState(series: Series, settings: AlarmSettings, current: AlarmState): AlarmState {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData, isBreaching } = settings;
  const existing = series.filter((value) => value !== undefined).slice(-evaluationPeriods);
  const breaching = existing.filter(isBreaching).length;
  if (breaching >= datapointsToAlarm) return 'ALARM';
  const missing = evaluationPeriods - existing.length;
  if (missing === 0 || treatMissingData === 'notBreaching') return 'OK';
  if (treatMissingData === 'breaching') return breaching + missing >= datapointsToAlarm ? 'ALARM' : 'OK';
  if (breaching < existing.length) return 'OK';
  if (treatMissingData === 'ignore') return current;
  // Too few data points, but all of them breaching: the oldest must be as old as the data points that an alarm takes.
  const oldest = series.findIndex((value) => value !== undefined);
  return oldest >= 0 && series.length - oldest >= datapointsToAlarm ? 'ALARM' : 'INSUFFICIENT_DATA';
}
