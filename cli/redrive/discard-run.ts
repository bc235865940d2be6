import { AuditResult } from '../../lambda/shared/audit/audit-entry';
import { inconsistencyOf } from '../../lambda/shared/dead-letter/dead-letter-message';
import { parseJson } from '../../lambda/shared/dead-letter/failure-record';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { pointerIn } from '../../lambda/shared/dead-letter/pointer';
import { UndeliverableError } from '../../lambda/shared/dead-letter/undeliverable-error';
import type { Reason } from '../../lambda/shared/redrive/target';
import type { Audit } from '../audit/audit';
import type { LetterFile } from '../file/letter-file';
import { letterLine } from '../file/letter-line';
import { concernsAll } from './concerns-all';
import type { LetterOrigin } from './letter-origin';
import { INCONSISTENT, NEWER_FORMAT, type QueueLetter } from './queue-origin';
import { runWork } from './run-work';
import type { Selection } from './selection';
import { SteadyRate } from './steady-rate';
import { LetterResult, Tally } from './tally';

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
  onResult(result: LetterResult<DiscardResult>): void;
}

/** What is deleted, without its body: there may be many. */
type Doomed = Pick<QueueLetter, 'messageId' | 'sentAt' | 'summary'> & { readonly message: Pick<QueueLetter['message'], 'MessageId' | 'ReceiptHandle'> };

/** Deletes messages, once all of them are in a file that is on the disk. */
export class DiscardRun {
  readonly tally = new Tally<DiscardResult>(Object.values(DiscardResult), (result) => result === DiscardResult.DISCARDED);
  /** What is in the file and, as far as is known for sure, in the queue. */
  private readonly kept = new Set<string>();
  private written = 0;

  constructor(
    private readonly origin: Pick<LetterOrigin<QueueLetter>, 'letters' | 'isOurs' | 'remove'>,
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
  async run(file: LetterFile | undefined): Promise<void> {
    const { stopped } = this.settings;
    const doomed = await this.gather(file);
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
    await runWork(each(doomed), (letter) => this.discard(letter, file?.path), {
      concurrency: CONCURRENCY, rate: new SteadyRate(undefined), ending: stopped,
    });
  }

  private async gather(file: LetterFile | undefined): Promise<readonly Doomed[]> {
    const { limit = Infinity, stopped } = this.settings;
    const doomed: Doomed[] = [];
    try {
      for await (const letter of this.origin.letters(stopped)) {
        if (!this.selection.has(letter)) continue;
        if (letter.defect?.name === NEWER_FORMAT) this.leave(letter, letter.defect);
        else if (await this.keep(letter, file)) {
          const { message: { MessageId, ReceiptHandle }, messageId, sentAt, summary } = letter;
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
  private async keep(letter: QueueLetter, file: LetterFile | undefined): Promise<boolean> {
    const { message } = letter;
    const { readsAttributes } = this.selection;
    if (!file && !readsAttributes) return true;
    const { queueUrl, aborted } = this.settings;
    const pointer = pointerIn(message);
    try {
      const body = pointer ? await this.objects.read(pointer.bucket, pointer.key, aborted) : (message.Body ?? '');
      const defect = readsAttributes ? inconsistencyOf(message, parseJson(body)) : undefined;
      if (defect !== undefined) return this.leave(letter, { name: INCONSISTENT, message: `${defect}; its id discards it all the same` });
      await file?.write(letterLine(message, queueUrl, body, pointer));
      return true;
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      return !file || this.leave(letter, { name: error.name, message: `${error.message}; --no-export discards it all the same` });
    }
  }

  private leave({ messageId, summary }: QueueLetter, reason: Reason): false {
    this.settle({ messageId, deadLetterId: summary?.deadLetterId, result: DiscardResult.LEFT, reason });
    return false;
  }

  private async discard(letter: Doomed, file: string | undefined): Promise<void> {
    const { messageId, summary } = letter;
    const ids = { messageId, deadLetterId: summary?.deadLetterId };
    const known = { ...ids, records: summary?.recoveredRecords };
    if (!this.origin.isOurs(letter as QueueLetter)) {
      const reason = { name: 'Lost', message: 'it was hidden no longer: somebody else may have it' };
      this.settle({ ...ids, result: DiscardResult.FAILED, reason });
      return;
    }
    await this.audit.write({ ...known, result: AuditResult.DISCARDED, to: file, reason: this.settings.reason });
    try {
      this.kept.delete(messageId);
      await this.origin.remove(letter as QueueLetter, 'sent', this.settings.aborted);
    } catch (error) {
      const { name, message, $fault } = error as Error & { readonly $fault?: string };
      // SQS has said no. Where it has said nothing, it may have deleted it.
      if (file !== undefined && $fault === 'client') this.kept.add(messageId);
      this.settle({ ...ids, result: DiscardResult.FAILED, reason: { name, message } });
      await this.audit.write({ ...known, result: AuditResult.NOT_DELETED, reason: name });
      if (concernsAll(error)) throw error;
      return;
    }
    this.settle({ ...ids, status: summary?.status, records: summary?.recoveredRecords, result: DiscardResult.DISCARDED });
  }

  private settle(result: LetterResult<DiscardResult>): void {
    this.tally.add(result);
    this.settings.onResult(result);
  }
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item, void, void> {
  yield* items;
}
