import type { Reason } from '../../lambda/shared/redrive/target';
import type { VerdictCounts } from '../check/verdict';
import type { Output } from '../output/output';
import { printable } from '../output/printable';
import { count, shortId } from '../output/text';

/** The most results of single dead letters that a report lists. It counts the rest. */
const MOST_SUCCESSES = 1_000;
const MOST_OTHERS = 10_000;
/** The most different reasons that a report distinguishes: each message of a function may differ. */
const MOST_REASONS = 100;

/** What became of one message. */
export interface MessageResult<Result extends string> {
  readonly messageId: string;
  readonly deadLetterId?: string;
  readonly status?: string;
  readonly records?: number;
  /** What `--check` found. */
  readonly verdicts?: VerdictCounts;
  readonly result: Result;
  readonly to?: string;
  readonly reason?: Reason;
}

export interface ReasonCount<Result extends string> {
  readonly result: Result;
  readonly reason: Reason;
  readonly count: number;
  /** One that it happened to. */
  readonly example: string;
}

/** Counts results, and remembers as many of them as fit whatever the queue holds. */
export class ResultCounts<Result extends string> {
  private readonly counts: Record<Result, number>;
  private readonly byReason = new Map<string, ReasonCount<Result>>();
  private readonly kept: MessageResult<Result>[] = [];
  private successes = 0;
  private others = 0;

  constructor(
    results: readonly Result[],
    private readonly isSuccess: (result: Result) => boolean,
  ) {
    this.counts = Object.fromEntries(results.map((result) => [result, 0])) as Record<Result, number>;
  }

  add(deadLetter: MessageResult<Result>): void {
    this.counts[deadLetter.result]++;
    if (deadLetter.reason) this.addReason(deadLetter, deadLetter.reason);
    const hasRoom = this.isSuccess(deadLetter.result) ? this.successes++ < MOST_SUCCESSES : this.others++ < MOST_OTHERS;
    if (hasRoom) this.kept.push(deadLetter);
  }

  count(...results: Result[]): number {
    return results.reduce((sum, result) => sum + this.counts[result], 0);
  }

  /** The most frequent first. */
  get reasons(): readonly ReasonCount<Result>[] {
    return [...this.byReason.values()].sort((one, other) => other.count - one.count);
  }

  /** For `--json`: `omitted` says how many results of single dead letters are left out, so that memory stays flat. */
  get report() {
    return {
      counts: this.counts,
      reasons: this.reasons,
      results: this.kept,
      omitted: Math.max(0, this.successes - MOST_SUCCESSES) + Math.max(0, this.others - MOST_OTHERS),
    };
  }

  private addReason({ result, messageId, deadLetterId = messageId }: MessageResult<Result>, reason: Reason): void {
    const isNew = !this.byReason.has(keyOf(result, reason));
    // The rest goes under its name alone.
    const known = isNew && this.byReason.size >= MOST_REASONS ? { name: reason.name, message: 'various' } : reason;
    const key = keyOf(result, known);
    const { count: times = 0, example = deadLetterId } = this.byReason.get(key) ?? {};
    this.byReason.set(key, { result, reason: known, count: times + 1, example });
  }
}

function keyOf(result: string, { name, message }: Reason): string {
  return JSON.stringify([result, name, message]);
}

/** Reasons that are printed of each result: the rest is in --json. */
const MOST_PRINTED_REASONS = 20;

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
    for (const { reason, count: times, example } of reasons.slice(0, MOST_PRINTED_REASONS)) {
      output.prose(`  ${times.toLocaleString('en-US')} × ${printable(`${reason.name}: ${reason.message}`)} (as ${shortId(example)})`);
    }
    if (reasons.length > MOST_PRINTED_REASONS) output.line(`  and ${count(reasons.length - MOST_PRINTED_REASONS, 'other reason')}`);
  }
}
