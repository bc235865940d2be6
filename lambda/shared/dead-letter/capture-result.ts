import { isWhole } from '../../../src/contract';
import type { DeadLetter, Hydration } from './dead-letter';
import { sequenceNumberOf } from './sequence-numbers';

/** The largest batch size. A Lambda response over 6 MB is an error, and Lambda would retry the event. */
const MAX_SEQUENCE_NUMBERS = 10_000;

/** The dead letter that a function made of a failed batch. */
export interface DeadLetterResult extends Omit<Hydration, 'error' | 'formatVersion'> {
  /** The sequence numbers of its records, where it does not hold the whole batch. Absent where there are too many for the response. */
  readonly sequenceNumbers?: readonly string[];
}

/** An object that the function skipped. */
export interface SkippedObject {
  /** ARN of the stream that the object is of. Absent for an object of an asynchronous invocation. */
  readonly streamArn?: string;
}

/** What a function did with an event. `stream-dlq rehydrate` reads this. */
export interface CaptureResult {
  readonly deadLetters: readonly DeadLetterResult[];
  /** The number of events that the function sent to the undeliverable queue. */
  readonly undeliverables: number;
  /** Absent where the function skipped nothing. */
  readonly leftAlone?: readonly SkippedObject[];
}

/** Collects what a function does with the parts of an event, without the payloads. */
export class CaptureResults implements CaptureResult {
  readonly deadLetters: DeadLetterResult[] = [];
  undeliverables = 0;
  private remaining = MAX_SEQUENCE_NUMBERS;

  add(deadLetter: DeadLetter): void {
    const { deadLetterId, status, expectedRecords, recoveredRecords } = deadLetter.hydration;
    const verdict = { deadLetterId, status, expectedRecords, recoveredRecords };
    if (isWhole(status) || recoveredRecords > this.remaining) {
      this.deadLetters.push(verdict);
      return;
    }
    this.remaining -= recoveredRecords;
    this.deadLetters.push({ ...verdict, sequenceNumbers: deadLetter.payload.Records.map(sequenceNumberOf).filter((it) => it !== undefined) });
  }
}

export function captureResult(all: readonly DeadLetter[], undeliverables: number): CaptureResult {
  const results = new CaptureResults();
  for (const deadLetter of all) results.add(deadLetter);
  return { deadLetters: results.deadLetters, undeliverables };
}

export function skippedObjectResult(object: SkippedObject = {}): CaptureResult {
  return { deadLetters: [], undeliverables: 0, leftAlone: [object] };
}
