import type { Output } from '../output/output';
import { printable } from '../output/printable';
import { count, shortId } from '../output/text';
import type { ResultCounts } from './results';

/** Reasons that are printed of each result: the rest is in --json. */
const MOST_REASONS = 20;

/** What a result is called, after the number of messages that it stands for. */
export interface ResultText {
  readonly words: string;
  readonly look: 'good' | 'mind' | 'bad';
}

/** How often each result came about, with reasons. */
export function printResults<Result extends string>(tally: ResultCounts<Result>, words: Readonly<Record<Result, ResultText>>, output: Output): void {
  const { green, red, yellow } = output.colors;
  const paint = { good: green, mind: yellow, bad: red };
  for (const [result, { words: text, look }] of Object.entries(words) as [Result, ResultText][]) {
    const number = tally.count(result);
    if (number === 0) continue;
    output.prose(paint[look](`${count(number, 'message')} ${text}.`));
    const reasons = tally.reasons.filter((reason) => reason.result === result);
    for (const { reason, count: times, example } of reasons.slice(0, MOST_REASONS)) {
      output.prose(`  ${times.toLocaleString('en-US')} × ${printable(`${reason.name}: ${reason.message}`)} (as ${shortId(example)})`);
    }
    if (reasons.length > MOST_REASONS) output.line(`  and ${count(reasons.length - MOST_REASONS, 'other reason')}`);
  }
}
