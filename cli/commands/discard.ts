import { Audit, AuditResult } from '../audit/audit';
import { queueState } from '../aws/queue-state';
import type { CommandModule, Context } from '../context';
import type { DiscardOptions } from '../definitions/discard';
import { ExitCode } from '../exit-code';
import { LetterFile } from '../file/letter-file';
import { DiscardResult, DiscardRun } from '../redrive/discard-run';
import { objectsIn } from '../redrive/letter-places';
import { queueSource, type QueueSource } from '../redrive/letter-source';
import type { Plan } from '../redrive/plan';
import { printResults, type ResultWords } from '../redrive/print-results';
import { Selection } from '../redrive/selection';
import { errorIn, survey } from '../redrive/survey';
import { count } from '../redrive/words';

const WORDS: Record<DiscardResult, ResultWords> = {
  discarded: { words: 'discarded', look: 'good' },
  left: { words: 'left where they were, as they could not be exported', look: 'bad' },
  failed: { words: 'not deleted', look: 'bad' },
};

export const run: CommandModule<DiscardOptions>['run'] = async (context, ids, options) => {
  const { output, stopped } = context;
  const selection = Selection.parse(ids, options.filter);
  const source = await queueSource(context, { ...options, concurrency: 1 }, options);
  const rules = { limit: options.limit, judge: () => ({}), words: { toDo: 'to be deleted' }, isResult: false };
  const { plan } = await survey(context, source, selection.again(), rules);
  const isEmpty = plan.toDo === 0 && plan.isAll;
  if (isEmpty || stopped.aborted || !(await isConfirmed(context, plan, source, options))) {
    output.line(isEmpty ? 'Nothing to discard.' : 'Nothing was discarded.');
    output.json({ from: source.name, plan });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return isEmpty && plan.isFound ? ExitCode.DONE : ExitCode.LEFT;
  }
  return discard(context, source, selection.again(), plan, options);
};

async function isConfirmed({ output }: Context, plan: Plan, source: QueueSource, options: DiscardOptions): Promise<boolean> {
  const what = `${count(plan.toDo, 'message')}${plan.isAll || plan.toDo === options.limit ? '' : ', and what matches of the rest,'}`;
  if (!options.yes && !(await output.confirm(`Delete ${what} from ${source.name}?`))) return false;
  if (options.export !== false || options.yesForGood) return true;
  return output.confirm('Nothing of them will be kept (--no-export). Delete them for good?');
}

async function discard(context: Context, source: QueueSource, selection: Selection, plan: Plan, options: DiscardOptions): Promise<ExitCode> {
  const { output, stopped, aborted, clients } = context;
  const audit = await Audit.open(context, { command: 'discard', dlq: source.dlq, file: options.auditLog });
  const progress = output.progress('discard', plan.isAll ? plan.toDo : options.limit);
  try {
    await audit.write({ result: AuditResult.BEGUN, reason: options.reason });
    const path = options.export === undefined ? defaultFile(new Date()) : options.export;
    const file = path === false ? undefined : await LetterFile.create(path);
    const origin = await source.take({
      onLost: ({ messageId }, reason) => output.warn(`message ${messageId} is hidden no longer (${reason}): somebody else may have it`),
    });
    const work = new DiscardRun(origin, objectsIn(clients), selection, audit, {
      queueUrl: source.name, reason: options.reason, limit: options.limit, stopped, aborted, onResult: () => progress.add(),
    });
    let failure: { readonly error: unknown } | undefined;
    try {
      await work.run(file);
    } catch (error) {
      failure = { error };
    }
    const notReleased = await origin.close(aborted);
    progress.stop();
    printResults(work.tally, WORDS, output);
    const exported = work.tally.count(DiscardResult.DISCARDED) + work.tally.count(DiscardResult.FAILED) > 0 ? file?.path : undefined;
    if (exported !== undefined) output.line(`They are in ${exported}: "import ${exported}" puts them back.`);
    if (notReleased !== undefined) output.warn(notReleased);
    for (const id of selection.notFound) output.warn(`"${id}" was not found`);
    if (stopped.aborted) output.line('Interrupted: what was not deleted by then is in the queue.');
    output.line(`Noted in ${audit.file}.`);
    const { notFound } = selection;
    const behind = failure || stopped.aborted || options.limit !== undefined ? 0 : await behindOthers(context, source, selection);
    if (behind > 0) output.warn(`about ${count(behind, 'message')} came to light only now: of a group, a FIFO queue gives a few at a time. Run it again`);
    output.json({ from: source.name, plan, file: exported, ...work.tally.report, notFound, interrupted: stopped.aborted, error: errorIn(failure) });
    if (failure) throw failure.error;
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return work.tally.count(DiscardResult.LEFT, DiscardResult.FAILED) === 0 && notFound.length === 0 && behind === 0 ? ExitCode.DONE : ExitCode.LEFT;
  } finally {
    progress.stop();
    await audit.close();
  }
}

/** Messages of a FIFO queue that were behind those that are deleted now. */
async function behindOthers({ clients, aborted }: Context, { queue }: QueueSource, selection: Selection): Promise<number> {
  if (!queue.isFifo || !selection.isEverything) return 0;
  return (await queueState(await clients.sqs(), queue.queueUrl, aborted)).messages.visible;
}

/** In the working directory, with a time that every file system takes in a name. */
function defaultFile(now: Date): string {
  return `discarded-${now.toISOString().replace(/[:.]/g, '-')}.jsonl.gz`;
}
