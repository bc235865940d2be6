import { AuditResult } from '../../lambda/shared/audit/audit-entry';
import { Audit } from '../audit/audit';
import type { CommandModule, Context } from '../context';
import type { ImportOptions } from '../definitions/import';
import type { Dlq } from '../dlq';
import { ExitCode } from '../exit-code';
import { type NumberedLine, readLetterFile } from '../file/letter-file';
import type { LetterLine } from '../file/letter-line';
import { type ChosenQueue, chosenQueue } from '../queue/chosen-queue';
import { concernsAll } from '../redrive/concerns-all';
import { groupOf, ImportQueue } from '../redrive/import-queue';
import { type Journal, openImportJournal } from '../redrive/journal';
import { overflowOf } from '../redrive/letter-places';
import { refuseNewer, refuseStranger } from '../redrive/line-home';
import { printResults, type ResultWords } from '../redrive/print-results';
import { runWork } from '../redrive/run-work';
import { SteadyRate } from '../redrive/steady-rate';
import { errorIn } from '../redrive/survey';
import { Tally } from '../redrive/tally';
import { count, ofWhich } from '../redrive/words';

interface LineCount {
  readonly lines: number;
  /** Those that were not sent before. */
  readonly open: number;
}

type ImportResult = 'imported' | 'failed';

const WORDS: Record<ImportResult, ResultWords> = {
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
    refuseStranger(path, numbered, queue, dlq);
    refuseNewer(path, numbered);
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
  const tally = new Tally<ImportResult>(['imported', 'failed'], (result) => result === 'imported');
  try {
    await audit.write({ result: AuditResult.BEGUN, reason: path });
    await journal.prepare();
    const overflow = overflowOf(clients, { ...dlq, queueUrl, maxMessageBytes });
    const target = new ImportQueue(await clients.sqs(), overflow, { ...queue, workId: await journal.workId() });
    const send = async (line: LetterLine) => {
      const { messageId, attributes } = line;
      const deadLetterId = attributes.deadLetterId?.value;
      let newId: string | undefined;
      try {
        newId = await target.send(line, aborted);
      } catch (error) {
        if (concernsAll(error) || aborted.aborted) throw error;
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
      const laneOf = (line: LetterLine) => (queue.isFifo ? groupOf(line) : undefined);
      await runWork(openLines(path, journal), send, { concurrency: options.concurrency, rate: new SteadyRate(undefined), ending: stopped, laneOf });
    } catch (error) {
      failure = { error };
    }
    progress.stop();
    printResults(tally, WORDS, output);
    if (stopped.aborted) output.line('Interrupted: the same command goes on from here.');
    output.line(`Noted in ${audit.file}.`);
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
  for await (const numbered of readLetterFile(path)) {
    check(numbered);
    ids.add(numbered.line.messageId);
  }
  return { lines: ids.size, open: [...ids].filter((id) => !journal.isFinished(id)).length };
}

/** A file may be several exports, one after another, with a message in more than one of them. */
async function* openLines(path: string, journal: Journal): AsyncGenerator<LetterLine, void, void> {
  const seen = new Set<string>();
  for await (const { line } of readLetterFile(path)) {
    if (seen.has(line.messageId) || journal.isFinished(line.messageId)) continue;
    seen.add(line.messageId);
    yield line;
  }
}
