import { DeadLetter } from '../shared/dead-letter/dead-letter';
import { batchOf, conditionOf } from '../shared/dead-letter/failure-record';

/** Logs one line of JSON, for Logs Insights. Never logs a payload. */
export function log(notice: string, details: object): void {
  console.log(JSON.stringify({ notice, ...details }));
}

/** Logs one line for each dead letter. */
export function logDeadLetter(deadLetter: DeadLetter): void {
  const { requestContext, hydration } = deadLetter;
  const batch = batchOf(deadLetter);
  log('dead letter sent', {
    ...hydration,
    functionArn: requestContext.functionArn,
    condition: conditionOf(deadLetter),
    streamArn: batch.streamArn,
    shardId: batch.shardId,
  });
}
