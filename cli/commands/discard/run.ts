import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import { Audit } from '../../audit/audit';
import { operatorCommand, quoted } from '../../command-line';
import type { CommandModule, Context } from '../../context';
import { isNothingLeft, isNothingToDo, coverageOf } from '../../dead-letters/coverage';
import { queueSource, type QueueSource } from '../../dead-letters/dead-letter-source';
import { pickedRecords } from '../../dead-letters/picked-records';
import type { Decision, Plan } from '../../dead-letters/plan';
import { errorIn, preview } from '../../dead-letters/preview';
import type { QueuedDeadLetter } from '../../dead-letters/queue-reader';
import { chosenCount, isWholeChoice } from '../../dead-letters/record-choice';
import { printResults, type ResultText } from '../../dead-letters/results';
import { runAndRelease, warnWhenVisible } from '../../dead-letters/run-and-release';
import { Selection } from '../../dead-letters/selection';
import { ExitCode } from '../../exit-code';
import { ExportFile } from '../../file/export-file';
import { openImportJournal } from '../../file/journal';
import { NEWER_FORMAT } from '../../messages/message-summary';
import { count, ofWhich } from '../../output/text';
import { RecordQuery } from '../../query/record-query';
import type { TakeOptions } from '../options';
import { DiscardResult, DiscardRun } from './discard-run';

export interface DiscardOptions extends TakeOptions {
  readonly reason: string;
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly limit?: number;
  /** A file, or false for --no-export. Absent: a name with the time. */
  readonly export?: string | false;
  readonly yesForGood: boolean;
  readonly all: boolean;
  readonly pick?: boolean;
}

const NO_RECORDS = { name: 'NoRecords', message: 'SQS moved it here as it was sent, and it has no records to pick: leave --pick out' };

const WORDS: Record<DiscardResult, ResultText> = {
  discarded: { words: 'discarded', look: 'good' },
  picked: { words: 'discarded in part: a smaller dead letter holds the other records', look: 'good' },
  left: { words: 'not discarded: left in place', look: 'bad' },
  failed: { words: 'not deleted', look: 'bad' },
};

export const run: CommandModule<DiscardOptions>['run'] = async (context, ids, options) => {
  const { output, stopped } = context;
  const selection = await Selection.parse(context, ids, options);
  const query = options.pick && options.where !== undefined ? RecordQuery.parse(options.where) : undefined;
  const source = await queueSource(context, { ...options, concurrency: 1 }, options);
  const { plan, chosen } = await preview(context, source, selection, {
    limit: options.limit,
    decide: async (deadLetter) => {
      const { defect, native } = deadLetter;
      if (native && query) return { reason: NO_RECORDS };
      if (defect?.name === NEWER_FORMAT) return { reason: defect };
      return query ? pickDecision(deadLetter, query, context.aborted) : {};
    },
    text: { toDo: 'to be deleted' },
    isResult: false,
  });
  const isEmpty = isNothingToDo(plan);
  if (isEmpty || stopped.aborted || !(await isConfirmed(context, plan, source, options))) {
    output.line(isEmpty ? 'Nothing to discard.' : 'Nothing was discarded.');
    output.json({ from: source.name, plan });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return isNothingLeft(plan) && plan.toLeave === 0 && selection.unreadCount === 0 ? ExitCode.DONE : ExitCode.LEFT;
  }
  return discard(context, source, chosen, plan, options, query);
};

async function isConfirmed({ output }: Context, plan: Plan, source: QueueSource, options: DiscardOptions): Promise<boolean> {
  const what = `${options.pick ? `${count(plan.recordsToDo, 'record')} of ` : ''}${count(plan.toDo, 'message')}${plan.isAll || plan.toDo === options.limit ? '' : ', and what matches of the rest,'}`;
  if (!options.yes && !(await output.confirm(`Delete ${what} from ${source.name}?`))) return false;
  if (options.export !== false || options.yesForGood) return true;
  return output.confirm('Nothing of them will be kept (--no-export). Delete them for good?');
}

/** Which records of a dead letter are discarded, for the plan. */
async function pickDecision(deadLetter: QueuedDeadLetter, query: RecordQuery, signal: AbortSignal): Promise<Decision> {
  if (deadLetter.noRoom) return { reason: deadLetter.noRoom };
  try {
    const choice = pickedRecords(await deadLetter.read(signal), query);
    if (isWholeChoice(choice)) return {};
    const chosenRecords = chosenCount(choice);
    return chosenRecords > 0 ? { chosenRecords } : { reason: choice.reason };
  } catch (error) {
    if (error instanceof UndeliverableError) return { reason: { name: error.name, message: error.message } };
    throw error;
  }
}

