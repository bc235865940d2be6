import { Environment } from '../../src/contract';
import { DeadLetter } from '../shared/dead-letter/dead-letter';
import { batchOf, conditionOf } from '../shared/dead-letter/failure-record';

const LEVELS = ['INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** Logs one line of JSON, for Logs Insights, unless `LOG_LEVEL` asks for more severe lines only. Never logs a payload. */
export function log(level: LogLevel, notice: string, details: object): void {
  const least = LEVELS.indexOf(process.env[Environment.LOG_LEVEL] as LogLevel);
  if (LEVELS.indexOf(level) >= least) console.log(JSON.stringify({ level, notice, ...details }));
}

/** Logs one line for each dead letter. */
export function logDeadLetter(deadLetter: DeadLetter): void {
  const { requestContext, hydration } = deadLetter;
  const batch = batchOf(deadLetter);
  log('INFO', 'dead letter sent', {
    ...hydration,
    functionArn: requestContext.functionArn,
    condition: conditionOf(deadLetter),
    streamArn: batch.streamArn,
    shardId: batch.shardId,
  });
}
