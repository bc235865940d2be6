import { setTimeout as sleep } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { queueState } from '../aws/queue-state';
import type { MessageHold } from './message-hold';
import type { QueueSweep, SweepEnd } from './queue-sweep';

/** Numbers of messages are approximate, and late: those that do not look good are asked for again. */
const PAUSE_MILLIS = [500, 1_000, 1_500];

/** What there is beside the messages that were seen. */
export interface Unreached {
  /** Why nothing more came. Absent where nobody went on until then: the numbers say nothing either. */
  readonly end?: SweepEnd;
  /** Messages that somebody else has, or had and was killed, and those that are delayed. */
  readonly inFlight: number;
  /** Messages of a FIFO queue that do not come before others of their group are gone. */
  readonly behind: number;
}

export const NOT_ASKED: Unreached = { inFlight: 0, behind: 0 };

export interface UnreachedOptions {
  readonly queueUrl: string;
  readonly isFifo: boolean;
  readonly pauseMillis?: readonly number[];
}

/** Asks the queue, before what is held is given back. */
export async function unreachedBy(
  client: SQSClient, sweep: QueueSweep, hold: MessageHold, { queueUrl, isFifo, pauseMillis = PAUSE_MILLIS }: UnreachedOptions, signal: AbortSignal,
): Promise<Unreached> {
  const { end } = sweep;
  if (end === undefined) return NOT_ASKED;
  for (let attempt = 0; ; attempt++) {
    const { messages: { visible, inFlight, delayed } } = await queueState(client, queueUrl, signal);
    const unreached = { end, inFlight: Math.max(0, inFlight - hold.size) + delayed, behind: isFifo ? visible : 0 };
    if ((unreached.inFlight === 0 && unreached.behind === 0) || attempt === pauseMillis.length) return unreached;
    await sleep(pauseMillis[attempt], undefined, { signal }).catch(() => undefined);
  }
}
