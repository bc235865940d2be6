import { isWhole } from '../../../src/contract';
import type { DeadLetter, Hydration } from './dead-letter';
import { sequenceNumberOf } from './sequence-number';

/** As many as a batch can have. An answer of Lambda has an end, at 6 MB, and one over it is an error: the event would be tried again. */
const MOST_SEQUENCE_NUMBERS = 10_000;

/** What a function made of a failed batch. */
export interface CapturedLetter extends Omit<Hydration, 'error' | 'formatVersion'> {
  /** The records that it holds, where they are not all of the batch. Absent where they are too many to tell. */
  readonly sequenceNumbers?: readonly string[];
}

/** An object that is none of the function's business. */
export interface LeftAlone {
  /** Stream whose own function it is for. None: it is of an asynchronous invocation. */
  readonly streamArn?: string;
}

/** What a function did with an event: an operator who has it try again goes by this. */
export interface CaptureResult {
  readonly deadLetters: readonly CapturedLetter[];
  /** How many were kept in the undeliverable queue. */
  readonly undeliverables: number;
  /** Absent where there was nothing of the kind. */
  readonly leftAlone?: readonly LeftAlone[];
}

export function captureResult(letters: readonly DeadLetter[], undeliverables: number): CaptureResult {
  let room = MOST_SEQUENCE_NUMBERS;
  const deadLetters = letters.map((letter): CapturedLetter => {
    const { deadLetterId, status, expectedRecords, recoveredRecords } = letter.hydration;
    const verdict = { deadLetterId, status, expectedRecords, recoveredRecords };
    if (isWhole(status) || recoveredRecords > room) return verdict;
    room -= recoveredRecords;
    return { ...verdict, sequenceNumbers: letter.payload.Records.map(sequenceNumberOf).filter((it) => it !== undefined) };
  });
  return { deadLetters, undeliverables };
}

export function leftAlone(object: LeftAlone = {}): CaptureResult {
  return { deadLetters: [], undeliverables: 0, leftAlone: [object] };
}
