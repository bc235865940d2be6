import { AlarmsOptions } from '../alarms-options';
import { Internals } from './internals';

/** Which alarms an app has chosen. */
export interface AlarmChoice {
  readonly set: 'none' | 'essential' | 'all';
  readonly options: AlarmsOptions;
}

/** By `Alarms`. */
export const alarmChoices = new Internals<AlarmChoice>('an Alarms');
