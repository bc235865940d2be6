import { Duration, IResource, Lazy, Names, Stack, Token } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Construct, IConstruct } from 'constructs';
import { AlarmProps } from '../alarm-props';
import { AlarmOverrides, AlarmSeverity } from '../alarms-options';
import { checkedAction } from './alarm-action-rules';
import { ALARM_KINDS, ALARM_NAMES, AlarmChoice, alarmChoices, AlarmName } from './alarm-kinds';
import { checkInteger, checkSameEnvironment, fail } from './checks';

const RUNBOOK = 'https://github.com/cdk-stream-dlq/cdk-stream-dlq/blob/main/docs/runbook.md';

/** The most alarms in the rule of a composite alarm: it has 10,240 characters, and the name of an alarm up to 255. */
const MOST_ALARMS = 38;

/** The most actions of an alarm for each of its states. */
const MOST_ACTIONS = 5;

const LONGEST_DESCRIPTION = 1_024;

/** An alarm of a construct. */
export interface AlarmOf {
  readonly scope: Construct;
  /** What the alarm is about. */
  readonly subject: IConstruct;
  readonly threshold?: number;
  /** The queue that the alarm watches, by the prop that it may be passed in by. */
  readonly watches?: Readonly<Record<string, IResource>>;
  metric(period: Duration): cloudwatch.IMetric;
}

/** Defines the alarms that an app has chosen. */
export class AlarmSet {
  /** Whether the app has decided about alarms: `Alarms.none()` is a decision too. */
  readonly isChosen: boolean;
  private readonly choice: AlarmChoice;
  private readonly actions: readonly cloudwatch.IAlarmAction[];
  /** The alarms of each composite alarm. The last one of each but the latest is the next composite alarm. */
  private readonly pagingGroups: cloudwatch.IAlarm[][] = [];

  /** @param inherited what is not given is as there: alarms of a `RedriveFunction` are by default those of its `StreamDlq` */
  constructor(private readonly owner: Construct, { alarms, alarmActions }: AlarmProps, private readonly inherited?: AlarmSet) {
    if (alarmActions?.length === 0) {
      fail(owner, '`alarmActions` must have at least one action, got: none; remove it, or pass `alarms` for alarms without actions');
    }
    this.isChosen = alarms !== undefined || alarmActions !== undefined || (inherited?.isChosen ?? false);
    const byDefault = inherited && (inherited.choice.set !== 'none' || !alarmActions) ? inherited.choice : undefined;
    this.choice = alarms ? alarmChoices.of(alarms) : (byDefault ?? { set: alarmActions ? 'essential' : 'none', options: {} });
    this.actions = alarmActions ?? inherited?.actions ?? [];
    this.checkOptions();
  }

  has(name: AlarmName): boolean {
    const { set, options } = this.choice;
    if (set === 'none') return false;
    return options[name]?.enabled ?? (set === 'all' || ALARM_KINDS[name].isEssential);
  }

  /** Defines an alarm, if the app has chosen it. */
  define(name: AlarmName, { scope, subject, threshold = 1, watches = {}, metric }: AlarmOf): void {
    if (!this.has(name)) return;
    this.checkPlace(name, scope, watches);
    const id = `${name[0].toUpperCase()}${name.slice(1)}Alarm`;
    if (scope.node.tryFindChild(id)) {
      fail(this.owner, `a mapping must be attached to one StreamDlq only, got: '${scope.node.path}', which another one has alarms for; attach it ` +
        'once: its failure records go to the last one');
    }
    const kind = ALARM_KINDS[name];
    const own: AlarmOverrides = this.choice.options[name] ?? {};
    const severity = own.severity ?? kind.severity;
    const evaluationPeriods = own.evaluationPeriods ?? kind.evaluationPeriods;
    // eslint-disable-next-line awscdk/require-passing-this -- beside what it watches
    const alarm = new cloudwatch.Alarm(scope, id, {
      metric: metric(own.period ?? kind.period),
      threshold: own.threshold ?? threshold,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods,
      datapointsToAlarm: own.datapointsToAlarm,
      treatMissingData: kind.treatMissingData,
      alarmDescription: this.description(`the alarm \`${name}\``, `${severity}: ${kind.description(subject.node.path)}`, `#${name.toLowerCase()}`),
    });
    const { pagingActions = [] } = this.choice.options;
    const pages = severity === AlarmSeverity.CRITICAL && pagingActions.length > 0;
    const group = pages ? this.pagingGroupOf(alarm) : undefined;
    // Without a composite alarm of its stack, the alarm pages by itself.
    const actions = [...new Set([...(own.actions ?? this.actions), ...(pages && !group ? pagingActions : [])])];
    this.tell(alarm, actions);
    group?.page(alarm);
  }

  /** What an alarm says, with a link to the runbook. */
  private description(alarm: string, text: string, section = ''): string {
    const description = `${text} ${this.choice.options.runbookUrl ?? RUNBOOK}${section}`;
    if (!Token.isUnresolved(description) && description.length > LONGEST_DESCRIPTION) {
      fail(this.owner, `the description of ${alarm} must have at most ${LONGEST_DESCRIPTION} characters, got: ${description.length}; shorten \`runbookUrl\``);
    }
    return description;
  }

