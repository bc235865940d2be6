import { isDynamoDb } from '../../../lambda/shared/dead-letter/failure-record';
import type { DeadLetterSummary } from '../../../lambda/shared/dead-letter/received-dead-letter';
import type { Reason } from '../../../lambda/shared/redrive/target';
import { HydrationStatus } from '../../../src/contract';
import type { FoundDeadLetter } from '../../dead-letters/dead-letter-reader';
import { isPipe } from '../../messages/pipe';

export interface SendRules {
  /** Statuses that are sent beside COMPLETE. */
  readonly include: readonly HydrationStatus[];
  readonly onlyFailedRecords: boolean;
  /** Whether they go to the stream, not to the processor. */
  readonly toStream: boolean;
  /** The function that they go to, where that is not the one that failed. */
  readonly function?: string;
  /** The file that they are in, if they are in one. */
  readonly from?: string;
}

const MISSING = 'some of the failed records are missing, and it is deleted when the others are taken: try "rehydrate" first';
/** `rehydrate` works on queues, and a file keeps its lines. */
const MISSING_IN_FILE = 'some of the failed records are missing: "show" with the file says whether the stream still has them';

/** What to beware of with a dead letter that is not COMPLETE: why it is sent only if --include says so. */
export function riskOf(status: HydrationStatus, { from }: Pick<SendRules, 'from'> = {}): string | undefined {
  switch (status) {
    case HydrationStatus.SUPERSET:
      return 'it also holds records that did not fail: the processor would get them again';
    case HydrationStatus.PARTIAL:
    case HydrationStatus.UNREADABLE:
      return from === undefined ? MISSING : MISSING_IN_FILE;
    default:
      return undefined;
  }
}

/** Why a dead letter is left where it is; undefined where it is to be sent. */
export function reasonNotToSend({ summary, defect, noRoom }: Pick<FoundDeadLetter, 'summary' | 'defect' | 'noRoom'>, rules: SendRules): Reason | undefined {
  if (!summary || defect) return defect;
  // One record is taken or not: nothing is left of it.
  return reasonOf(summary, rules) ?? (summary.recoveredRecords > 1 ? noRoom : undefined);
}

function reasonOf({ status, recoveredRecords, streamArn, functionArn }: DeadLetterSummary, rules: SendRules): Reason | undefined {
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
  if (!toStream && rules.function === undefined && isPipe(functionArn)) {
    return { name: 'Pipe', message: `${functionArn} is an EventBridge pipe, which cannot be invoked: --function NAME sends it to a function that takes Lambda's event` };
  }
  if (status === HydrationStatus.COMPLETE) return undefined;
  const risk = riskOf(status, rules);
  if (onlyFailedRecords) return { name: status, message: `${risk}; --only-failed-records` };
  if (include.includes(status)) return undefined;
  return { name: status, message: `${risk}; --include ${status} sends it` };
}
