import type { Output } from '../output/output';
import { printable } from '../output/printable';
import { RedriveResult, type RedriveRun } from './redrive-run';
import { count, shortId } from './words';

/** Reasons that are printed: the rest is in --json and in the audit log. */
const MOST_REASONS = 20;

const WORDS: Record<Exclude<RedriveResult, 'sent'>, string> = {
  partly: 'sent in part: a smaller dead letter holds what was not taken',
  failed: 'failed again, and stay where they were',
  left: 'left where they were',
  notRemoved: 'TAKEN, BUT NOT REMOVED: the next run would send them again',
};

/** What became of all, with reasons. */
export function printSummary({ tally, recordsSent, hasGivenUp }: RedriveRun, output: Output, notes: readonly string[]): void {
  const { green, red, yellow, bold } = output.colors;
  const sent = tally.count(RedriveResult.SENT);
  output.line(`${(sent > 0 ? green : bold)(`${count(sent, 'dead letter')} sent`)}, ${count(recordsSent, 'record')} taken.`);
  for (const [result, words] of Object.entries(WORDS) as [RedriveResult, string][]) {
    const number = tally.count(result);
    if (number === 0) continue;
    output.line((result === RedriveResult.LEFT ? yellow : red)(`${count(number, 'message')} ${words}.`));
    const reasons = tally.reasons.filter((reason) => reason.result === result);
    for (const { reason, count: times, example } of reasons.slice(0, MOST_REASONS)) {
      output.line(`  ${times.toLocaleString('en-US')} × ${printable(`${reason.name}: ${reason.message}`)} (as ${shortId(example)})`);
    }
    if (reasons.length > MOST_REASONS) output.line(`  and ${count(reasons.length - MOST_REASONS, 'other reason')}`);
  }
  if (hasGivenUp) output.line(yellow('Stopped after so many failures (--stop-after-failures): the rest was not tried.'));
  for (const note of notes) output.line(note);
}
