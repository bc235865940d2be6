import type { LogEvent } from './log-group';

/** What a page holds: CloudWatch Logs also ends one after as many events that it has looked at. */
export const PAGE_EVENTS = 10_000;
export const PAGE_BYTES = 1_048_576;

export interface FilteredPage {
  readonly events: readonly LogEvent[];
  /** Where the next page begins. Undefined after the last one. */
  readonly next?: number;
}

/** The events that match, of a page that begins at a place. A page can be empty although others follow. */
export function filteredPage(all: readonly LogEvent[], matches: (event: LogEvent) => boolean, limit: number, from: number): FilteredPage {
  const events: LogEvent[] = [];
  let bytes = 0;
  for (let index = from; index < all.length; index++) {
    const size = Buffer.byteLength(all[index].message);
    if (index - from >= PAGE_EVENTS || events.length >= limit || (bytes > 0 && bytes + size > PAGE_BYTES)) return { events, next: index };
    bytes += size;
    if (matches(all[index])) events.push(all[index]);
  }
  return { events };
}

/** From a place on, forwards or backwards: as many events as a page holds. */
export function streamPage(all: readonly LogEvent[], limit: number, place: number, direction: 1 | -1): readonly [from: number, to: number] {
  let [from, to] = [place, place];
  for (let bytes = 0; to - from < Math.min(limit, PAGE_EVENTS); direction === 1 ? to++ : from--) {
    const event = direction === 1 ? all[to] : all[from - 1];
    if (!event) break;
    bytes += Buffer.byteLength(event.message);
    if (bytes > PAGE_BYTES && to > from) break;
  }
  return [from, to];
}
