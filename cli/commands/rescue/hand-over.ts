import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import { HydrationStatus } from '../../../src/contract';
import { Audit } from '../../audit/audit';
import { isSameQueueAnywhere } from '../../aws/queue-name';
import { fileCommand } from '../../command-line';
import type { Context } from '../../context';
import { TO_PROCESSOR, BACK_TO_STREAM } from '../../dead-letters/file-reader';
import { printResults } from '../../dead-letters/results';
import type { ExportedMessage } from '../../file/exported-message';
import { Journal } from '../../file/journal';
import { count, shortName } from '../../output/text';
import { IMPORT_WORDS, importCounts, type LinesToSend, linesToSend, sendLines } from '../import/send-lines';
import type { ChangeOptions } from '../options';
import { DELETE_WORDS, DeleteResult, DeleteRun } from './delete-run';
import type { FoundFailures } from './found-failures';
import type { RescueFile } from './rescue-file';
import type { Source } from './source';
import type { Target } from './target';

export interface HandOverOptions extends ChangeOptions {
  readonly delete: boolean;
  readonly concurrency: number;
}

/** What is to be done in one round. */
interface Work {
  /** Absent without --to-queue and --to-stack. */
  readonly sending?: LinesToSend;
  /** Lines to send, by the status of their dead letters. */
  readonly statuses: ReadonlyMap<string, number>;
  /** Messages whose dead letters are in the file. */
  readonly toDelete: number;
  /** Whether the message of a dead letter may be deleted. */
  isSafe(deadLetterId: string): boolean;
}

/** Sends what was rescued to the queue of a StreamDlq, and deletes what it was rescued from, where the user wants either. */
export class HandOver {
  private readonly sent = importCounts();
  private readonly audits = new Map<string, Promise<Audit>>();
  private deletion: DeleteRun | undefined;
  private isAsked = false;
  private isDeclined = false;
  private partlyRedriven = 0;
  /** Messages that the last look was to delete, with the ids of their dead letters. */
  private expected: readonly (readonly [string, string])[] = [];

  constructor(
    private readonly context: Context,
    private readonly file: Pick<RescueFile, 'path' | 'has' | 'requireThere'>,
    private readonly source: Source,
    private readonly target: Target | undefined,
    private readonly options: HandOverOptions,
  ) {}

  /** Messages that were deleted so far. */
  get deleted(): number {
    return this.deletion?.tally.count(DeleteResult.DELETED) ?? 0;
  }

  /** Whether all that was asked for is done. */
  get isDone(): boolean {
    const { NOT_FOUND, FAILED } = DeleteResult;
    const failed = this.sent.count('failed') + (this.deletion?.tally.count(NOT_FOUND, FAILED) ?? 0);
    return !this.isDeclined && this.partlyRedriven === 0 && failed === 0;
  }

  /** Whatever is deleted is in the file, and in the queue if one is named. @throws what concerns every message */
  async run(found: FoundFailures): Promise<void> {
    const { stopped } = this.context;
    const work = await this.workOn(found);
    const open = work.sending?.open ?? 0;
    if (open + work.toDelete === 0 || stopped.aborted || !(await this.isConfirmed(work))) return;
    if (work.sending && open > 0) await this.send(work.sending);
    if (work.toDelete > 0 && !stopped.aborted) await this.delete(found, work);
  }

  /** Prints what was done. Returns the same for --json. */
  async report(): Promise<object> {
    const { context: { output }, target, deletion, options, sent } = this;
    if (this.isDeclined) output.line(`Nothing was ${[...(target ? ['sent'] : []), ...(options.delete ? ['deleted'] : [])].join(' or ')}.`);
    printResults(sent, IMPORT_WORDS, output);
    deletion?.settleMissing(this.expected);
    if (deletion) printResults(deletion.tally, DELETE_WORDS, output);
    const files = await Promise.all([...this.audits.values()].map(async (audit) => (await audit).file));
    for (const file of new Set(files)) output.line(`Recorded in ${file}.`);
    return {
      ...(target && { sent: { queueUrl: target.queue.queueUrl, ...sent.report } }),
      ...(deletion && { deleted: deletion.tally.report }),
    };
  }

  async close(): Promise<void> {
    for (const audit of this.audits.values()) await (await audit).close();
  }

  private async workOn(found: FoundFailures): Promise<Work> {
    const { file, target, options } = this;
    // What went to another function, as for a test, did not reach the processor.
    const redriven = await Journal.open(`${file.path}.redriven`, '', (to) => to === TO_PROCESSOR || to === BACK_TO_STREAM);
    const statuses = new Map<string, number>();
    const sending = target && await this.linesFor(target, found, redriven, statuses);
    const isSafe = (id: string): boolean => file.has(id) && (!sending || redriven.isFinished(id) || sending.journal.isFinished(id));
    const toDelete = options.delete ? [...found.deadLetterIds.values()].filter((id) => file.has(id)).length : 0;
    return { ...(sending && { sending }), statuses, toDelete, isSafe };
  }

