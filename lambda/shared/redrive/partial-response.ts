import { readJson } from '../dead-letter/failure-record';
import { sequenceNumberOf } from '../dead-letter/sequence-number';

/**
 * How many records of a batch an answer without a function error says are processed, as Lambda reads it for streams: all before the
 * lowest that is reported. Everything from that one on is to be sent again, whatever became of it. An answer that names a record which
 * is none of the batch says that the whole batch failed.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function processedRecords(answer: string, records: readonly unknown[]): number {
  // A function that returns nothing answers with null, or with no text at all.
  const json = answer === '' ? null : readJson(answer);
  // Only a broken connection cuts JSON off: what it said is not known.
  if (json === undefined) return 0;
  const { batchItemFailures } = (json ?? {}) as { batchItemFailures?: unknown };
  if (batchItemFailures === undefined || batchItemFailures === null) return records.length;
  if (!Array.isArray(batchItemFailures)) return 0;

  const places = new Map<unknown, number>();
  // Of one that is there twice the first place counts: nothing after it is known to be processed.
  records.forEach((record, place) => {
    const sequenceNumber = sequenceNumberOf(record);
    if (sequenceNumber !== undefined && !places.has(sequenceNumber)) places.set(sequenceNumber, place);
  });
  return batchItemFailures.reduce<number>((lowest, item) => {
    const place = places.get((item as { itemIdentifier?: unknown } | null)?.itemIdentifier);
    return Math.min(lowest, place ?? 0);
  }, records.length);
}
