import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import type { PartlySent, Reason } from '../../lambda/shared/redrive/target';
import type { VerdictCounts } from '../check/verdict';

/** Which records of a dead letter are sent, or deleted. The others stay, as a smaller dead letter. */
export interface RecordChoice {
  /** For each record, whether it is chosen. */
  readonly isChosen: readonly boolean[];
  /** Why the others stay. */
  readonly reason: Reason;
  /** What `--check` found, by the number of records. */
  readonly verdicts?: VerdictCounts;
  /** Other dead letters that wait, and have a later record of one of its partition keys. */
  readonly newerWaiting?: number;
}

export type RecordsToSend = (deadLetter: ReceivedDeadLetter, signal: AbortSignal) => Promise<RecordChoice>;

export function chosenCount({ isChosen }: RecordChoice): number {
  return isChosen.filter(Boolean).length;
}

/** Whether a choice takes the dead letter as it is. The final call of a tumbling window has no records. */
export function isWholeChoice(choice: RecordChoice): boolean {
  return choice.isChosen.every(Boolean);
}

/** The dead letter with only the chosen records, for a target. */
export function chosenPart(deadLetter: ReceivedDeadLetter, { isChosen }: RecordChoice): ReceivedDeadLetter {
  const { event } = deadLetter;
  return { ...deadLetter, event: { ...event, Records: event.Records.filter((_, place) => isChosen[place]) } };
}

/** What remains of the dead letter when the target has accepted the chosen records, or some of them: in the original order. */
export function remainingOf({ event }: ReceivedDeadLetter, { isChosen, reason }: RecordChoice, result?: PartlySent): Omit<PartlySent, 'outcome'> {
  const notAccepted = new Set(result?.remaining);
  const remaining = event.Records.filter((record, place) => !isChosen[place] || notAccepted.has(record));
  // A record that was not chosen need not have failed.
  return { reason, ...result, remaining, allFailed: isChosen.every(Boolean) && result?.allFailed === true };
}
