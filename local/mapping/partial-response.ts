import { compareSequenceNumbers } from './stream-reader';

/** What an answer without a function error says about a batch, when the mapping listens to item failures. */
export type PartialResponse =
  | { readonly kind: 'success' }
  /** Everything from this sequence number on is to be retried: the lowest that was reported. */
  | { readonly kind: 'failedFrom'; readonly sequenceNumber: string }
  /** The answer names no record of the batch: the whole batch has failed. */
  | { readonly kind: 'failure' };

/** What an answer without a function error reports, to a mapping that listens to item failures. */
export type ReportedItems =
  | { readonly kind: 'success' }
  | { readonly kind: 'items'; readonly identifiers: readonly string[] }
  /** The answer names nothing of the batch, or something that is not of it: the whole batch has failed. */
  | { readonly kind: 'failure' };

/** @param identifiers those of the batch */
export function reportedItems(payload: string, identifiers: readonly string[]): ReportedItems {
  const answer: unknown = JSON.parse(payload);
  // Lambda's success forms have no list: "", [], null and {}. Nothing is known of other answers without one; they are
  // taken for success.
  if (typeof answer !== 'object' || answer === null) return { kind: 'success' };
  const { batchItemFailures } = answer as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return { kind: 'success' };
  if (!Array.isArray(batchItemFailures)) return { kind: 'failure' };
  if (!batchItemFailures.length) return { kind: 'success' };

  const known = new Set(identifiers);
  const reported = batchItemFailures.map((item: unknown) => (item as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  const valid = reported.every((id): id is string => typeof id === 'string' && known.has(id));
  return valid ? { kind: 'items', identifiers: reported } : { kind: 'failure' };
}

/** On a stream, order counts: what comes after a failed record has failed with it. */
export function parsePartialResponse(payload: string, sequenceNumbers: readonly string[]): PartialResponse {
  const reported = reportedItems(payload, sequenceNumbers);
  if (reported.kind !== 'items') return reported;
  return { kind: 'failedFrom', sequenceNumber: [...reported.identifiers].sort(compareSequenceNumbers)[0] };
}
