import { randomUUID } from 'node:crypto';
import type { FailedBatch } from '../../cli/reason/failure-reason';
import { LogGroup } from '../../local/cloudwatch-logs/log-group';
import type { SlowLogs } from './slow-logs';

export interface Workload {
  readonly name: string;
  readonly functions: number;
  readonly minutes: number;
}

export const WORKLOADS: readonly Workload[] = [
  { name: 'one function, 5 minutes', functions: 1, minutes: 5 },
  { name: '10 functions, one day', functions: 10, minutes: 24 * 60 },
];

/** Streams of a function: the instances that run at a time. */
const STREAMS = 10;
const HEALTHY_LINES = 3;

/** Failures, evenly over the time and the functions, the newest first; each is logged as Node.js does, among lines of healthy invocations. */
export function fill(logs: SlowLogs, { functions, minutes }: Workload, deadLetters: number, healthyLines: number): FailedBatch[] {
  const end = Date.now() - 60 * 60_000;
  for (let place = 0; place < functions; place++) logs.groups.set(`/aws/lambda/orders-${place}`, new LogGroup());
  const failures = Array.from({ length: deadLetters }, (_, place): FailedBatch => {
    const failedAt = new Date(end - Math.floor((place / deadLetters) * minutes * 60_000));
    const name = `orders-${place % functions}`;
    const requestId = randomUUID();
    const error = { errorType: 'OrderError', errorMessage: `order ${place} has no quantity`, stack: ['OrderError', 'at handler (/var/task/index.js:3:9)'] };
    const lines = [
      `START RequestId: ${requestId} Version: $LATEST`, `${failedAt.toISOString()}\t${requestId}\tERROR\tInvoke Error \t${JSON.stringify(error)}`,
      `END RequestId: ${requestId}`, `REPORT RequestId: ${requestId}\tDuration: 3 ms`,
    ];
    put(logs, name, place, failedAt.getTime() - 60, lines);
    return {
      deadLetterId: requestId, functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`, condition: 'RetryAttemptsExhausted', requestId,
      failedAt, functionError: 'Unhandled',
    };
  });
  for (let place = 0; place < healthyLines; place += HEALTHY_LINES) {
    const time = end - Math.floor((place / healthyLines) * minutes * 60_000);
    const requestId = randomUUID();
    put(logs, `orders-${(place / HEALTHY_LINES) % functions}`, place, time, ['START', 'END', 'REPORT'].map((bound) => `${bound} RequestId: ${requestId}`));
  }
  logs.order();
  return failures;
}

function put(logs: SlowLogs, name: string, place: number, time: number, lines: readonly string[]): void {
  logs.groups.get(`/aws/lambda/${name}`)!.put(`stream-${place % STREAMS}`, lines.map((message, line) => ({ timestamp: time + line, message })));
}
