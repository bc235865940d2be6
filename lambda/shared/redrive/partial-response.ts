import { parseJson } from '../dead-letter/failure-record';
import { sequenceNumberOf } from '../dead-letter/sequence-numbers';
import type { Reason } from './target';

const FIELD = 'batchItemFailures';
const IDENTIFIER = 'itemIdentifier';
/** What a processor gives as an identifier can be of any length. */
const MAX_IDENTIFIER = 200;

/** What an answer without a function error says. */
export interface PartialResponse {
  /** How many records are processed: all before the lowest that is reported. */
  readonly processed: number;
  /** Why not all are. */
  readonly reason?: Reason;
  /** Whether each of the others was reported: what comes after the lowest that is need not have failed. */
  readonly allFailed?: boolean;
}

/**
 * How many records of a batch an answer without a function error says are processed, as Lambda reads it for streams: all before the
 * lowest that is reported. Everything from that one on is to be sent again, whatever became of it. An answer that names a record which
 * is none of the batch says that the whole batch failed.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function processedRecords(answer: string, records: readonly unknown[]): number {
  return partialResponse(answer, records).processed;
}

/** What an answer without a function error says of the records of a batch, and why they are not all processed. */
export function partialResponse(answer: string, records: readonly unknown[]): PartialResponse {
  const { items, problem } = failuresIn(answer);
  if (problem !== undefined) return { processed: 0, reason: reason(`${problem}: which of ${counted(records.length)} are processed is not known`) };
  if (items.length === 0) return { processed: records.length };
  const places = placesOf(records);
  const identifiers = items.map(identifierOf);
  const unknown = identifiers.findIndex((it) => !places.has(it));
  if (unknown >= 0) {
    return { processed: 0, reason: reason(`${describe(items[unknown])}: none of ${counted(records.length)} counts as processed`) };
  }
  const processed = identifiers.reduce<number>((lowest, it) => Math.min(lowest, places.get(it)!), records.length);
  const reported = new Set(identifiers);
  return {
    processed,
    reason: reason(`the processor reported ${FIELD}: ${records.length - processed} of ${records.length} records are not processed`),
    allFailed: records.slice(processed).every((record) => reported.has(sequenceNumberOf(record))),
  };
}

/** Place of each record by its sequence number. Of one that is there twice the first counts: nothing after it is known to be processed. */
function placesOf(records: readonly unknown[]): ReadonlyMap<unknown, number> {
  const places = new Map<unknown, number>();
  records.forEach((record, place) => {
    const sequenceNumber = sequenceNumberOf(record);
    if (sequenceNumber !== undefined && !places.has(sequenceNumber)) places.set(sequenceNumber, place);
  });
  return places;
}

/** What an answer reports, or why that cannot be told. */
function failuresIn(answer: string): { readonly items: readonly unknown[]; readonly problem?: string } {
  // A function that returns nothing answers with null, or with no text at all.
  const json = answer === '' ? null : parseJson(answer);
  // Only a broken connection cuts JSON off: what it said is not known.
  if (json === undefined) return { items: [], problem: 'the answer of the processor is not JSON' };
  const { [FIELD]: items } = (json ?? {}) as { readonly [FIELD]?: unknown };
  if (items !== undefined && items !== null && !Array.isArray(items)) return { items: [], problem: `${FIELD} in the answer of the processor is not an array` };
  if (items?.length) return { items };
  // Lambda takes it for success, and so would lose what the processor means to report.
  const other = nameLike(FIELD, json);
  if (other === undefined) return { items: [] };
  return { items: [], problem: `the answer of the processor has ${quoted(other)}, which Lambda does not read: it must be "${FIELD}"` };
}

function identifierOf(item: unknown): unknown {
  return (item as { readonly [IDENTIFIER]?: unknown } | null | undefined)?.[IDENTIFIER];
}

/** What is wrong with an item that names no record. */
function describe(item: unknown): string {
  const identifier = identifierOf(item);
  const lead = `the processor reported ${FIELD} with`;
  if (identifier !== undefined) return `${lead} ${IDENTIFIER} ${quoted(identifier)}, which is the sequence number of no record of the event`;
  const other = nameLike(IDENTIFIER, item);
  return `${lead} an item without ${IDENTIFIER}${other === undefined ? '' : `, got: ${quoted(other)}`}`;
}

/** A field with a value whose name differs from another in case alone, or in what stands between its words. */
function nameLike(name: string, value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const plain = (text: string) => text.replace(/[_-]/g, '').toLowerCase();
  const isEmpty = (it: unknown) => it === undefined || it === null || (Array.isArray(it) && it.length === 0);
  return Object.entries(value).find(([key, it]) => key !== name && plain(key) === plain(name) && !isEmpty(it))?.[0];
}

function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > MAX_IDENTIFIER ? `${text.slice(0, MAX_IDENTIFIER)}…` : text;
}

function counted(records: number): string {
  return `${records} ${records === 1 ? 'record' : 'records'}`;
}

function reason(message: string): Reason {
  return { name: 'BatchItemFailures', message };
}
