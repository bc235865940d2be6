import { batchOf, type FailureRecord, isConsumer } from '../../lambda/shared/dead-letter/failure-record';
import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { sequenceNumberOf } from '../../lambda/shared/dead-letter/sequence-numbers';
import { HydrationStatus } from '../../src/contract';
import { isObject } from '../is-object';
import { RecordFilter } from './record-filter';

/** An event source mapping with filters. */
export interface FilteringMapping {
  readonly uuid: string;
  /** When it was changed last, its state included. */
  readonly lastModified: Date;
  readonly filters: readonly string[];
}

/** A failed batch that is known exactly, though its dead letter holds other records as well. */
export interface ProvenBatch {
  /** COMPLETE, with the records of the batch only. */
  readonly deadLetter: ReceivedDeadLetter;
  /** Numbers of these records in the dead letter, counted from 1. */
  readonly numbers: readonly number[];
  readonly mapping: FilteringMapping;
}

/**
 * The failed batch in a SUPERSET dead letter, where the filters of the mapping prove it. The dead letter has the whole range, so each record of
 * the batch is in it and passes the filters. Where as many records pass as the batch had, these are the batch. With more, for example of other
 * batches of the shard (`parallelizationFactor`), nothing is known.
 */
export function provenBatch(deadLetter: ReceivedDeadLetter, mapping: FilteringMapping): ProvenBatch | undefined {
  const { status, failure, event, expectedRecords, redrive, streamArn } = deadLetter;
  // The range of a remainder is not the range that Lambda filtered.
  if (status !== HydrationStatus.SUPERSET || mapping.filters.length === 0 || redrive?.of !== undefined) return undefined;
  const { Records: records } = event;
  const { batchSize, startSequenceNumber, endSequenceNumber } = batchOf(failure);
  if (batchSize !== expectedRecords || !wereInForce(mapping, failure)) return undefined;
  // Through a consumer Lambda passes the user records of an aggregate, which share its number. Whether it filters and counts those, or the
  // aggregate, AWS does not document. Any other mapping filters the aggregate as it is.
  if (isConsumer(streamArn) && new Set(records.map(sequenceNumberOf)).size < records.length) return undefined;
  const numbers = passing(records, mapping.filters);
  if (numbers?.length !== batchSize) return undefined;
  const batch = numbers.map((number) => records[number - 1]);
  if (sequenceNumberOf(batch[0]) !== startSequenceNumber || sequenceNumberOf(batch.at(-1)) !== endSequenceNumber) return undefined;
  const counts = { expectedRecords: batchSize, recoveredRecords: batchSize };
  const proven = { ...deadLetter, status: HydrationStatus.COMPLETE, ...counts, event: { ...event, Records: batch }, numbers };
  return { deadLetter: proven, numbers, mapping };
}

/** Whether Lambda had these filters when it made the batch: it did so after the first record arrived. */
function wereInForce({ lastModified }: FilteringMapping, failure: FailureRecord): boolean {
  return lastModified.getTime() <= Date.parse(batchOf(failure).approximateArrivalOfFirstRecord);
}

/** Numbers of the records that pass. Undefined where the filters have something that this tool does not know. */
function passing(records: readonly unknown[], filters: readonly string[]): number[] | undefined {
  let filter: RecordFilter;
  try {
    filter = new RecordFilter(filters);
  } catch {
    return undefined;
  }
  return records.flatMap((record, index) => (isObject(record) && filter.accepts({ event: record }) ? [index + 1] : []));
}
