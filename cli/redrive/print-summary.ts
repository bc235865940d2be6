import type { Output } from '../output/output';
import { printResults, type ResultWords } from './print-results';
import type { RedriveResult, RedriveRun } from './redrive-run';
import { count } from './words';

const WORDS: Record<RedriveResult, ResultWords> = {
  sent: { words: 'sent', look: 'good' },
  partly: { words: 'sent in part: a smaller dead letter holds what was not taken', look: 'bad' },
  failed: { words: 'failed again, and left where they were', look: 'bad' },
  left: { words: 'left where they were', look: 'mind' },
  notRemoved: { words: 'TAKEN, BUT NOT REMOVED: the next run would send them again', look: 'bad' },
};

/** What became of all, with reasons. */
export function printSummary({ tally, recordsSent, hasGivenUp }: RedriveRun, output: Output, notes: readonly string[]): void {
  printResults(tally, WORDS, output);
  output.line(`${count(recordsSent, 'record')} taken.`);
  if (hasGivenUp) output.line(output.colors.yellow('Stopped after so many failures (--stop-after-failures): the rest was not tried.'));
  for (const note of notes) output.line(note);
}
