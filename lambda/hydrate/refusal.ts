import { ReadError } from '../shared/dead-letter/reading';

/** What a refused read says about the records. */
export interface Refusal extends ReadError {
  /**
   * `forbidden` and `deleted` are for good: the stream is not to be read. The others are of a place in the stream: `expired` of a
   * shard that is gone with all its records, `trimmed` of any other place, after which there may be more.
   */
  readonly kind: 'forbidden' | 'deleted' | 'expired' | 'trimmed';
  /** Whether even the oldest place can be refused like this for a moment, when its record leaves the stream just then. */
  readonly isPassing?: boolean;
}

/** Whether a refusal is of a place in the stream, and another place may be served. */
export function isOfPlace({ kind }: Refusal): boolean {
  return kind === 'trimmed' || kind === 'expired';
}
