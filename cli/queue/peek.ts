import type { Context } from '../context';
import { count } from '../output/text';
import { type ChosenQueue, requireUncountedReceives } from './chosen-queue';
import { InFlightMessages } from './in-flight-messages';
import { QueuePoller } from './queue-poller';
import { type RemainingMessages, remainingMessages } from './remaining-messages';

/** Seconds that a message is hidden at a time by whoever only looks at it. */
const VISIBILITY_TIMEOUT = 30;
/** Two receives at a time: the next ten come while these are looked at. */
const AHEAD = 20;

export interface PeekQueueOptions {
  readonly countReceives: boolean;
  readonly limit?: number;
}

/** What a look found out about its queue. */
export interface PeekResult {
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
export async function peekQueue(
  context: Context,
  queue: ChosenQueue,
  options: PeekQueueOptions,
  work: (sweep: QueuePoller, unreached: () => Promise<RemainingMessages>) => Promise<void>,
): Promise<PeekResult> {
  requireUncountedReceives(queue, options.countReceives);
  const { output, stopped, aborted } = context;
  const client = await context.clients.sqs();
  const { queueUrl } = queue;
  const hold = new InFlightMessages(client, {
    queueUrl,
    visibilityTimeout: VISIBILITY_TIMEOUT,
    onVisible: (messageId, reason) => output.warn(`message ${messageId} could not be kept hidden while it was looked at (${reason}): it may be seen twice`),
  });
  const sweep = new QueuePoller(client, hold, { queueUrl, limit: options.limit, ahead: AHEAD, stopped, aborted });
  let areBack = true;
  try {
    await work(sweep, async () => remainingMessages(client, sweep, hold, queue, aborted));
  } finally {
    const left = await hold.release(aborted);
    if (left) {
      areBack = false;
      const they = left.messages === 1 ? 'it is' : 'they are';
      output.warn(`${count(left.messages, 'message')} could not be made visible again (${left.reason}): ${they} visible again within ${left.seconds} seconds`);
    }
  }
  const more = Math.max(0, queue.messages.visible - sweep.givenCount);
  return { messages: sweep.givenCount, more, isExhausted: sweep.isExhausted, areBack };
}

/** The last words of every command that looks. */
export function notePeek({ output }: Context, { content, isFifo }: ChosenQueue, { messages, more, isExhausted, areBack }: PeekResult): void {
  if (messages === 0) return;
  const back = areBack ? '; all are in the queue again' : '';
  const beside = more > 0 ? `; about ${more.toLocaleString('en-US')} more in the queue ${more === 1 ? 'was' : 'were'} not looked at` : '';
  output.note(`looked at ${count(messages, 'message')} (${content})${back}${beside}`);
  if (more === 0 || !isExhausted) return;
  output.note(isFifo
    ? 'of a FIFO queue only the first messages of each shard are visible: the next ones follow when these are deleted'
    : 'SQS did not return them: another consumer has them, or the count of SQS is not exact');
}
