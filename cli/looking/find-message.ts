import type { Message } from '@aws-sdk/client-sqs';
import { CliError } from '../cli-error';
import type { Context } from '../context';
import { ExitCode } from '../exit-code';
import { isNamedBy } from '../filter';
import type { ChosenQueue } from '../queue/chosen-queue';
import { look, type Looked } from '../queue/looking';
import { type SeenMessage, seenMessage } from '../queue/seen-message';
import { count } from '../redrive/words';
import type { RetentionOf } from './in-stream';

/** Long enough to name one of any number: the first message that it fits is the one. `ls` shows as much. */
const CERTAIN_LENGTH = 8;

export interface FoundMessage {
  readonly message: Message;
  readonly seen: SeenMessage;
  readonly looked: Looked;
}

/** The one message that an id, or the beginning of one, names. Undefined where the search was stopped. @throws CliError */
export async function findMessage(
  context: Context,
  queue: ChosenQueue,
  id: string,
  options: { readonly countReceives: boolean },
  retentionOf: RetentionOf,
): Promise<FoundMessage | undefined> {
  const found: Omit<FoundMessage, 'looked'>[] = [];
  const progress = context.output.progress('looking', queue.messages.visible);
  const looked = await look(context, queue, options, async (sweep) => {
    for await (const message of sweep) {
      progress.add();
      if (!isNamedBy(id, await seenMessage(message, queue))) continue;
      found.push({ message, seen: await seenMessage(message, queue, retentionOf) });
      if (id.length >= CERTAIN_LENGTH) break;
    }
  }).finally(() => progress.stop());
  if (found.length === 0 && context.stopped.aborted) return undefined;
  return { ...theOne(found, id, queue, looked), looked };
}

function theOne(found: readonly Omit<FoundMessage, 'looked'>[], id: string, queue: ChosenQueue, { messages }: Looked): Omit<FoundMessage, 'looked'> {
  if (found.length === 0) {
    const { content, queueUrl, messages: { inFlight } } = queue;
    const elsewhere = inFlight > 0 ? ` About ${inFlight} more are with others at the moment: try again in a while.` : '';
    throw new CliError(`${id} names none of the ${content} in ${queueUrl}: looked at ${count(messages, 'message')}. "ls" lists them.${elsewhere}`, ExitCode.LEFT);
  }
  // A failure can have several messages. They are as good as one another, or have another status: then "ls" tells them apart.
  const names = new Set(found.map(({ seen }) => seen.summary?.deadLetterId ?? seen.messageId));
  if (names.size > 1) throw new CliError(`${id} is the beginning of several ids: ${[...names].slice(0, 5).join(', ')}${names.size > 5 ? ', …' : ''}. Give more of it.`);
  return found[0];
}
