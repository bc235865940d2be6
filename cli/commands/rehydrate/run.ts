import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import type { HydrationStatus } from '../../../src/contract';
import { Audit } from '../../audit/audit';
import type { CommandModule, Context } from '../../context';
import { isNothingLeft, isNothingToDo, coverageOf } from '../../dead-letters/coverage';
import { queueSource, type QueueSource } from '../../dead-letters/dead-letter-source';
import type { Plan } from '../../dead-letters/plan';
import { errorIn, reportDryRun, preview } from '../../dead-letters/preview';
import type { QueuedDeadLetter } from '../../dead-letters/queue-reader';
import { printResults, type ResultText } from '../../dead-letters/results';
import { runAndRelease, warnWhenVisible } from '../../dead-letters/run-and-release';
import { Selection } from '../../dead-letters/selection';
import { ExitCode } from '../../exit-code';
import { count } from '../../output/text';
import type { TakeOptions } from '../options';
import { CaptureFunctions } from './capture-functions';
import { cannotTry, type RehydrateDecision, rehydrateDecision } from './rehydrate-rules';
import { RehydrateResult, RehydrateRun } from './rehydrate-run';

export interface RehydrateOptions extends TakeOptions {
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly include: readonly HydrationStatus[];
  readonly dryRun: boolean;
  readonly limit?: number;
  readonly concurrency: number;
}

const WORDS: Record<RehydrateResult, ResultText> = {
  better: { words: 'better now: the new dead letter is in the queue, the old message is deleted', look: 'good' },
  same: { words: 'no better than before', look: 'mind' },
  worse: { words: 'worse when read again: the old one was kept', look: 'bad' },
  refused: { words: 'refused again', look: 'bad' },
  leftAlone: { words: 'not of a stream of this queue: left in place', look: 'mind' },
  failed: { words: 'failed: left in place', look: 'bad' },
  left: { words: 'not tried: left in place', look: 'mind' },
  notRemoved: { words: 'replaced, but not deleted: both are there', look: 'bad' },
};

export const run: CommandModule<RehydrateOptions>['run'] = async (context, ids, options) => {
  const { output, stopped } = context;
  const selection = await Selection.parse(context, ids, options);
  const source = await queueSource(context, options, options);
  const dlq = await context.dlq();
  const functions = new CaptureFunctions(await context.clients.lambda(), dlq);
  // Before anything is looked at: without one nothing can be done.
  functions.requireAny();
  const decide = (deadLetter: QueuedDeadLetter) => rehydrateDecision(deadLetter, functions, options);
  const rules = { limit: options.limit, decide, text: { toDo: 'to be tried again' }, isResult: options.dryRun };
  const { plan, planned, chosen } = await preview(context, source, selection, rules);
  if (options.dryRun) return reportDryRun(context, source, plan, planned);
  const isEmpty = isNothingToDo(plan);
  const what = `${count(plan.toDo, 'message')}${plan.isAll ? '' : ', and what matches of the rest,'}`;
  if (isEmpty || stopped.aborted || !(options.yes || (await output.confirm(`Try ${what} again?`)))) {
    output.line(isEmpty ? 'Nothing to try again.' : 'Nothing was tried.');
    output.json({ from: source.name, dryRun: false, plan });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return isNothingLeft(plan) && !cannotTry(plan.lines) && selection.unreadCount === 0 ? ExitCode.DONE : ExitCode.LEFT;
  }
  return rehydrate(context, source, functions, chosen, plan, decide, options);
};

async function rehydrate(
  context: Context, source: QueueSource, functions: CaptureFunctions, selection: Selection, plan: Plan,
  decide: (deadLetter: QueuedDeadLetter) => RehydrateDecision, options: RehydrateOptions,
): Promise<ExitCode> {
  const { output, stopped, aborted } = context;
  const audit = await Audit.open(context, { command: 'rehydrate', dlq: source.dlq, file: options.auditLog });
  const progress = output.progress('rehydrate', plan.isAll ? plan.toDo : options.limit);
  try {
    await audit.write({ result: AuditResult.BEGUN });
    const origin = await source.take({
      isBusy: () => work.isBusy || selection.isBusy,
      onLost: warnWhenVisible(context),
    });
    const { limit, concurrency } = options;
    // Of one that was parked, the new dead letter goes to the queue that it was parked from.
    const { isFifo } = await context.dlq();
    const work: RehydrateRun = new RehydrateRun(origin, functions, selection, audit, {
      isFifo: source.queue.isFifo || isFifo, concurrency, limit, stopped, aborted, decide,
      onResult: ({ result }) => void (result !== RehydrateResult.LEFT && progress.add()),
    });
    const { failure, remaining: unreached, notReleased } = await runAndRelease(context, origin, async () => work.run());
    progress.stop();
    printResults(work.tally, WORDS, output);
    if (notReleased !== undefined) output.warn(notReleased);
    const { LEFT, LEFT_ALONE, WORSE, REFUSED, FAILED, SAME, NOT_REMOVED } = RehydrateResult;
    const begun = work.tally.count(...Object.values(RehydrateResult).filter((result) => result !== LEFT));
    const shortfall = coverageOf({ plan, selection, begun, limit, unreached, notReleased });
    if (!failure && !stopped.aborted) for (const note of shortfall.notes) output.warn(note);
    for (const text of [...selection.notFound.map((id) => `"${id}" was not found`), ...selection.notes]) output.warn(text);
    if (stopped.aborted) output.line('Interrupted: what is left can be tried by the same command.');
    output.line(`Recorded in ${audit.file}.`);
    const { notFound } = selection;
    const error = errorIn(failure);
    output.json({ from: source.name, dryRun: false, plan, ...work.tally.report, notFound, ...shortfall.report, interrupted: stopped.aborted, error });
    if (failure) throw failure.error;
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    // Whole dead letters are left because there is nothing to fix.
    const isGood = work.tally.count(LEFT_ALONE, WORSE, REFUSED, FAILED, SAME, NOT_REMOVED) === 0 && !cannotTry(work.tally.reasons);
    return isGood && notFound.length === 0 && selection.unreadCount === 0 && shortfall.notes.length === 0 ? ExitCode.DONE : ExitCode.LEFT;
  } finally {
    progress.stop();
    await audit.close();
  }
}
