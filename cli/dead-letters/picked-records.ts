import type { Reason } from '../../lambda/shared/redrive/target';
import type { RecordQuery } from '../query/record-query';
import type { RecordChoice } from './record-choice';

/** Why records stay that were not picked. */
export const NOT_PICKED: Reason = { name: 'NotPicked', message: 'they do not match --where' };

/** The records that `--pick` takes: those that match `--where`. */
export function pickedRecords(records: readonly unknown[], query: Pick<RecordQuery, 'matches'>): RecordChoice {
  return {
    isChosen: records.map((record, place) => query.matches(record, place + 1)),
    reason: NOT_PICKED,
  };
}