  /** What of the file is of this source and went to no processor: a file may be of several runs. */
  private async linesFor({ dlq, queue }: Target, found: FoundFailures, redriven: Journal, statuses: Map<string, number>): Promise<LinesToSend> {
    const { context: { output, options }, file, source } = this;
    const ids = new Set(found.deadLetterIds.values());
    const [others, whole, parts] = [new Set<string>(), new Set<string>(), new Set<string>()];
    const isMeant = ({ messageId, queueUrl }: ExportedMessage): boolean => {
      const isOfSource = ids.has(messageId) || (source.queue ? isSameQueueAnywhere(queueUrl, source.name) : queueUrl === source.name);
      // What "export" wrote of the source is a failure record without its records.
      if (!isOfSource || !file.has(messageId)) others.add(messageId);
      else if (redriven.isFinished(messageId)) whole.add(messageId);
      else if (redriven.remainderOf(messageId) !== undefined) parts.add(messageId);
      else return true;
      return false;
    };
    const sending = await linesToSend(file.path, dlq, queue, isMeant, ({ attributes: { status } }) => {
      statuses.set(status?.value, (statuses.get(status?.value) ?? 0) + 1);
    });
    this.partlyRedriven = parts.size;
    if (this.isAsked) return sending;
    const before = sending.lines - sending.open;
    if (before > 0) output.note(`${count(before, 'dead letter')} went to ${shortName(queue.queueUrl)} before, as ${sending.journal.file} says`);
    if (whole.size > 0) output.note(`${count(whole.size, 'dead letter')} went to a processor before, as ${redriven.file} says: not sent to the queue`);
    const sendRest = fileCommand('redrive', file.path, options);
    const { sentElsewhere, file: imported } = sending.journal;
    if (sentElsewhere > 0) output.warn(`${count(sentElsewhere, 'dead letter')} went to another queue before, as ${imported} says: both queues will have ${sentElsewhere === 1 ? 'it' : 'them'}`);
    if (parts.size > 0) output.warn(`${count(parts.size, 'dead letter')} went to a processor in part, as ${redriven.file} says: \`${sendRest}\` sends the rest`);
    if (redriven.sentElsewhere > 0) {
      output.note(`${count(redriven.sentElsewhere, 'dead letter')} went to another function before, as ${redriven.file} says: the processor gets them as well`);
    }
    if (others.size > 0) output.note(`${count(others.size, 'message')} of ${file.path} were not rescued from ${shortName(source.name)}: not sent`);
    return sending;
  }

  /** Asks once: what comes later, from behind messages of a FIFO queue, is meant as well. */
  private async isConfirmed({ sending, statuses, toDelete }: Work): Promise<boolean> {
    if (this.isAsked) return !this.isDeclined;
    this.isAsked = true;
    const { context: { output }, file, source, options } = this;
    const to = sending && shortName(sending.queue.queueUrl);
    const incomplete = [...statuses].filter(([status]) => status !== HydrationStatus.COMPLETE).map(([status, number]) => `${number} ${status}`);
    const which = incomplete.length > 0 ? ` (${incomplete.join(', ')})` : '';
    const send = sending?.open ? [`send ${count(sending.open, 'dead letter')} of ${file.path}${which} to ${to}`] : [];
    const behind = source.queue?.isFifo ? ', and what is behind them,' : '';
    const remove = toDelete > 0 ? [`delete ${count(toDelete, 'message')}${behind} from ${shortName(source.name)}`] : [];
    const text = [...send, ...remove].join(', then ').replace(/^./, (first) => first.toUpperCase());
    if (options.yes) output.note(`${text}.`);
    else this.isDeclined = !(await output.confirm(`${text}?${send.length === 0 ? ` Their dead letters are in ${to ?? file.path}.` : ''}`));
    return !this.isDeclined;
  }

  private async send(sending: LinesToSend): Promise<void> {
    const { dlq, queue: { queueUrl } } = sending;
    const audit = await this.auditOf(queueUrl, dlq.auditLogGroup);
    await sendLines(this.context, sending, { audit, concurrency: this.options.concurrency, tally: this.sent });
  }

  private async delete({ deadLetterIds }: FoundFailures, { isSafe }: Work): Promise<void> {
    const { context: { output, clients, stopped, aborted }, source, target, file } = this;
    // Somebody may have moved it away while the user was asked, or dead letters were sent.
    await file.requireThere();
    const audit = await this.auditOf(source.name, source.queue?.auditLogGroup ?? target?.dlq.auditLogGroup);
    const to = target?.queue.queueUrl ?? file.path;
    await audit.write({ result: AuditResult.BEGUN, reason: to });
    const deletion = this.deletion ??= new DeleteRun(await clients.sqs(), audit, { queueUrl: source.name, to, stopped, aborted });
    const progress = output.progress('delete', undefined);
    try {
      const left = await deletion.run(isSafe, () => progress.add());
      if (left) output.warn(`${count(left.messages, 'message')} could not be made visible again (${left.reason}): visible again within ${left.seconds} seconds`);
      // Of a FIFO queue, the next look may find what this one has not.
      if (!stopped.aborted) this.expected = [...deadLetterIds].filter(([, id]) => isSafe(id));
    } finally {
      progress.stop();
    }
  }

  /** One for each queue that is changed. */
  private async auditOf(queueUrl: string, auditLogGroup: string | undefined): Promise<Audit> {
    const audit = this.audits.get(queueUrl) ?? Audit.open(this.context, { command: 'rescue', dlq: { queueUrl, auditLogGroup }, file: this.options.auditLog });
    this.audits.set(queueUrl, audit);
    return audit;
  }
}
