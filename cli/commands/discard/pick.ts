import type { DeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { attributesOf } from '../../../lambda/shared/dead-letter/dead-letter-queue';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { messageText } from '../../../lambda/shared/dead-letter/sqs-message';
import { remainderOf } from '../../../lambda/shared/redrive/remainder';
import type { Reason } from '../../../lambda/shared/redrive/target';
import { pickedRecords } from '../../dead-letters/picked-records';
import type { QueuedDeadLetter } from '../../dead-letters/queue-reader';
import { isWholeChoice, chosenCount, remainingOf } from '../../dead-letters/record-choice';
import { type ExportedMessage, exportedMessage } from '../../file/exported-message';
import type { RecordQuery } from '../../query/record-query';

/** The two parts of a dead letter of which some records are discarded. */
export interface Parts {
  /** The discarded records, as a dead letter that can be imported. */
  readonly discarded: DeadLetter;
  /** What remains in the queue. */
  readonly rest: DeadLetter;
}

/** Divides a dead letter by a query. A reason where no record matches; undefined where all do. */
export function partsOf(deadLetter: ReceivedDeadLetter, query: Pick<RecordQuery, 'matches'>, why: string, at: Date): Parts | Reason | undefined {
  const choice = pickedRecords(deadLetter, query);
  if (chosenCount(choice) === 0) return choice.reason;
  if (isWholeChoice(choice)) return undefined;
  const part = (remaining: readonly unknown[], reason: Reason) => remainderOf(deadLetter, { remaining, reason, allFailed: false }, at, '');
  return {
    discarded: part(deadLetter.event.Records.filter((_, place) => choice.isChosen[place]), { name: 'Discarded', message: why }),
    rest: part(remainingOf(deadLetter, choice).remaining, { name: 'NotPicked', message: 'the others were discarded: these do not match --where' }),
  };
}

/** The line of the discarded records in the export file. */
export function exportedPart({ message }: QueuedDeadLetter, part: DeadLetter, queueUrl: string): ExportedMessage {
  return exportedMessage({ ...message, MessageAttributes: attributesOf(part) }, queueUrl, messageText(part));
}
