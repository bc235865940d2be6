import { Environment } from '../../src/contract';
import { DeadLetter } from '../shared/dead-letter/dead-letter';
import { SentDeadLetter } from '../shared/dead-letter/dead-letter-queue';
import { batchOf, conditionOf } from '../shared/dead-letter/failure-record';
import { countDeadLetter } from './metrics';

const LEVELS = ['INFO', 'WARN', 'ERROR'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** Logs one line of JSON, for Logs Insights, unless `LOG_LEVEL` asks for more severe lines only. Never logs a payload. */
export function log(level: LogLevel, notice: string, details: object): void {
  const least = LEVELS.indexOf(process.env[Environment.LOG_LEVEL] as LogLevel);
  if (LEVELS.indexOf(level) >= least) console.log(JSON.stringify({ level, notice, ...details }));
}

/** Logs one line for each dead letter that was sent, and counts it. */
export function logDeadLetter(deadLetter: DeadLetter, { overflowBytes }: SentDeadLetter): void {
  const { requestContext, hydration, timestamp } = deadLetter;
  const batch = batchOf(deadLetter);
  const latency = Date.now() - Date.parse(timestamp);
  // Nothing checks the time of a failure record, and two clocks differ.
  const measurements = { ...(Number.isFinite(latency) && { latencyMillis: Math.max(0, latency) }), overflowBytes };
  countDeadLetter(hydration, measurements);
  log('INFO', 'dead letter sent', {
    ...hydration,
    ...measurements,
    functionArn: requestContext.functionArn,
    condition: conditionOf(deadLetter),
    streamArn: batch.streamArn,
    shardId: batch.shardId,
  });
}
