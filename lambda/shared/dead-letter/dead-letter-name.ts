import { createHash } from 'node:crypto';
import { isWhole } from '../../../src/contract';
import type { DeadLetter } from './dead-letter';
import { sequenceNumberOf } from './sequence-numbers';

type Named = Pick<DeadLetter, 'payload' | 'hydration'>;

/**
 * Name of a dead letter: its ID, where it holds the whole batch. The name of any other dead letter also depends on its records: two dead
 * letters of one failure can hold different records, and neither may replace the other.
 */
export function deadLetterName({ payload, hydration: { deadLetterId, status, recoveredRecords } }: Named): string {
  return isWhole(status) ? deadLetterId : `${deadLetterId}-${status.toLowerCase()}-${recoveredRecords}-${digestOf(payload.Records)}`;
}

/** Key of a dead letter in the overflow bucket, below the prefix of its `StreamDlq`, by the day of its failure. */
export function overflowKey(prefix: string, deadLetter: Named & Pick<DeadLetter, 'timestamp'>): string {
  const time = new Date(deadLetter.timestamp ?? NaN);
  // A failure record without a timestamp also becomes a dead letter.
  const day = Number.isNaN(time.getTime()) ? 'undated' : time.toISOString().slice(0, 10).replaceAll('-', '/');
  return `${prefix}${day}/${deadLetterName(deadLetter)}.json`;
}

function digestOf(records: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const record of records) hash.update(`${sequenceNumberOf(record) ?? JSON.stringify(record)}\n`);
  return hash.digest('hex').slice(0, 16);
}
