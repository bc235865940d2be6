import { IdSet } from '../queue/id-set';
import type { FilteredMessage } from './filter';

/** Counts messages whose dead letter was there before. The id of a dead letter comes of its failure alone: the same id is the same failure. */
export class Duplicates {
  private readonly ids = new IdSet();
  private repeats = 0;

  get count(): number {
    return this.repeats;
  }

  add({ summary }: Pick<FilteredMessage, 'summary'>): void {
    if (summary && !this.ids.add(summary.deadLetterId)) this.repeats++;
  }
}
