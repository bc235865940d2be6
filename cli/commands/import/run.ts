import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import { Audit } from '../../audit/audit';
import { isFatal } from '../../aws/aws-error';
import type { CommandModule, Context } from '../../context';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import { errorIn } from '../../dead-letters/preview';
import { printResults, ResultCounts, type ResultText } from '../../dead-letters/results';
import { overflowOf } from '../../dead-letters/storage';
import type { Dlq } from '../../dlq';
import { ExitCode } from '../../exit-code';
import { type NumberedLine, readExportFile } from '../../file/export-file';
import type { ExportedMessage } from '../../file/exported-message';
import { type Journal, openImportJournal } from '../../file/journal';
import { count, ofWhich } from '../../output/text';
import { type ChosenQueue, chosenQueue } from '../../queue/chosen-queue';
import type { ChangeOptions } from '../options';
import { requireKnownFormatOf, requireSameQueue } from './check-line';
import { groupOf, ImportQueue } from './import-queue';

export interface ImportOptions extends ChangeOptions {
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly dryRun: boolean;
  readonly concurrency: number;
}

interface LineCount {
  readonly lines: number;
  /** Those that were not sent before. */
  readonly open: number;
}

type ImportResult = 'imported' | 'failed';

const WORDS: Record<ImportResult, ResultText> = {
  imported: { words: 'sent', look: 'good' },
  failed: { words: 'not sent', look: 'bad' },
};

export const run: CommandModule<ImportOptions>['run'] = async (context, [path], options) => {
  const { output, stopped } = context;
  const dlq = await context.dlq();
  const queue = await chosenQueue(await context.clients.sqs(), dlq, options);
  const { queueUrl } = queue;
  const journal = await openImportJournal(path, queueUrl);
  // All of it is read before anything is sent: a line that is wrong is better known now.
  const { lines, open } = await countLines(path, journal, (numbered) => {
    requireSameQueue(path, numbered, queue, dlq);
    requireKnownFormatOf(path, numbered);
  });
  // An interrupted "discard" has noted those that it left where they were.
  const done = `, ${ofWhich(lines - open, lines)} went to ${queueUrl} before or never left it, as ${journal.file} says: delete that file to send all`;
  output.note(`${path} has ${count(lines, 'message')}${lines > open ? done : ''}.`);
  if (options.dryRun || open === 0 || stopped.aborted || !(options.yes || (await output.confirm(`Send ${count(open, 'message')} to ${queueUrl}?`)))) {
    output.line(options.dryRun ? `Dry run: ${count(open, 'message')} would be sent to ${queueUrl}.` : open === 0 ? 'Nothing to send.' : 'Nothing was sent.');
    output.json({ file: path, queueUrl, dryRun: options.dryRun, messages: lines, open });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return options.dryRun || open === 0 ? ExitCode.DONE : ExitCode.LEFT;
  }
  return importLines(context, dlq, queue, path, journal, { lines, open }, options);
};

async function importLines(
  context: Context, dlq: Dlq, queue: ChosenQueue, path: string, journal: Journal, { lines, open }: LineCount, options: ImportOptions,
): Promise<ExitCode> {
  const { output, stopped, aborted, clients } = context;
  const { queueUrl, maxMessageBytes } = queue;
  const audit = await Audit.open(context, { command: 'import', dlq, queueUrl, file: options.auditLog });
  const progress = output.progress('import', open);
  const tally = new ResultCounts<ImportResult>(['imported', 'failed'], (result) => result === 'imported');
  try {
    await audit.write({ result: AuditResult.BEGUN, reason: path });
    await journal.prepare();
    const overflow = overflowOf(clients, { ...dlq, queueUrl, maxMessageBytes });
    const target = new ImportQueue(await clients.sqs(), overflow, { ...queue, workId: await journal.workId() });
    const send = async (line: ExportedMessage) => {
      const { messageId, attributes } = line;
      const deadLetterId = attributes.deadLetterId?.value;
      let newId: string | undefined;
      try {
        newId = await target.send(line, aborted);
      } catch (error) {
        if (isFatal(error) || aborted.aborted) throw error;
        const { name, message } = error as Error;
        tally.add({ messageId, deadLetterId, result: 'failed', reason: { name, message } });
        progress.add();
        return;
      }
      await journal.add({ messageId });
      await audit.write({ result: AuditResult.IMPORTED, messageId: newId, deadLetterId, to: queueUrl });
      tally.add({ messageId, deadLetterId, result: 'imported' });
      progress.add();
    };
    let failure: { readonly error: unknown } | undefined;
    try {
      await runConcurrently(openLines(path, journal), send, {
        concurrency: options.concurrency, rate: new RateLimit(undefined), ending: stopped,
        groupOf: (line) => (queue.isFifo ? groupOf(line) : undefined),
      });
    } catch (error) {
      failure = { error };
    }
    progress.stop();
    printResults(tally, WORDS, output);
    if (stopped.aborted) output.line('Interrupted: run the same command again to continue.');
    output.line(`Recorded in ${audit.file}.`);
    const error = errorIn(failure);
    output.json({ file: path, queueUrl, dryRun: false, messages: lines, open, ...tally.report, interrupted: stopped.aborted, error });
    if (failure) throw failure.error;
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return tally.count('failed') === 0 ? ExitCode.DONE : ExitCode.LEFT;
  } finally {
    progress.stop();
    await journal.close();
    await audit.close();
  }
}

/** @throws what `check` throws */
async function countLines(path: string, journal: Journal, check: (line: NumberedLine) => void): Promise<LineCount> {
  const ids = new Set<string>();
  for await (const numbered of readExportFile(path)) {
    check(numbered);
    ids.add(numbered.line.messageId);
  }
  return { lines: ids.size, open: [...ids].filter((id) => !journal.isFinished(id)).length };
}

/** A file may be several exports, one after another, with a message in more than one of them. */
async function* openLines(path: string, journal: Journal): AsyncGenerator<ExportedMessage, void, void> {
  const seen = new Set<string>();
  for await (const { line } of readExportFile(path)) {
    if (seen.has(line.messageId) || journal.isFinished(line.messageId)) continue;
    seen.add(line.messageId);
    yield line;
  }
}
