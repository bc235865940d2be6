import { setTimeout as sleep } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { queueState } from '../aws/queue-state';
import type { InFlightMessages } from './in-flight-messages';
import type { QueuePoller, PollEnd } from './queue-poller';

/** Numbers of messages are approximate, and late: those that do not look good are asked for again. */
const PAUSE_MILLIS = [500, 1_000, 1_500];

/** What there is beside the messages that were seen. */
export interface RemainingMessages {
  /** Why nothing more came. Absent where nobody went on until then: the numbers say nothing either. */
  readonly end?: PollEnd;
  /** Messages that somebody else has, or had and was killed, and those that are delayed. */
  readonly inFlight: number;
  /** Messages of a FIFO queue that do not come before others of their group are gone. */
  readonly behind: number;
}

export const NOT_COUNTED: RemainingMessages = { inFlight: 0, behind: 0 };

export interface RemainingOptions {
  readonly queueUrl: string;
  readonly isFifo: boolean;
  readonly pauseMillis?: readonly number[];
}

/** Asks the queue, before what is held is given back. */
export async function remainingMessages(
  client: SQSClient, poller: QueuePoller, held: InFlightMessages, options: RemainingOptions, signal: AbortSignal,
): Promise<RemainingMessages> {
  const { queueUrl, isFifo, pauseMillis = PAUSE_MILLIS } = options;
  const { end } = poller;
  if (end === undefined) return NOT_COUNTED;
  for (let attempt = 0; ; attempt++) {
    const { messages: { visible, inFlight, delayed } } = await queueState(client, queueUrl, signal);
    const unreached = { end, inFlight: Math.max(0, inFlight - held.size) + delayed, behind: isFifo ? visible : 0 };
    if ((unreached.inFlight === 0 && unreached.behind === 0) || attempt === pauseMillis.length) return unreached;
    await sleep(pauseMillis[attempt], undefined, { signal }).catch(() => undefined);
  }
}
