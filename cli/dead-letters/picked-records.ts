import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import type { Reason } from '../../lambda/shared/redrive/target';
import type { RecordQuery } from '../query/record-query';
import type { RecordChoice } from './record-choice';

/** Why records stay that were not picked. */
export const NOT_PICKED: Reason = { name: 'NotPicked', message: 'they do not match --where' };

/** The records that `--pick` takes: those that match `--where`. */
export function pickedRecords({ event, numbers }: Pick<ReceivedDeadLetter, 'event' | 'numbers'>, query: Pick<RecordQuery, 'matches'>): RecordChoice {
  return {
    isChosen: event.Records.map((record, place) => query.matches(record, numbers?.[place] ?? place + 1)),
    reason: NOT_PICKED,
  };
}
