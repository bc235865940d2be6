import type { Context } from '../context';
import { ExitCode } from '../exit-code';
import type { OriginLetter } from './letter-origin';
import type { LetterSource } from './letter-source';
import { type Plan, planOf, type PlanRules, type Prospect } from './plan';
import { type PlanWords, printPlan, printProspect } from './print-plan';
import type { Selection } from './selection';
import { count } from './words';

export interface SurveyOptions<Letter extends OriginLetter> extends PlanRules<Letter> {
  readonly words: PlanWords;
  /** Whether the plan is what the user asked for, letter by letter. */
  readonly isResult: boolean;
}

export interface Survey {
  readonly plan: Plan;
  readonly prospects: readonly Prospect[];
  /** What the run that follows is to work on. */
  readonly chosen: Selection;
}

/** Looks at what a command would work on and says what it would do with it, before anything is done. */
export async function survey<Letter extends OriginLetter>(
  { output, stopped, aborted }: Context,
  source: LetterSource<Letter>,
  selection: Selection,
  { words, isResult, ...rules }: SurveyOptions<Letter>,
): Promise<Survey> {
  const prospects: Prospect[] = [];
  const origin = source.look();
  let plan: Plan;
  try {
    plan = await planOf(origin.letters(stopped), selection, rules, async () => origin.unreached(aborted), (prospect) => {
      if (isResult) prospects.push(prospect);
    });
  } finally {
    const left = await origin.close(aborted);
    if (left !== undefined) output.warn(left);
  }
  const say = (text: string) => (isResult ? output.prose(text) : output.note(text));
  printPlan(plan, source, selection, words, say);
  if (plan.isAll) for (const id of selection.notFound) output.warn(`"${id}" names nothing in ${source.name}: "ls" lists what is there`);
  for (const note of [...source.notes, ...beside(plan)]) say(note);
  return { plan, prospects, chosen: selection.resolved(plan.isAll || stopped.aborted) };
}

function beside({ inFlight, behind }: Plan): string[] {
  const notes: string[] = [];
  if (inFlight > 0) notes.push(`Beside these, about ${count(inFlight, 'message')} are in flight: somebody else has them, or a run that was killed had.`);
  if (behind > 0) notes.push(`About ${count(behind, 'message')} come only after others of their group are gone: the queue is FIFO.`);
  return notes;
}

/** What ended a run before its end, for its document. */
export function errorIn(failure: { readonly error: unknown } | undefined): { readonly name: string; readonly message: string } | undefined {
  if (!failure) return undefined;
  const { name, message } = failure.error as Error;
  return { name, message };
}

/** What a command would have done, letter by letter. */
export function reportDryRun({ output, stopped }: Context, source: LetterSource, plan: Plan, prospects: readonly Prospect[]): ExitCode {
  for (const prospect of prospects) printProspect(prospect, output);
  output.line('Dry run: nothing was done.');
  const letters = prospects.map(({ letter: { messageId, summary }, to, reason }) => ({
    messageId,
    deadLetterId: summary?.deadLetterId,
    status: summary?.status,
    records: summary?.recoveredRecords,
    to,
    reason,
  }));
  output.json({ from: source.name, dryRun: true, plan, letters });
  return stopped.aborted ? ExitCode.INTERRUPTED : ExitCode.DONE;
}
