import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CallPacer } from '../../cli/reason/call-pacer';
import { errorInLog, type LogLine } from '../../cli/reason/error-in-log';
import type { FailedBatch } from '../../cli/reason/failure-reason';
import { LogReasons } from '../../cli/reason/log-reasons';
import type { SlowLogs } from './slow-logs';

/** Calls a second of both. */
const PER_SECOND = 4;

/** Looks up the reasons of failures. Gives how many it found. */
export type Contestant = (failures: readonly FailedBatch[], logs: SlowLogs, speed: number) => Promise<number>;

export const CONTESTANTS: Readonly<Record<'tool' | 'bare loop', Contestant>> = {
  'tool': async (failures, logs, speed) => {
    const folder = mkdtempSync(join(tmpdir(), 'stream-dlq-reasons-'));
    const never = new AbortController().signal;
    const configuration = { LoggingConfig: { LogFormat: 'Text' }, Runtime: 'nodejs24.x' };
    const clients = { logReader: async () => logs.client, lambda: async () => ({ send: async () => configuration }) };
    try {
      const reasons = new LogReasons(
        { clients: clients as never, output: undefined as never, options: { json: false }, stopped: never, aborted: never },
        { logs: true, file: join(folder, 'reasons.jsonl'), pacer: new CallPacer(PER_SECOND * speed) },
      );
      const found = await Promise.all(failures.map(async (failure) => reasons.reasonOf(failure)));
      return found.filter(({ reason }) => reason?.type === 'OrderError').length;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },

  /** One search for each request id, as a script with the AWS CLI does it. */
  'bare loop': async (failures, logs, speed) => {
    const pacer = new CallPacer(PER_SECOND * speed);
    const isFound = async ({ functionArn, requestId, failedAt }: FailedBatch): Promise<boolean> => {
      const lines: LogLine[] = [];
      let nextToken: string | undefined;
      for (let isDone = false; !isDone;) {
        await pacer.turn(new AbortController().signal);
        const search = new FilterLogEventsCommand({
          logGroupName: `/aws/lambda/${functionArn.split(':')[6]}`, startTime: failedAt!.getTime() - 15 * 60_000, endTime: failedAt!.getTime() + 60_000,
          filterPattern: `"${requestId}"`, nextToken,
        });
        const answer = await logs.client.send(search).catch((error: Error) => error.name);
        if (answer === 'ThrottlingException') continue;
        if (typeof answer === 'string') throw new Error(answer);
        lines.push(...(answer.events ?? []).map(({ timestamp, message }) => ({ time: new Date(timestamp!), message: message! })));
        nextToken = answer.nextToken;
        isDone = nextToken === undefined;
      }
      return errorInLog(lines.reverse(), requestId!)?.type === 'OrderError';
    };
    return (await Promise.all(failures.map(isFound))).filter(Boolean).length;
  },
};
