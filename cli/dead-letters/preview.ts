import type { Context } from '../context';
import { ExitCode } from '../exit-code';
import { count } from '../output/text';
import type { FoundDeadLetter } from './dead-letter-reader';
import type { DeadLetterSource } from './dead-letter-source';
import { type Plan, makePlan, MOST_LOOKED_AT, type PlanRules, type PlannedDeadLetter } from './plan';
import { listOf, type PlanText, printPlan, printPlanned } from './print-plan';
import type { Selection } from './selection';

export interface PreviewOptions<Found extends FoundDeadLetter> extends PlanRules<Found> {
  readonly text: PlanText;
  /** Whether the plan is what the user asked for, dead letter by dead letter. */
  readonly isResult: boolean;
}

export interface Preview {
  readonly plan: Plan;
  readonly planned: readonly PlannedDeadLetter[];
  /** What the run that follows is to work on. */
  readonly chosen: Selection;
}

/** Looks at what a command would work on and says what it would do with it, before anything is done. */
export async function preview<Found extends FoundDeadLetter>(
  { output, stopped, aborted }: Context,
  source: DeadLetterSource<Found>,
  selection: Selection,
  { text: words, isResult, ...rules }: PreviewOptions<Found>,
): Promise<Preview> {
  if (source.queue) selection.refuseFor(source.queue);
  const prospects: PlannedDeadLetter[] = [];
  // Bodies and logs can take minutes.
  const progress = selection.readsBodies ? output.progress('looking', Math.min(source.approximate ?? Infinity, MOST_LOOKED_AT)) : undefined;
  const origin = source.look();
  const planRules = { ...rules, passesOver: !source.queue && !selection.isByGroup };
  let plan: Plan;
  try {
    plan = await makePlan(origin.deadLetters(stopped), selection, planRules, async () => origin.remaining(aborted), (prospect) => {
      if (isResult) prospects.push(prospect);
    }, () => progress?.add());
  } finally {
    progress?.stop();
    const left = await origin.close(aborted);
    if (left !== undefined) output.warn(left);
  }
  const say = (text: string) => (isResult ? output.prose(text) : output.note(text));
  printPlan(plan, source, selection, words, say);
  if (plan.isAll) for (const id of selection.notFound) output.warn(`"${id}" names nothing in ${source.name}: "${listOf(source)}" lists what is there`);
  for (const note of selection.notes) output.warn(note);
  for (const note of [...source.notes, ...remainingNotes(plan)]) say(note);
  return { plan, planned: prospects, chosen: selection.resolved(plan.isAll || stopped.aborted) };
}

function remainingNotes({ inFlight, behind }: Plan): string[] {
  const notes: string[] = [];
  if (inFlight > 0) notes.push(`Beside these, about ${count(inFlight, 'message')} are in flight: another consumer has them, or a run that was killed.`);
  if (behind > 0) notes.push(`About ${count(behind, 'message')} come only after others of their group are gone: the queue is FIFO.`);
  return notes;
}

/** What ended a run before its end, for its document. */
export function errorIn(failure: { readonly error: unknown } | undefined): { readonly name: string; readonly message: string } | undefined {
  if (!failure) return undefined;
  const { name, message } = failure.error as Error;
  return { name, message };
}

/** What a command would have done, dead letter by dead letter. */
export function reportDryRun({ output, stopped }: Context, source: DeadLetterSource, plan: Plan, prospects: readonly PlannedDeadLetter[]): ExitCode {
  for (const prospect of prospects) printPlanned(prospect, output);
  output.line('Dry run: nothing was done.');
  const messages = prospects.map(({ deadLetter: { messageId, summary }, ...decision }) => ({
    messageId,
    deadLetterId: summary?.deadLetterId,
    status: summary?.status,
    records: summary?.recoveredRecords,
    ...decision,
  }));
  output.json({ from: source.name, dryRun: true, plan, messages });
  return stopped.aborted ? ExitCode.INTERRUPTED : ExitCode.DONE;
}
