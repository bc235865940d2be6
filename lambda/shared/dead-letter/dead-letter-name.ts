import { createHash } from 'node:crypto';
import { isWhole } from '../../../src/contract';
import type { DeadLetter } from './dead-letter';
import { sequenceNumberOf } from './sequence-numbers';

type Named = Pick<DeadLetter, 'payload' | 'hydration'>;

/**
 * Name of a dead letter: the same for every notification of one failure that found the whole range. One that is not whole is named by
 * the records that it holds: two that hold as many may hold different ones, and neither replaces the other, nor is it taken for it.
 */
export function deadLetterName({ payload, hydration: { deadLetterId, status, recoveredRecords } }: Named): string {
  return isWhole(status) ? deadLetterId : `${deadLetterId}-${status.toLowerCase()}-${recoveredRecords}-${digestOf(payload.Records)}`;
}

/** Key of a dead deadLetter in the overflow bucket, below the prefix of its `StreamDlq`, by the day of its failure. */
export function overflowKey(prefix: string, deadLetter: Named & Pick<DeadLetter, 'timestamp'>): string {
  const time = new Date(deadLetter.timestamp ?? NaN);
  // A failure record without a time is a dead deadLetter all the same.
  const day = Number.isNaN(time.getTime()) ? 'undated' : time.toISOString().slice(0, 10).replaceAll('-', '/');
  return `${prefix}${day}/${deadLetterName(deadLetter)}.json`;
}

function digestOf(records: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const record of records) hash.update(`${sequenceNumberOf(record) ?? JSON.stringify(record)}\n`);
  return hash.digest('hex').slice(0, 16);
}
