import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import type { DeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
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
import type { RecordQuery } from '../../query/record-query';
import { exportedPart, type Parts, partsOf } from './pick';

/** Deletes at a time. */
const CONCURRENCY = 16;

export const DiscardResult = {
  DISCARDED: 'discarded',
  /** The records that --pick takes are discarded: a smaller dead letter with the others is in its place. */
  PICKED: 'picked',
  /** Its body could not be kept, or it is of a newer format: it is where it was. */
  LEFT: 'left',
  FAILED: 'failed',
} as const;
export type DiscardResult = (typeof DiscardResult)[keyof typeof DiscardResult];

const SUCCESSES: readonly DiscardResult[] = [DiscardResult.DISCARDED, DiscardResult.PICKED];

export interface DiscardSettings {
  readonly queueUrl: string;
  readonly reason: string;
  readonly limit?: number;
  /** Chooses the records to discard. By default all of them. */
  readonly query?: Pick<RecordQuery, 'matches'>;
  readonly stopped: AbortSignal;
  readonly aborted: AbortSignal;
  onResult(result: MessageResult<DiscardResult>): void;
}

/** What is deleted, without its body: there may be many. With --pick, what remains of it is kept until it is in the queue. */
type MessageToDelete = Pick<QueuedDeadLetter, 'messageId' | 'sentAt' | 'summary'> & {
  readonly message: Pick<QueuedDeadLetter['message'], 'MessageId' | 'ReceiptHandle'>;
  readonly parts?: Pick<Parts, 'rest'> & { readonly records: number };
};

/** The most that --pick keeps of what remains: the rest of the queue is for the next run. */
const MOST_REST_BYTES = 64 * 1_048_576;

/** Deletes messages, once all of them are in a file that is on the disk. */
export class DiscardRun {
  readonly tally = new ResultCounts<DiscardResult>(Object.values(DiscardResult), (it) => SUCCESSES.includes(it));
  /** What is in the file and, as far as is known for sure, in the queue. */
  private readonly kept = new Set<string>();
  private written = 0;
  private restBytes = 0;

  constructor(
    private readonly origin: Pick<DeadLetterReader<QueuedDeadLetter>, 'deadLetters' | 'isHidden' | 'keepRemainder' | 'remove'>,
    private readonly objects: ObjectReader,
    private readonly selection: Selection,
    private readonly audit: Pick<Audit, 'write'>,
    private readonly settings: DiscardSettings,
  ) {}

  /** Messages in the file, once it has its name. */
  get exported(): number {
    return this.written;
  }

  /** Whether it ended because it keeps no more of what --pick leaves: another run goes on. */
  get isFull(): boolean {
    return this.restBytes >= MOST_REST_BYTES;
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
        if (deadLetter.defect?.name === NEWER_FORMAT) {
          this.leave(deadLetter, deadLetter.defect);
        } else {
          const parts = await this.divide(deadLetter);
          if (parts && (await this.exportMessage(deadLetter, file, parts === 'whole' ? undefined : parts))) {
            const { message: { MessageId, ReceiptHandle }, messageId, sentAt, summary } = deadLetter;
            const rest = parts === 'whole' ? {} : { parts: { rest: parts.rest, records: parts.discarded.payload.Records.length } };
            doomed.push({ message: { MessageId, ReceiptHandle }, messageId, sentAt, summary, ...rest });
          }
        }
        if (doomed.length >= limit || this.selection.isComplete || this.isFull) break;
      }
    } catch (error) {
      await file?.discard();
      throw error;
    }
    return doomed;
  }

  /** The parts of a dead letter by --pick. Undefined where it is left. */
  private async divide(deadLetter: QueuedDeadLetter): Promise<Parts | 'whole' | undefined> {
    const { query, reason, aborted } = this.settings;
    if (!query) return 'whole';
    try {
      if (deadLetter.native) return this.leave(deadLetter, { name: 'NoRecords', message: 'it has no records to pick' }) || undefined;
      if (deadLetter.noRoom) return this.leave(deadLetter, deadLetter.noRoom) || undefined;
      const read = await deadLetter.read(aborted);
      const parts = partsOf(read, query, reason, new Date());
      if (parts && 'message' in parts) return this.leave(deadLetter, parts) || undefined;
      if (parts) this.restBytes += Buffer.byteLength(read.text);
      return parts ?? 'whole';
    } catch (error) {
      if (error instanceof UndeliverableError) return this.leave(deadLetter, { name: error.name, message: error.message }) || undefined;
      throw error;
    }
  }

  /** Whether a message is what it was chosen for, and in the file, or needs not be. */
  private async exportMessage(deadLetter: QueuedDeadLetter, file: ExportFile | undefined, parts: Parts | undefined): Promise<boolean> {
    const { message } = deadLetter;
    const { readsAttributes } = this.selection;
    if (!file && !readsAttributes) return true;
    const { queueUrl, aborted } = this.settings;
    // To divide it, it was read, and its attributes were compared.
    if (parts) {
      await file?.write(exportedPart(deadLetter, parts.discarded, queueUrl));
      return true;
    }
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
    const { messageId, summary, parts } = deadLetter;
    const ids = { messageId, deadLetterId: summary?.deadLetterId };
    const known = { ...ids, records: parts?.records ?? summary?.recoveredRecords };
    if (!this.origin.isHidden(deadLetter as QueuedDeadLetter)) {
      const reason = { name: 'Lost', message: 'it became visible again: another consumer may have it' };
      this.settle({ ...ids, result: DiscardResult.FAILED, reason });
      return;
    }
    if (parts && !(await this.keepRest(deadLetter, parts.rest))) return;
    await this.audit.write({ ...known, result: AuditResult.DISCARDED, to: file, reason: this.settings.reason });
    try {
      this.kept.delete(messageId);
      await this.origin.remove(deadLetter as QueuedDeadLetter, 'sent', this.settings.aborted);
    } catch (error) {
      const { name, message, $fault } = error as Error & { readonly $fault?: string };
      // SQS has said no. Where it has said nothing, it may have deleted it.
      if (file !== undefined && $fault === 'client') this.kept.add(messageId);
      const also = parts ? '; the smaller dead letter of the records that are not discarded is in the queue beside it' : '';
      this.settle({ ...ids, result: DiscardResult.FAILED, reason: { name, message: `${message}${also}` } });
      await this.audit.write({ ...known, result: AuditResult.NOT_DELETED, reason: name });
      if (isFatal(error)) throw error;
      return;
    }
    this.settle({ ...known, status: summary?.status, result: parts ? DiscardResult.PICKED : DiscardResult.DISCARDED });
  }

  /** What remains is in the queue before the whole is deleted. */
  private async keepRest(deadLetter: MessageToDelete, rest: DeadLetter): Promise<boolean> {
    const { messageId, summary } = deadLetter;
    try {
      await this.origin.keepRemainder(deadLetter as QueuedDeadLetter, rest, this.settings.aborted);
      return true;
    } catch (error) {
      const { name, message } = error as Error;
      const reason = { name: 'RestNotKept', message: `the smaller dead letter could not be written (${name}: ${message}): nothing of it is discarded` };
      this.settle({ messageId, deadLetterId: summary?.deadLetterId, result: DiscardResult.FAILED, reason });
      if (isFatal(error)) throw error;
      return false;
    }
  }

  private settle(result: MessageResult<DiscardResult>): void {
    this.tally.add(result);
    this.settings.onResult(result);
  }
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item, void, void> {
  yield* items;
}
