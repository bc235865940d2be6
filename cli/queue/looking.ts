import type { Context } from '../context';
import { count } from '../redrive/words';
import { type ChosenQueue, refuseToCount } from './chosen-queue';
import { MessageHold } from './message-hold';
import { QueueSweep } from './queue-sweep';
import { type Unreached, unreachedBy } from './unreached';

/** Seconds that a message is hidden at a time by whoever only looks at it. */
const VISIBILITY_TIMEOUT = 30;
/** Two receives at a time: the next ten come while these are looked at. */
const AHEAD = 20;

export interface LookingOptions {
  readonly countReceives: boolean;
  readonly limit?: number;
}

/** What a look found out about its queue. */
export interface Looked {
  readonly messages: number;
  /** Messages that were in the queue beside those when it began, as far as SQS knows. */
  readonly more: number;
  /** Whether nothing more came: others have the rest then, or SQS had miscounted. */
  readonly isExhausted: boolean;
  /** Whether all of them could be given back. */
  readonly areBack: boolean;
}

/**
 * Shows the messages of a queue, each once, to something that leaves them as they are, and gives all of them back at the end, whatever
 * it ends with.
 * @throws CliError
 */
export async function look(
  context: Context,
  queue: ChosenQueue,
  options: LookingOptions,
  work: (sweep: QueueSweep, unreached: () => Promise<Unreached>) => Promise<void>,
): Promise<Looked> {
  refuseToCount(queue, options.countReceives);
  const { output, stopped, aborted } = context;
  const client = await context.clients.sqs();
  const { queueUrl } = queue;
  const hold = new MessageHold(client, {
    queueUrl,
    visibilityTimeout: VISIBILITY_TIMEOUT,
    onLost: (messageId, reason) => output.warn(`message ${messageId} could not be kept hidden while it was looked at (${reason}): it may be seen twice`),
  });
  const sweep = new QueueSweep(client, hold, { queueUrl, limit: options.limit, ahead: AHEAD, stopped, aborted });
  let areBack = true;
  try {
    await work(sweep, async () => unreachedBy(client, sweep, hold, queue, aborted));
  } finally {
    const left = await hold.release(aborted);
    if (left) {
      areBack = false;
      const they = left.messages === 1 ? 'it is' : 'they are';
      output.warn(`${count(left.messages, 'message')} could not be given back (${left.reason}): ${they} visible again within ${left.seconds} seconds`);
    }
  }
  const more = Math.max(0, queue.messages.visible - sweep.givenCount);
  return { messages: sweep.givenCount, more, isExhausted: sweep.isExhausted, areBack };
}

/** The last words of every command that looks. */
export function noteLooked({ output }: Context, { content, isFifo }: ChosenQueue, { messages, more, isExhausted, areBack }: Looked): void {
  if (messages === 0) return;
  const back = areBack ? '; all are back in the queue' : '';
  const beside = more > 0 ? `, beside about ${more.toLocaleString('en-US')} more` : '';
  output.note(`looked at ${count(messages, 'message')} (${content})${back}${beside}`);
  if (more === 0 || !isExhausted) return;
  output.note(isFifo
    ? 'of a FIFO queue only the first messages of each shard can be seen: others come when these are gone'
    : 'those others did not come: somebody else looks at them at the moment, or SQS has miscounted');
}