async function discard(
  context: Context, source: QueueSource, selection: Selection, plan: Plan, options: DiscardOptions, query: RecordQuery | undefined,
): Promise<ExitCode> {
  const { output, stopped, aborted } = context;
  const audit = await Audit.open(context, { command: 'discard', dlq: source.dlq, file: options.auditLog });
  const progress = output.progress('discard', plan.isAll ? plan.toDo : options.limit);
  try {
    await audit.write({ result: AuditResult.BEGUN, reason: options.reason });
    const path = options.export === undefined ? defaultFile(new Date()) : options.export;
    const file = path === false ? undefined : await ExportFile.create(path);
    const origin = await source.take({
      onLost: warnWhenVisible(context),
    });
    const work = new DiscardRun(origin, source.objects, selection, audit, {
      queueUrl: source.name, reason: options.reason, limit: options.limit, query, stopped, aborted, onResult: () => progress.add(),
    });
    const { failure, remaining: unreached, notReleased } = await runAndRelease(context, origin, async () => work.run(file));
    progress.stop();
    printResults(work.tally, WORDS, output);
    const exported = work.exported > 0 ? file?.path : undefined;
    if (exported !== undefined) for (const line of await exportedLines(context, source, exported, work)) output.line(line);
    if (notReleased !== undefined) output.warn(notReleased);
    for (const text of [...selection.notFound.map((id) => `"${id}" was not found`), ...selection.notes]) output.warn(text);
    if (stopped.aborted) output.line('Interrupted: messages that were not deleted yet remain in the queue.');
    output.line(`Recorded in ${audit.file}.`);
    const { notFound } = selection;
    const { DISCARDED, PICKED, LEFT, FAILED } = DiscardResult;
    const begun = work.isFull ? plan.toDo : work.tally.count(DISCARDED, PICKED, LEFT, FAILED);
    if (work.isFull) output.warn('--pick keeps no more than 64 MiB of what remains in one run: run the same command again for the rest');
    const shortfall = coverageOf({ plan, selection, begun, limit: options.limit, unreached, notReleased });
    if (!failure && !stopped.aborted) for (const note of shortfall.notes) output.warn(note);
    const report = { ...work.tally.report, notFound, ...shortfall.report, interrupted: stopped.aborted, error: errorIn(failure) };
    output.json({ from: source.name, plan, file: exported, ...report });
    if (failure) throw failure.error;
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    const isGood = work.tally.count(LEFT, FAILED) === 0 && notFound.length === 0 && selection.unreadCount === 0;
    return isGood && !work.isFull && shortfall.notes.length === 0 ? ExitCode.DONE : ExitCode.LEFT;
  } finally {
    progress.stop();
    await audit.close();
  }
}

/** Says what the file is good for. Messages that are in the queue still are noted beside it, for "import" would send them once more. */
async function exportedLines(
  { options }: Context, { queue }: QueueSource, path: string, { exported, stillThere }: DiscardRun,
): Promise<string[]> {
  // To be copied: broken between words it would be several commands.
  const command = `    ${operatorCommand(`import ${quoted(path)}`, options, queue.content)}`;
  const [left, gone] = [stillThere.length, exported - stillThere.length];
  if (left === 0) return [exported === 1 ? `It is in ${path}, and is put back by:` : `They are in ${path}, and are put back by:`, command];
  const journal = await openImportJournal(path, queue.queueUrl);
  await journal.prepare();
  await Promise.all(stillThere.map(async (messageId) => journal.add({ messageId })));
  await journal.close();
  const lead = `${path} holds ${count(exported, 'message')}, ${ofWhich(left, exported)} ${left === 1 ? 'is' : 'are'} in the queue still`;
  if (gone === 0) return [`${lead}: there is nothing to put back.`];
  return [`${lead}. The other ${gone === 1 ? 'one is' : `${gone.toLocaleString('en-US')} are`} put back, as ${journal.file} says, by:`, command];
}

/** In the working directory, with a time that every file system takes in a name. */
function defaultFile(now: Date): string {
  return `discarded-${now.toISOString().replace(/[:.]/g, '-')}.jsonl.gz`;
}
