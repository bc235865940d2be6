import { HydrationStatus } from '../../src/contract';
import { verdictsText } from '../check/verdict';
import { quoted } from '../command-line';
import { NEWER_FORMAT } from '../messages/message-summary';
import type { Output } from '../output/output';
import { printable } from '../output/printable';
import { count, duplicatesText, shortId, shortName } from '../output/text';
import type { DeadLetterSource } from './dead-letter-source';
import type { Plan, PlanLine, PlannedDeadLetter } from './plan';
import type { Selection } from './selection';

/** How many destinations are named: there are few, unless a queue serves many functions. */
const MOST_DESTINATIONS = 5;

export interface PlanText {
  /** As in `to be sent`. */
  readonly toDo: string;
  /** The same of those that there is a reason against. Default: left. */
  readonly left?: string;
  /** The risk of sending those of a status. */
  riskOf?(status: HydrationStatus): string | undefined;
}

/** Says what a run would do, by `say`, and what to beware of. */
export function printPlan(
  plan: Plan, origin: Pick<DeadLetterSource, 'name' | 'approximate' | 'queue'>, selection: Selection, words: PlanText, say: (text: string) => void,
): void {
  say(`Looked at ${scopeOf(plan, origin)}; none was removed.`);
  if (!selection.isEverything) {
    const hint = plan.chosen === 0 ? ` ${selection.isByGroup ? `"${listOf(origin)} --by error" lists the groups.` : `"${listOf(origin)}" lists what there is to match.`}` : '';
    say(`Asked for ${selection.text}: ${count(plan.chosen, 'message')}.${hint}`);
  }
  for (const line of plan.lines) for (const text of linesOf(line, words)) say(text);
  if (plan.verdicts) say(`  --check: ${verdictsText(plan.verdicts) || 'no records'}`);
  if (plan.repeats > 0) say(`  ${duplicatesText(plan.repeats, plan.chosen)}`);
}

/** The command that lists what is in a source. */
export function listOf({ queue, name }: Pick<DeadLetterSource, 'name' | 'queue'>): string {
  return queue ? 'ls' : `ls --from ${quoted(name)}`;
}

function scopeOf({ lookedAt, isAll }: Plan, { name, approximate }: Pick<DeadLetterSource, 'name' | 'approximate'>): string {
  const messages = count(lookedAt, 'message');
  if (isAll) return `${messages} of ${shortName(name)}`;
  // How many a file has is known at its end.
  if (approximate === undefined) return `the first ${messages} of ${shortName(name)}`;
  return `${messages} of ${shortName(name)}, the first of about ${Math.max(approximate, lookedAt).toLocaleString('en-US')}`;
}

/** One line a dead letter, for --dry-run. */
export function printPlanned(
  { deadLetter: { messageId, summary, defect, native }, to = 'would be tried', reason, chosenRecords, verdicts, newerWaiting }: PlannedDeadLetter, output: Output,
): void {
  const what = summary ? `${summary.status}, ${recordsText(summary.recoveredRecords, chosenRecords)}` : native ? 'message' : defect?.name === NEWER_FORMAT ? 'newer format' : 'no dead letter';
  const verdict = reason ? output.colors.yellow(`left: ${printable(reason.message)}`) : `to ${printable(shortName(to))}`;
  const newer = newerWaiting ? [`${count(newerWaiting, 'newer dead letter waits', 'newer dead letters wait')} with the same key`] : [];
  const checked = verdicts ? `  (${[verdictsText(verdicts), ...newer].filter(Boolean).join('; ')})` : '';
  output.prose(`${shortId(summary?.deadLetterId ?? messageId)}  ${what}  ${verdict}${checked}`);
}

/** As in `3 records`, `1 of 3 records`. */
function recordsText(records: number, chosen = records): string {
  return `${chosen < records ? `${chosen.toLocaleString('en-US')} of ` : ''}${count(records, 'record')}`;
}

function linesOf({ status, deadLetters: deadLetters, records, chosenRecords, to, reason }: PlanLine, { toDo, left = 'left', riskOf }: PlanText): string[] {
  const what = status === 'NATIVE' ? `  ${count(deadLetters, 'message')}` : `  ${status}: ${count(deadLetters, isStatus(status) ? 'dead letter' : 'message')}, ${recordsText(records, chosenRecords)}`;
  if (reason) return [`${what}, ${left}: ${printable(reason.message)}`];
  const risk = isStatus(status) ? riskOf?.(status) : undefined;
  const destinations = Object.entries(to).sort(([, one], [, other]) => other - one);
  const named = destinations.slice(0, MOST_DESTINATIONS).map(([name, number]) => `      ${number.toLocaleString('en-US')} to ${printable(shortName(name))}`);
  const others = destinations.length - named.length;
  return [
    `${what}, ${toDo}${risk ? `. Note: ${risk}` : ''}`,
    ...named,
    ...(others > 0 ? [`      and to ${count(others, 'other')}`] : []),
  ];
}

function isStatus(status: PlanLine['status']): status is HydrationStatus {
  return Object.hasOwn(HydrationStatus, status);
}
