/** The most bytes of JSON that a function is invoked with: an event "must be smaller than 6291456 bytes", as Lambda says. */
export const MAX_EVENT_BYTES = 6_291_455;

/** An event of the processor, with all or with some of the records. */
export interface EventPart {
  readonly event: { readonly Records: readonly unknown[] };
  /** Bytes of its JSON. Over the limit where a single record is. */
  readonly bytes: number;
}

/**
 * The events that an event is sent as, each within the limit: its records in their order, as many to an event as fit, and everything
 * else of it in each. One without records is sent for what else it holds, as the state of a tumbling window.
 */
export function eventParts(event: EventPart['event'], limit = MAX_EVENT_BYTES): EventPart[] {
  const envelope = jsonBytes({ ...event, Records: [] });
  const parts: EventPart[] = [];
  let records: unknown[] = [];
  let bytes = envelope;
  const close = () => void parts.push({ event: { ...event, Records: records }, bytes });
  for (const record of event.Records) {
    const size = jsonBytes(record);
    // A comma stands before every record but the first.
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

/** Whether an event holds more than records, as the state of a tumbling window: no stream has that. */
export function hasOtherFields(event: object): boolean {
  return Object.entries(event).some(([name, value]) => name !== 'Records' && value !== undefined);
}

function jsonBytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
