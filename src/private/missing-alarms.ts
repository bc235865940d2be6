import { IConstruct } from 'constructs';
import { AlarmSet } from './alarm-set';
import { AppRegistry } from './app-registry';
import { afterAspects, annotate, SynthMessage } from './rules';

/** Reported once for an app. */
const NO_ALARMS: SynthMessage<{ readonly paths: readonly string[] }> = {
  id: 'noAlarms',
  level: 'info',
  message: ({ paths: [first, ...others] }) =>
    `no alarms are defined for '${first}'${others.length > 0 ? ` and ${others.length} more` : ''}: nothing reports failures; pass ` +
    '`alarmActions`, or `alarms: Alarms.none()` if you monitor them in another way',
};

/** The constructs of an app that have not decided about alarms. */
const withoutAlarms = new AppRegistry((): IConstruct[] => []);

/** Reports once, with the first one, which constructs have not decided about alarms. */
export function reportMissingAlarms(owner: IConstruct, alarms: AlarmSet): void {
  if (alarms.isChosen) return;
  const undecided = withoutAlarms.entryOf(owner, NO_ALARMS.id);
  undecided.push(owner);
  if (undecided.length > 1) return;
  afterAspects(owner, () => annotate(owner, NO_ALARMS, { paths: undecided.map((it) => it.node.path) }));
}
