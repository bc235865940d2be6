import type { DeadLetter, Hydration } from './dead-letter';

/** What a function did with an event: an operator who has it try again goes by this. */
export interface CaptureResult {
  readonly deadLetters: readonly Omit<Hydration, 'error'>[];
  /** How many were kept in the undeliverable queue. */
  readonly undeliverables: number;
}

export function captureResult(letters: readonly DeadLetter[], undeliverables: number): CaptureResult {
  const deadLetters = letters.map(({ hydration: { deadLetterId, status, expectedRecords, recoveredRecords } }) =>
    ({ deadLetterId, status, expectedRecords, recoveredRecords }));
  return { deadLetters, undeliverables };
}
