import { batchOf } from '../../../lambda/shared/dead-letter/failure-record';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import { failureTime } from '../../messages/failure-time';
import { timeIn } from '../../time';
import { DEAD_LETTER, type PlainFailure, plainFailure } from './plain-failure';

/** A text that may hold a failure record. */
export interface FoundText {
  /** Message id, or where it is in a file or a bucket. */
  readonly id: string;
  readonly text: string;
  /** When it was sent or written, where that is known. */
  readonly sentAt?: Date;
}

export interface FoundFailure extends PlainFailure {
  readonly id: string;
  readonly sentAt: Date;
  /** When the first record of the batch arrived in the stream: the first to leave it. */
  readonly arrivedAt: Date;
}

/** A text that is not rescued, and why. */
export interface OtherText {
  readonly id: string;
  readonly reason: string;
  /** It has its records: there is nothing to rescue. */
  readonly isDeadLetter: boolean;
}

/** Failure records, each once, by the id of their dead letter. A text that comes again, as in a second look at a queue, changes nothing. */
export class FoundFailures {
  private readonly byId = new Map<string, FoundFailure>();
  private readonly byText = new Map<string, string>();
  readonly others: OtherText[] = [];
  private repeated = 0;

  add({ id, text, sentAt }: FoundText): void {
    try {
      const found = plainFailure(text);
      if (this.byText.get(id) === found.deadLetterId) return;
      this.byText.set(id, found.deadLetterId);
      if (this.byId.has(found.deadLetterId)) {
        this.repeated++;
        return;
      }
      const failedAt = failureTime(found.failure) ?? sentAt ?? new Date(0);
      this.byId.set(found.deadLetterId, {
        ...found, id, sentAt: sentAt ?? failedAt, arrivedAt: timeIn(batchOf(found.failure).approximateArrivalOfFirstRecord) ?? failedAt,
      });
    } catch (error) {
      if (!(error instanceof UndeliverableError)) throw error;
      if (this.others.some((other) => other.id === id && other.reason === error.rule)) return;
      // Without the value, which may be a payload.
      this.others.push({ id, reason: error.rule, isDeadLetter: error.rule === DEAD_LETTER });
    }
  }

  /** Ids of messages, or places in a file or a bucket, with the id of the dead letter that is made of their failure. */
  get deadLetterIds(): ReadonlyMap<string, string> {
    return this.byText;
  }

  /** Texts whose failure an earlier one has: a notification can come twice. */
  get repeats(): number {
    return this.repeated;
  }

  /** The batches that leave their streams first come first. */
  get oldestFirst(): FoundFailure[] {
    return [...this.byId.values()].sort((one, other) => one.arrivedAt.getTime() - other.arrivedAt.getTime());
  }
}
