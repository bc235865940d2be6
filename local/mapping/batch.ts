import { SYNC_PAYLOAD_BYTES } from '../functions/lambda-function';
import { StreamRecord } from './stream-reader';

const ENVELOPE_BYTES = Buffer.byteLength('{"Records":[]}');

/** What goes into an event: a record of a stream, or a message of a queue. */
export type EventItem = Pick<StreamRecord, 'event'>;

const sizes = new WeakMap<EventItem, number>();

export interface LambdaEvent {
  readonly Records: readonly object[];
}

/** @param window what the event of a tumbling window has beside its records */
export function lambdaEvent(records: readonly EventItem[], window: object = {}): LambdaEvent {
  return { Records: records.map((record) => record.event), ...window };
}

export function eventBytes(records: readonly EventItem[]): number {
  const separators = Math.max(0, records.length - 1);
  return records.reduce((sum, record) => sum + recordBytes(record), ENVELOPE_BYTES + separators);
}

/**
 * How many records from the start make the next batch: up to the batch size, and no more than one event can carry. At
 * least one.
 */
export function batchLength(records: readonly EventItem[], batchSize: number): { readonly length: number; readonly full: boolean } {
  let bytes = ENVELOPE_BYTES;
  for (let index = 0; index < records.length; index++) {
    if (index === batchSize) return { length: index, full: true };
    bytes += recordBytes(records[index]) + (index ? 1 : 0);
    if (bytes > SYNC_PAYLOAD_BYTES) return { length: Math.max(1, index), full: true };
  }
  return { length: records.length, full: records.length === batchSize };
}

function recordBytes(record: EventItem): number {
  let bytes = sizes.get(record);
  if (bytes === undefined) sizes.set(record, bytes = Buffer.byteLength(JSON.stringify(record.event)));
  return bytes;
}
