import { isWhole } from '../../../src/contract';
import type { DeadLetter, Hydration } from './dead-letter';
import { sequenceNumberOf } from './sequence-numbers';

/** As many as a batch can have. An answer of Lambda has an end, at 6 MB, and one over it is an error: the event would be tried again. */
const MAX_SEQUENCE_NUMBERS = 10_000;

/** What a function made of a failed batch. */
export interface DeadLetterResult extends Omit<Hydration, 'error' | 'formatVersion'> {
  /** The records that it holds, where they are not all of the batch. Absent where they are too many to tell. */
  readonly sequenceNumbers?: readonly string[];
}

/** An object that is none of the function's business. */
export interface SkippedObject {
  /** Stream whose own function it is for. None: it is of an asynchronous invocation. */
  readonly streamArn?: string;
}

/** What a function did with an event: an operator who has it try again goes by this. */
export interface CaptureResult {
  readonly deadLetters: readonly DeadLetterResult[];
  /** How many were kept in the undeliverable queue. */
  readonly undeliverables: number;
  /** Absent where there was nothing of the kind. */
  readonly leftAlone?: readonly SkippedObject[];
}

export function captureResult(deadLetters: readonly DeadLetter[], undeliverables: number): CaptureResult {
  let room = MAX_SEQUENCE_NUMBERS;
  const results = deadLetters.map((deadLetter): DeadLetterResult => {
    const { deadLetterId, status, expectedRecords, recoveredRecords } = deadLetter.hydration;
    const verdict = { deadLetterId, status, expectedRecords, recoveredRecords };
    if (isWhole(status) || recoveredRecords > room) return verdict;
    room -= recoveredRecords;
    return { ...verdict, sequenceNumbers: deadLetter.payload.Records.map(sequenceNumberOf).filter((it) => it !== undefined) };
  });
  return { deadLetters: results, undeliverables };
}

export function skippedObjectResult(object: SkippedObject = {}): CaptureResult {
  return { deadLetters: [], undeliverables: 0, leftAlone: [object] };
}
