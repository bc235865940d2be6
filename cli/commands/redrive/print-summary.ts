import { verdictsText } from '../../check/verdict';
import type { Plan } from '../../dead-letters/plan';
import { printResults, type ResultText } from '../../dead-letters/results';
import type { Output } from '../../output/output';
import { count } from '../../output/text';
import type { RedriveRun } from './redrive-run';
import type { RedriveResult } from './redrive-settings';

const WORDS: Record<RedriveResult, ResultText> = {
  sent: { words: 'sent', look: 'good' },
  partly: { words: 'sent in part: a smaller dead letter holds what was not taken', look: 'bad' },
  picked: { words: 'sent in part, as chosen: a smaller dead letter holds the other records', look: 'good' },
  failed: { words: 'failed again: left in place', look: 'bad' },
  left: { words: 'not sent: left in place', look: 'mind' },
  notRemoved: { words: 'TAKEN, BUT NOT REMOVED: the next run would send the same once more', look: 'bad' },
};

/** What became of all, with reasons. */
export function printSummary(
  { tally, recordsSent, checked = {}, failures, hasGivenUp }: Pick<RedriveRun, 'tally' | 'recordsSent' | 'failures' | 'hasGivenUp'> & Partial<Pick<RedriveRun, 'checked'>>,
  plan: Pick<Plan, 'isAll' | 'toDo'>,
  { toStream, stopAfterFailures }: { readonly toStream: boolean; readonly stopAfterFailures: number },
  output: Output,
  notes: readonly string[],
): void {
  printResults(tally, WORDS, output);
  output.line(`${count(recordsSent, 'record')} ${toStream ? 'put into the stream' : 'processed'}.`);
  const verdicts = verdictsText(checked);
  if (verdicts) output.line(`Checked before they were sent: ${verdicts}.`);
  if (hasGivenUp) {
    // Those under way at the time came to their end.
    const notTried = plan.isAll ? Math.max(0, plan.toDo - tally.count('sent', 'picked', 'failed', 'partly', 'notRemoved')) : undefined;
    const rest = notTried === undefined ? 'the rest was' : count(notTried, 'message was', 'messages were');
    output.prose(output.colors.yellow(`Stopped after ${count(failures, 'failure')} (--stop-after-failures ${stopAfterFailures}): ${rest} not tried.`));
  }
  for (const note of notes) output.prose(note);
}
