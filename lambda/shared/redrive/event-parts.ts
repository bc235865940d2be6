/** The maximum size of an event as JSON: Lambda says that it "must be smaller than 6291456 bytes". */
export const MAX_EVENT_BYTES = 6_291_455;

/** An event of the processor, with all or with some of the records. */
export interface EventPart {
  readonly event: { readonly Records: readonly unknown[] };
  readonly json: string;
  /** Size of `json` in bytes. Exceeds the limit where a single record does. */
  readonly bytes: number;
}

/**
 * Splits an event into events within the limit: the records stay in order, and each part has all other fields. An event without records is
 * one part where it has other fields, such as the state of a tumbling window.
 */
export function eventParts(event: EventPart['event'], limit = MAX_EVENT_BYTES): EventPart[] {
  const envelope = Buffer.byteLength(eventJson(event, []));
  const parts: EventPart[] = [];
  let records: unknown[] = [];
  let texts: string[] = [];
  let bytes = envelope;
  const close = () => void parts.push({ event: { ...event, Records: records }, json: eventJson(event, texts), bytes });
  for (const record of event.Records) {
    // In a list, JSON has null for what it cannot hold.
    const text = JSON.stringify(record) ?? 'null';
    const size = Buffer.byteLength(text);
    // A comma precedes every record except the first.
    if (records.length > 0 && bytes + 1 + size > limit) {
      close();
      records = [];
      texts = [];
      bytes = envelope;
    }
    bytes += size + (records.length > 0 ? 1 : 0);
    records.push(record);
    texts.push(text);
  }
  if (records.length > 0 || (event.Records.length === 0 && hasOtherFields(event))) close();
  return parts;
}

/** The JSON of an event with the JSON of its records: a record of a megabyte is written once, to be measured and to be sent. */
function eventJson(event: EventPart['event'], records: readonly string[]): string {
  const fields = Object.entries(event).flatMap(([name, value]) => {
    const text = name === 'Records' ? `[${records.join(',')}]` : JSON.stringify(value);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${fields.join(',')}}`;
}

/** Whether an event has fields besides its records, such as the state of a tumbling window. */
export function hasOtherFields(event: object): boolean {
  return Object.entries(event).some(([name, value]) => name !== 'Records' && value !== undefined);
}
