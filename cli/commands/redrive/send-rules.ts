import { isDynamoDb } from '../../../lambda/shared/dead-letter/failure-record';
import type { DeadLetterSummary } from '../../../lambda/shared/dead-letter/received-dead-letter';
import type { Reason } from '../../../lambda/shared/redrive/target';
import { HydrationStatus } from '../../../src/contract';
import type { FoundDeadLetter } from '../../dead-letters/dead-letter-reader';

export interface SendRules {
  /** Statuses that are sent beside COMPLETE. */
  readonly include: readonly HydrationStatus[];
  readonly onlyFailedRecords: boolean;
  /** Whether they go to the stream, not to the processor. */
  readonly toStream: boolean;
}

/** What may be sent that is not COMPLETE, and why it is not by default. */
const CAUTIONS: Partial<Record<HydrationStatus, string>> = {
  [HydrationStatus.SUPERSET]: 'it also holds records that did not fail: the processor would get them again',
  [HydrationStatus.PARTIAL]: 'some of the failed records are missing, and it is deleted when the others are taken: try "rehydrate" first',
  [HydrationStatus.UNREADABLE]: 'some of the failed records are missing, and it is deleted when the others are taken: try "rehydrate" first',
};

/** Why a dead letter is left where it is; undefined where it is to be sent. */
export function reasonNotToSend({ summary, defect, noRoom }: Pick<FoundDeadLetter, 'summary' | 'defect' | 'noRoom'>, rules: SendRules): Reason | undefined {
  if (!summary || defect) return defect;
  // One record is taken or not: nothing is left of it.
  return reasonOf(summary, rules) ?? (summary.recoveredRecords > 1 ? noRoom : undefined);
}

function reasonOf({ status, recoveredRecords, streamArn }: DeadLetterSummary, rules: SendRules): Reason | undefined {
  const { include, onlyFailedRecords, toStream } = rules;
  if (toStream && recoveredRecords === 0 && status === HydrationStatus.COMPLETE) {
    return { name: 'NoRecords', message: 'it is the final call of a tumbling window, without records to put into a stream: send it to the processor' };
  }
  // One that is COMPLETE without records is the end of a tumbling window: its state is there.
  if ((recoveredRecords === 0 && status !== HydrationStatus.COMPLETE) || status === HydrationStatus.EXPIRED) {
    return { name: status, message: 'it holds no records to send: "show" says why' };
  }
  if (toStream && isDynamoDb(streamArn)) {
    return { name: 'StreamOfATable', message: 'the stream of a table takes no records: send it to the processor' };
  }
  if (status === HydrationStatus.COMPLETE) return undefined;
  if (onlyFailedRecords) return { name: status, message: `${CAUTIONS[status]}; --only-failed-records` };
  if (include.includes(status)) return undefined;
  return { name: status, message: `${CAUTIONS[status]}; --include ${status} sends it` };
}

/** What to beware of with dead letters that are sent because --include says so. */
export function riskOf(status: HydrationStatus): string | undefined {
  return CAUTIONS[status];
}
