import { Audit, AuditResult } from '../audit/audit';
import type { CommandModule, Context } from '../context';
import type { ImportOptions } from '../definitions/import';
import type { Dlq } from '../dlq';
import { ExitCode } from '../exit-code';
import { readLetterFile } from '../file/letter-file';
import type { LetterLine } from '../file/letter-line';
import { concernsAll } from '../redrive/concerns-all';
import { ImportQueue } from '../redrive/import-queue';
import { importJournalOf, Journal } from '../redrive/journal';
import { overflowOf } from '../redrive/letter-places';
import { printResults, type ResultWords } from '../redrive/print-results';
import { runWork } from '../redrive/run-work';
import { SteadyRate } from '../redrive/steady-rate';
import { errorIn } from '../redrive/survey';
import { Tally } from '../redrive/tally';
import { count } from '../redrive/words';

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
  const { queueUrl } = dlq;
  const journal = await Journal.open(importJournalOf(path), queueUrl);
  // All of it is read before anything is sent: a line that is wrong is better known now.
  const { lines, open } = await countLines(path, journal);
  output.note(`${path} has ${count(lines, 'message')}${lines > open ? `, ${count(lines - open, 'message')} of which were sent to ${queueUrl} before, as ${journal.file} says: delete that file to send them again` : ''}.`);
  if (options.dryRun || open === 0 || stopped.aborted || !(options.yes || (await output.confirm(`Send ${count(open, 'message')} to ${queueUrl}?`)))) {
    output.line(options.dryRun ? `Dry run: ${count(open, 'message')} would be sent to ${queueUrl}.` : open === 0 ? 'Nothing to send.' : 'Nothing was sent.');
    output.json({ file: path, queueUrl, dryRun: options.dryRun, messages: lines, open });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return options.dryRun || open === 0 ? ExitCode.DONE : ExitCode.LEFT;
  }
  return importLines(context, dlq, path, journal, { lines, open }, options);
};

async function importLines(
  context: Context, dlq: Dlq, path: string, journal: Journal, { lines, open }: LineCount, options: ImportOptions,
): Promise<ExitCode> {
  const { output, stopped, aborted, clients } = context;
  const { queueUrl } = dlq;
  const audit = await Audit.open(context, { command: 'import', dlq, file: options.auditLog });
  const progress = output.progress('import', open);
  const tally = new Tally<ImportResult>(['imported', 'failed'], (result) => result === 'imported');
  try {
    await audit.write({ result: AuditResult.BEGUN, reason: path });
    await journal.prepare();
    const queue = new ImportQueue(await clients.sqs(), overflowOf(clients, dlq), dlq);
    const send = async (line: LetterLine) => {
      const { messageId, attributes } = line;
      const deadLetterId = attributes.deadLetterId?.value;
      let newId: string | undefined;
      try {
        newId = await queue.send(line, aborted);
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
      await runWork(openLines(path, journal), send, { concurrency: options.concurrency, rate: new SteadyRate(undefined), ending: stopped });
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

async function countLines(path: string, journal: Journal): Promise<LineCount> {
  const ids = new Set<string>();
  for await (const { line } of readLetterFile(path)) ids.add(line.messageId);
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
