import { AlarmsOptions } from './alarms-options';
import { AlarmChoice, alarmChoices } from './private/alarm-kinds';

/**
 * The CloudWatch alarms of a `StreamDlq` and of its processors, of a `RedriveFunction` or of a `QueueProcessor`.
 *
 * Each alarm is billed by the number of its metrics: about $0.10 a month for one.
 *
 * @see https://aws.amazon.com/cloudwatch/pricing/
 *
 * @example
 * declare const fn: IFunction;
 * declare const onCall: ITopic;
 * new KinesisStreamProcessor(this, 'Orders', {
 *   processor: fn,
 *   alarmActions: [new SnsAction(onCall)],
 *   alarms: Alarms.all({ iteratorAge: { threshold: 600000 } }),
 * });
 */
export class Alarms {
  /**
   * No alarms: somebody else watches.
   *
   * @returns the set, for `alarms`
   */
  public static none(): Alarms {
    return new Alarms({ set: 'none', options: {} });
  }

  /**
   * The alarms without which failures and losses are silent: something waits in one of the queues, or a failure record was lost.
   *
   * @param options what to change
   * @returns the set, for `alarms`
   */
  public static essential(options: AlarmsOptions = {}): Alarms {
    return new Alarms({ set: 'essential', options });
  }

  /**
   * The essential alarms, and alarms that report a loss before it happens, or its cause.
   *
   * @param options what to change
   * @returns the set, for `alarms`
   */
  public static all(options: AlarmsOptions = {}): Alarms {
    return new Alarms({ set: 'all', options });
  }

  private constructor(choice: AlarmChoice) {
    alarmChoices.set(this, choice);
  }
}
