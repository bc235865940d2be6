import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Alarms } from './alarms';

/**
 * Which alarms a construct defines, and their actions.
 */
export interface AlarmProps {
  /**
   * What happens when the state of an alarm becomes ALARM, and when it becomes OK again: at least one action, such as a message to a topic.
   *
   * Without `alarms`, it turns on `Alarms.essential()`.
   *
   * CloudWatch must be allowed to send to the topic of an `SnsAction`, by the policy of the topic and of its key; synth warns where a topic of this
   * app refuses it. A `LambdaAction` needs `useUniquePermissionId`.
   *
   * @see https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cloudwatch_actions-readme.html
   * @default - none; for a `RedriveFunction`, those of its `dlq`
   */
  readonly alarmActions?: cloudwatch.IAlarmAction[];

  /**
   * Which alarms are defined.
   *
   * @default - for a `RedriveFunction`, those of its `dlq`. Where there are none, `Alarms.essential()` with `alarmActions`, and otherwise none,
   * which synth reports once
   */
  readonly alarms?: Alarms;
}
