import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import type { Audit } from '../../audit/audit';
import { isFatal } from '../../aws/aws-error';
import type { Context } from '../../context';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import { ResultCounts, type ResultText } from '../../dead-letters/results';
import { overflowOf } from '../../dead-letters/storage';
import type { Dlq } from '../../dlq';
import { readExportFile } from '../../file/export-file';
import type { ExportedMessage } from '../../file/exported-message';
import { type Journal, openImportJournal } from '../../file/journal';
import type { ChosenQueue } from '../../queue/chosen-queue';
import { requireKnownFormatOf, requireSameQueue } from './check-line';
import { groupOf, ImportQueue } from './import-queue';

export type ImportResult = 'imported' | 'failed';

export const IMPORT_WORDS: Record<ImportResult, ResultText> = {
  imported: { words: 'sent', look: 'good' },
  failed: { words: 'not sent', look: 'bad' },
};

/** What came of the lines that were sent. */
export const importCounts = (): ResultCounts<ImportResult> => new ResultCounts<ImportResult>(['imported', 'failed'], (result) => result === 'imported');

/** A file, the queue that its messages go to, and what was sent there before. */
export interface LinesToSend {
  readonly path: string;
  /** What is known around the queue. */
  readonly dlq: Dlq;
  readonly queue: ChosenQueue;
  readonly journal: Journal;
  /** Messages of the file. */
  readonly lines: number;
  /** Those that were not sent before. */
  readonly open: number;
  /** Whether a line is one to send. */
  isMeant(line: ExportedMessage): boolean;
}

/**
 * Looks through a whole file, before anything of it is sent: a line that is wrong is better known then.
 * @throws CliError where a line does not belong into the queue
 */
export async function linesToSend(
  path: string, dlq: Dlq, queue: ChosenQueue, isMeant: (line: ExportedMessage) => boolean = () => true, onOpen?: (line: ExportedMessage) => void,
): Promise<LinesToSend> {
  const journal = await openImportJournal(path, queue.queueUrl);
  const ids = new Set<string>();
  let open = 0;
  for await (const numbered of readExportFile(path)) {
    const { line } = numbered;
    if (!isMeant(line)) continue;
    requireSameQueue(path, numbered, queue, dlq);
    requireKnownFormatOf(path, numbered);
    if (ids.has(line.messageId)) continue;
    ids.add(line.messageId);
    if (journal.isFinished(line.messageId)) continue;
    open++;
    onOpen?.(line);
  }
  return { path, dlq, queue, journal, lines: ids.size, open, isMeant };
}

export interface SendSettings {
  readonly audit: Pick<Audit, 'write'>;
  readonly concurrency: number;
  readonly tally: ResultCounts<ImportResult>;
}

/**
 * Sends what was not sent before. The journal, which is closed at the end, knows each line that the queue has accepted.
 * @throws what concerns every message, such as a missing permission
 */
export async function sendLines(context: Context, lines: LinesToSend, { audit, concurrency, tally }: SendSettings): Promise<void> {
  const { output, stopped, aborted, clients } = context;
  const { path, dlq, queue, journal } = lines;
  const { queueUrl, maxMessageBytes } = queue;
  const progress = output.progress('import', lines.open);
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
    await runConcurrently(openLines(lines), send, {
      concurrency, rate: new RateLimit(undefined), ending: stopped, groupOf: (line) => (queue.isFifo ? groupOf(line) : undefined),
    });
  } finally {
    progress.stop();
    await journal.close();
  }
}

/** A file may be several exports, one after another, with a message in more than one of them. */
async function* openLines({ path, journal, isMeant }: LinesToSend): AsyncGenerator<ExportedMessage, void, void> {
  const seen = new Set<string>();
  for await (const { line } of readExportFile(path)) {
    if (seen.has(line.messageId) || journal.isFinished(line.messageId) || !isMeant(line)) continue;
    seen.add(line.messageId);
    yield line;
  }
}
