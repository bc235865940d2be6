import { EventPattern } from '../../cli/mapping-filters/event-pattern';
import { MAXIMUM_FILTERS } from '../../cli/mapping-filters/record-filter';
import { isObject } from '../json';

/** What `body` is read as: JSON for an object, text for a list, and nothing for a pattern without it. */
type BodyFormat = 'json' | 'text' | undefined;

/**
 * The filters of a mapping on a queue. A message whose body has another format than a filter's `body` does not match that filter.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
 */
export class MessageFilter {
  private readonly patterns: readonly { readonly pattern: EventPattern; readonly format: BodyFormat }[];

  /** @throws for a pattern that Lambda refuses */
  constructor(patterns: readonly string[]) {
    if (patterns.length > MAXIMUM_FILTERS) throw new Error(`a mapping must have at most ${MAXIMUM_FILTERS} filters, got: ${patterns.length}`);
    this.patterns = patterns.map((text) => ({ pattern: EventPattern.parse(text), format: formatOf(text) }));
  }

  accepts({ event }: { readonly event: { readonly body: string } }): boolean {
    if (this.patterns.length === 0) return true;
    const json = parsed(event.body);
    return this.patterns.some(({ pattern, format }) => {
      if (format === undefined) return pattern.matches(event);
      const matchesFormat = (format === 'json') === (json !== undefined);
      return matchesFormat && pattern.matches({ ...event, body: json ?? event.body });
    });
  }
}

function formatOf(text: string): BodyFormat {
  const { body } = JSON.parse(text) as { readonly body?: unknown };
  if (body === undefined) return undefined;
  return isObject(body) ? 'json' : 'text';
}

/** A scalar is text. */
function parsed(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