  private tell(alarm: cloudwatch.AlarmBase, actions: readonly cloudwatch.IAlarmAction[]): void {
    if (actions.length === 0) return;
    if (actions.length > MOST_ACTIONS) {
      fail(this.owner, `an alarm must have at most ${MOST_ACTIONS} actions, got: ${actions.length}; send to a topic with several subscriptions`);
    }
    const checked = actions.map((action) => checkedAction(this.owner, action));
    alarm.addAlarmAction(...checked);
    alarm.addOkAction(...checked);
  }

  /** Those that have the composite alarm for an alarm. In another stack, it would make a cycle of stacks. */
  private pagingGroupOf(alarm: cloudwatch.IAlarm): AlarmSet | undefined {
    const { inherited } = this;
    if (inherited?.choice === this.choice && Stack.of(alarm) === Stack.of(inherited.owner)) return inherited;
    return Stack.of(alarm) === Stack.of(this.owner) ? this : undefined;
  }

  /** Adds an alarm to the composite alarm, which is defined with the first one, and leads to another one where its rule is full. */
  private page(alarm: cloudwatch.IAlarm): void {
    const latest = this.pagingGroups.at(-1);
    if (latest && latest.length < MOST_ALARMS - 1) {
      latest.push(alarm);
      return;
    }
    const group = [alarm];
    this.pagingGroups.push(group);
    const id = `PagingAlarm${latest ? this.pagingGroups.length : ''}`;
    const composite = new cloudwatch.CompositeAlarm(this.owner, id, {
      // The CDK makes the name of the ids of the app, which are the same in a second deployment of it.
      compositeAlarmName: `${Names.uniqueResourceName(this.owner, { maxLength: 200, separator: '-', allowedSpecialCharacters: '-' })}-${id}`,
      alarmDescription: this.description(
        'the composite alarm', `CRITICAL: failed data of ${this.owner.node.path} is lost or waits. The alarms in ALARM say which.`,
      ),
      alarmRule: {
        // The CDK names alarms by their ARNs, of which fewer fit.
        renderAlarmRule: () => Lazy.string({ produce: () => group.map(({ alarmName }) => `ALARM("${alarmName}")`).join(' OR ') }),
      },
    });
    if (latest) latest.push(composite);
    else this.tell(composite, this.choice.options.pagingActions ?? []);
  }

  /** CloudWatch has the metrics of a queue in the account and Region of the queue: elsewhere, an alarm would watch nothing. */
  private checkPlace(name: AlarmName, scope: Construct, watches: Readonly<Record<string, IResource>>): void {
    for (const [prop, resource] of Object.entries(watches)) {
      checkSameEnvironment(this.owner, prop, resource, {
        of: `its alarm \`${name}\``,
        what: 'stack',
        fix: 'set `enabled` of the alarm to false, and define it there: CloudWatch has the metrics of a queue where the queue is',
        stack: Stack.of(scope),
      });
    }
  }

  private checkOptions(): void {
    for (const name of ALARM_NAMES) {
      const own = this.choice.options[name];
      if (!own) continue;
      const { threshold, period = ALARM_KINDS[name].period, evaluationPeriods = ALARM_KINDS[name].evaluationPeriods, datapointsToAlarm } = own;
      if (threshold !== undefined && !Token.isUnresolved(threshold) && !(threshold > 0)) {
        fail(this.owner, `\`${name}.threshold\` must be above 0, got: ${threshold}; an alarm on 0 or more is always in ALARM`);
      }
      checkInteger(this.owner, `${name}.evaluationPeriods`, evaluationPeriods, 1, Number.MAX_SAFE_INTEGER);
      checkInteger(this.owner, `${name}.datapointsToAlarm`, datapointsToAlarm, 1, evaluationPeriods);
      if (!period.isUnresolved()) this.checkPeriods(name, period, evaluationPeriods);
    }
  }

  /** All metrics here have one value a minute, and CloudWatch limits how far an alarm looks back. */
  private checkPeriods(name: AlarmName, period: Duration, evaluationPeriods: number): void {
    const seconds = period.toSeconds({ integral: false });
    if (seconds < 60 || seconds % 60 !== 0) {
      fail(this.owner, `\`${name}.period\` must be a multiple of a minute, got: ${period.toHumanString()}; the metrics have one value a minute`);
    }
    const longest = seconds < 3_600 ? Duration.days(1) : Duration.days(7);
    if (Token.isUnresolved(evaluationPeriods) || evaluationPeriods * seconds <= longest.toSeconds()) return;
    fail(
      this.owner,
      `all periods of \`${name}\` together must be at most ${longest.toHumanString()}, got: ${evaluationPeriods} of ${period.toHumanString()}; ` +
        'lower `evaluationPeriods` or `period`',
    );
  }
}
