import type { Context } from '../context';
import { type ChosenQueue, refuseToCount } from './chosen-queue';
import { MessageHold } from './message-hold';
import { QueueSweep } from './queue-sweep';

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
  /** Messages that are in the queue beside those, as far as SQS knows. */
  readonly more: number;
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
  work: (sweep: QueueSweep) => Promise<void>,
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
  try {
    await work(sweep);
  } finally {
    const left = await hold.release(aborted);
    if (left) output.warn(`${left.messages} messages could not be given back (${left.reason}): they are visible again within ${left.seconds} seconds`);
  }
  return { messages: sweep.givenCount, more: sweep.isExhausted && !queue.isFifo ? 0 : Math.max(0, queue.messages.visible - sweep.givenCount) };
}

/** The last words of every command that looks. */
export function noteLooked({ output }: Context, { content }: ChosenQueue, { messages, more }: Looked): void {
  if (messages === 0) return;
  output.note(`looked at ${messages} ${messages === 1 ? 'message' : 'messages'} (${content}); all are back in the queue${more > 0 ? `, beside about ${more} more` : ''}`);
}
