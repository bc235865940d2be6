/** The maximum size of an event as JSON: Lambda says that it "must be smaller than 6291456 bytes". */
export const MAX_EVENT_BYTES = 6_291_455;

/** An event of the processor, with all or with some of the records. */
export interface EventPart {
  readonly event: { readonly Records: readonly unknown[] };
  /** Size of its JSON in bytes. Exceeds the limit where a single record does. */
  readonly bytes: number;
}

/**
 * Splits an event into events within the limit: the records stay in order, and each part has all other fields. An event without records is
 * one part where it has other fields, such as the state of a tumbling window.
 */
export function eventParts(event: EventPart['event'], limit = MAX_EVENT_BYTES): EventPart[] {
  const envelope = jsonBytes({ ...event, Records: [] });
  const parts: EventPart[] = [];
  let records: unknown[] = [];
  let bytes = envelope;
  const close = () => void parts.push({ event: { ...event, Records: records }, bytes });
  for (const record of event.Records) {
    const size = jsonBytes(record);
    // A comma precedes every record except the first.
    if (records.length > 0 && bytes + 1 + size > limit) {
      close();
      records = [];
      bytes = envelope;
    }
    bytes += size + (records.length > 0 ? 1 : 0);
    records.push(record);
  }
  if (records.length > 0 || (event.Records.length === 0 && hasOtherFields(event))) close();
  return parts;
}

/** Whether an event has fields besides its records, such as the state of a tumbling window. */
export function hasOtherFields(event: object): boolean {
  return Object.entries(event).some(([name, value]) => name !== 'Records' && value !== undefined);
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
