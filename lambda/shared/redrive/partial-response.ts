import { parseJson } from '../dead-letter/failure-record';
import { sequenceNumberOf } from '../dead-letter/sequence-numbers';
import type { Reason } from './target';

const FIELD = 'batchItemFailures';
const IDENTIFIER = 'itemIdentifier';
/** An identifier in a response can have any length. */
const MAX_IDENTIFIER = 200;

/** What a response without a function error says. */
export interface PartialResponse {
  /** The number of processed records: all before the lowest reported one. */
  readonly processed: number;
  /** Why not all records are processed. */
  readonly reason?: Reason;
  /** Whether the response reports each of the other records. A record after the lowest reported one need not have failed. */
  readonly allFailed?: boolean;
}

/**
 * The number of processed records by a response without a function error, as Lambda counts it for streams: all records before the lowest
 * reported one. Lambda retries every record from there on. A response that names a record outside the batch fails the whole batch.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export function processedRecords(response: string, records: readonly unknown[]): number {
  return partialResponse(response, records).processed;
}

/** What a response without a function error says about the records of a batch. */
export function partialResponse(response: string, records: readonly unknown[]): PartialResponse {
  const { items, problem } = failuresIn(response);
  if (problem !== undefined) return { processed: 0, reason: reason(`${problem}; it is not known which of ${counted(records.length)} are processed`) };
  if (items.length === 0) return { processed: records.length };
  const positions = positionsOf(records);
  const identifiers = items.map(identifierOf);
  const unknown = identifiers.findIndex((it) => !positions.has(it));
  if (unknown >= 0) {
    return { processed: 0, reason: reason(`${describe(items[unknown])}; none of ${counted(records.length)} counts as processed`) };
  }
  const processed = identifiers.reduce<number>((lowest, it) => Math.min(lowest, positions.get(it)!), records.length);
  const reported = new Set(identifiers);
  return {
    processed,
    reason: reason(`the processor reported ${FIELD}: ${records.length - processed} of ${records.length} records are not processed`),
    allFailed: records.slice(processed).every((record) => reported.has(sequenceNumberOf(record))),
  };
}

/** Position of each record by its sequence number. The first of two equal numbers counts: nothing after it is known to be processed. */
function positionsOf(records: readonly unknown[]): ReadonlyMap<unknown, number> {
  const positions = new Map<unknown, number>();
  records.forEach((record, position) => {
    const sequenceNumber = sequenceNumberOf(record);
    if (sequenceNumber !== undefined && !positions.has(sequenceNumber)) positions.set(sequenceNumber, position);
  });
  return positions;
}

/** The reported items of a response, or why they are unknown. */
function failuresIn(response: string): { readonly items: readonly unknown[]; readonly problem?: string } {
  // The response of a function that returns nothing is null or empty.
  const json = response === '' ? null : parseJson(response);
  // Only a broken connection cuts JSON off: its content is unknown.
  if (json === undefined) return { items: [], problem: 'the response of the processor is not JSON' };
  const { [FIELD]: items } = (json ?? {}) as { readonly [FIELD]?: unknown };
  if (items !== undefined && items !== null && !Array.isArray(items)) return { items: [], problem: `${FIELD} in the response of the processor is not an array` };
  if (items?.length) return { items };
  // Lambda treats a misspelled field as success, which would lose the reported records.
  const other = nameLike(FIELD, json);
  if (other === undefined) return { items: [] };
  return { items: [], problem: `the response of the processor has ${quoted(other)}, which Lambda does not read: it must be "${FIELD}"` };
}

function identifierOf(item: unknown): unknown {
  return (item as { readonly [IDENTIFIER]?: unknown } | null | undefined)?.[IDENTIFIER];
}

/** Describes an item that names no record of the batch. */
function describe(item: unknown): string {
  const identifier = identifierOf(item);
  const lead = `the processor reported ${FIELD} with`;
  if (identifier !== undefined) return `${lead} ${IDENTIFIER} ${quoted(identifier)}, which is the sequence number of no record of the event`;
  const other = nameLike(IDENTIFIER, item);
  return `${lead} an item without ${IDENTIFIER}${other === undefined ? '' : `, got: ${quoted(other)}`}`;
}

/** The name of a non-empty field that differs from a name only in case, `_` or `-`. */
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
