import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import { inconsistencyOf } from '../../../lambda/shared/dead-letter/dead-letter-message';
import { parseJson } from '../../../lambda/shared/dead-letter/failure-record';
import type { ObjectReader } from '../../../lambda/shared/dead-letter/object-reader';
import { pointerIn } from '../../../lambda/shared/dead-letter/pointer';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import type { Reason } from '../../../lambda/shared/redrive/target';
import type { Audit } from '../../audit/audit';
import { isFatal } from '../../aws/aws-error';
import { RateLimit, runConcurrently } from '../../dead-letters/concurrency';
import type { DeadLetterReader } from '../../dead-letters/dead-letter-reader';
import type { QueuedDeadLetter } from '../../dead-letters/queue-reader';
import { MessageResult, ResultCounts } from '../../dead-letters/results';
import type { Selection } from '../../dead-letters/selection';
import type { ExportFile } from '../../file/export-file';
import { exportedMessage } from '../../file/exported-message';
import { INCONSISTENT, NEWER_FORMAT } from '../../messages/message-summary';

/** Deletes at a time. */
const CONCURRENCY = 16;

export const DiscardResult = {
  DISCARDED: 'discarded',
  /** Its body could not be kept, or it is of a newer format: it is where it was. */
  LEFT: 'left',
  FAILED: 'failed',
} as const;
export type DiscardResult = (typeof DiscardResult)[keyof typeof DiscardResult];

export interface DiscardSettings {
  readonly queueUrl: string;
  readonly reason: string;
  readonly limit?: number;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
  onResult(result: MessageResult<DiscardResult>): void;
}

/** What is deleted, without its body: there may be many. */
type MessageToDelete = Pick<QueuedDeadLetter, 'messageId' | 'sentAt' | 'summary'> & { readonly message: Pick<QueuedDeadLetter['message'], 'MessageId' | 'ReceiptHandle'> };

/** Deletes messages, once all of them are in a file that is on the disk. */
export class DiscardRun {
  readonly tally = new ResultCounts<DiscardResult>(Object.values(DiscardResult), (result) => result === DiscardResult.DISCARDED);
  /** What is in the file and, as far as is known for sure, in the queue. */
  private readonly kept = new Set<string>();
  private written = 0;

  constructor(
    private readonly origin: Pick<DeadLetterReader<QueuedDeadLetter>, 'deadLetters' | 'isHidden' | 'remove'>,
    private readonly objects: ObjectReader,
    private readonly selection: Selection,
    private readonly audit: Pick<Audit, 'write'>,
    private readonly settings: DiscardSettings,
  ) {}

  /** Messages in the file, once it has its name. */
  get exported(): number {
    return this.written;
  }

  /** Those of them that are certainly in the queue still. One of which that is not known is none of them: it may be in the file only. */
  get stillThere(): readonly string[] {
    return [...this.kept];
  }

  /**
   * Without a file, nothing is kept of them.
   * @throws what concerns every message; nothing is deleted if it is thrown before the file is whole
   */
  async run(file: ExportFile | undefined): Promise<void> {
    const { stopped } = this.settings;
    const doomed = await this.export(file);
    // Whoever stops it while it gathers wants nothing deleted.
    if (stopped.aborted || doomed.length === 0) {
      await file?.discard();
      return;
    }
    if (file) {
      await file.commit();
      this.written = doomed.length;
      for (const { messageId } of doomed) this.kept.add(messageId);
    }
    await runConcurrently(each(doomed), (deadLetter) => this.delete(deadLetter, file?.path), {
      concurrency: CONCURRENCY, rate: new RateLimit(undefined), ending: stopped,
    });
  }

  private async export(file: ExportFile | undefined): Promise<readonly MessageToDelete[]> {
    const { limit = Infinity, stopped } = this.settings;
    const doomed: MessageToDelete[] = [];
    try {
      for await (const { item: deadLetter, result: isMeant } of this.selection.choose(this.origin.deadLetters(stopped))) {
        if (!isMeant) continue;
        if (deadLetter.defect?.name === NEWER_FORMAT) this.leave(deadLetter, deadLetter.defect);
        else if (await this.exportMessage(deadLetter, file)) {
          const { message: { MessageId, ReceiptHandle }, messageId, sentAt, summary } = deadLetter;
          doomed.push({ message: { MessageId, ReceiptHandle }, messageId, sentAt, summary });
        }
        if (doomed.length >= limit || this.selection.isComplete) break;
      }
    } catch (error) {
      await file?.discard();
      throw error;
    }
    return doomed;
  }

  /** Whether a message is what it was chosen for, and in the file, or needs not be. */
  private async exportMessage(deadLetter: QueuedDeadLetter, file: ExportFile | undefined): Promise<boolean> {
    const { message } = deadLetter;
    const { readsAttributes } = this.selection;
    if (!file && !readsAttributes) return true;
    const { queueUrl, aborted } = this.settings;
    const pointer = pointerIn(message);
    try {
      const body = pointer ? await this.objects.read(pointer.bucket, pointer.key, aborted) : (message.Body ?? '');
      const defect = readsAttributes ? inconsistencyOf(message, parseJson(body)) : undefined;
      if (defect !== undefined) return this.leave(deadLetter, { name: INCONSISTENT, message: `${defect}; its id discards it all the same` });
      await file?.write(exportedMessage(message, queueUrl, body, pointer));
      return true;
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      return !file || this.leave(deadLetter, { name: error.name, message: `${error.message}; --no-export discards it all the same` });
    }
  }

  private leave({ messageId, summary }: QueuedDeadLetter, reason: Reason): false {
    this.settle({ messageId, deadLetterId: summary?.deadLetterId, result: DiscardResult.LEFT, reason });
    return false;
  }

  private async delete(deadLetter: MessageToDelete, file: string | undefined): Promise<void> {
    const { messageId, summary } = deadLetter;
    const ids = { messageId, deadLetterId: summary?.deadLetterId };
    const known = { ...ids, records: summary?.recoveredRecords };
    if (!this.origin.isHidden(deadLetter as QueuedDeadLetter)) {
      const reason = { name: 'Lost', message: 'it became visible again: another consumer may have it' };
      this.settle({ ...ids, result: DiscardResult.FAILED, reason });
      return;
    }
    await this.audit.write({ ...known, result: AuditResult.DISCARDED, to: file, reason: this.settings.reason });
    try {
      this.kept.delete(messageId);
      await this.origin.remove(deadLetter as QueuedDeadLetter, 'sent', this.settings.aborted);
    } catch (error) {
      const { name, message, $fault } = error as Error & { readonly $fault?: string };
      // SQS has said no. Where it has said nothing, it may have deleted it.
      if (file !== undefined && $fault === 'client') this.kept.add(messageId);
      this.settle({ ...ids, result: DiscardResult.FAILED, reason: { name, message } });
      await this.audit.write({ ...known, result: AuditResult.NOT_DELETED, reason: name });
      if (isFatal(error)) throw error;
      return;
    }
    this.settle({ ...ids, status: summary?.status, records: summary?.recoveredRecords, result: DiscardResult.DISCARDED });
  }

  private settle(result: MessageResult<DiscardResult>): void {
    this.tally.add(result);
    this.settings.onResult(result);
  }
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item, void, void> {
  yield* items;
}
