import { isObject } from '../is-object';
import { EventPattern } from './event-pattern';

/** Five, or ten with a raised quota. */
export const MAXIMUM_FILTERS = 10;

/**
 * The filters of a mapping: a record that matches none of them is skipped before there is a batch. Of a Kinesis record they see the
 * fields of `kinesis`, with `data` decoded and read as JSON; of a DynamoDB record, the record.
 */
export class RecordFilter {
  private readonly patterns: readonly { readonly pattern: EventPattern; readonly needsData: boolean }[];

  /** @throws for a pattern that Lambda would refuse */
  constructor(patterns: readonly string[]) {
    if (patterns.length > MAXIMUM_FILTERS) {
      throw new Error(`a mapping must have at most ${MAXIMUM_FILTERS} filters, got: ${patterns.length}`);
    }
    this.patterns = patterns.map((text) => ({ pattern: EventPattern.parse(text), needsData: filtersData(text) }));
  }

  accepts({ event }: { readonly event: object }): boolean {
    if (!this.patterns.length) return true;
    const document = documentOf(event);
    return this.patterns.some(({ pattern, needsData }) => (!needsData || 'data' in document) && pattern.matches(document));
  }
}

function filtersData(text: string): boolean {
  const { data } = JSON.parse(text) as { data?: unknown };
  if (data !== undefined && !isObject(data)) throw new Error(`a filter on data must be an object, as data is read as JSON, got: ${text}`);
  return data !== undefined;
}

function documentOf(event: object): object {
  const { kinesis, ...metadata } = event as { kinesis?: { data: string } };
  if (!kinesis) return event;
  const { data: encoded, ...fields } = kinesis;
  try {
    return { ...metadata, ...fields, data: JSON.parse(Buffer.from(encoded, 'base64').toString()) as unknown };
  } catch {
    return { ...metadata, ...fields };
  }
}
