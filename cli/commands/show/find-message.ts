import type { Message } from '@aws-sdk/client-sqs';
import { CliError } from '../../cli-error';
import { quoted } from '../../command-line';
import type { Context } from '../../context';
import type { MessageSource } from '../../dead-letters/message-source';
import { ExitCode } from '../../exit-code';
import { hasId } from '../../messages/filter';
import { type MessageInfo, messageInfo } from '../../messages/message-info';
import type { RetentionOf } from '../../messages/stream-retention';
import { count } from '../../output/text';
import type { PeekResult } from '../../queue/peek';
import { failureRecordsText, waitingFailureRecords } from '../../queue/waiting-beside';

/** Long enough to name one of any number: the first message that it fits is the one. `ls` shows as much. */
const CERTAIN_LENGTH = 8;

export interface FoundMessage {
  readonly message: Message;
  readonly seen: MessageInfo;
  readonly looked: PeekResult;
}

/** The one message that an id, or the beginning of one, names. Undefined where the search was stopped. @throws CliError */
export async function findMessage(
  context: Context, source: MessageSource, id: string, retentionOf: RetentionOf,
): Promise<FoundMessage | undefined> {
  const found: Omit<FoundMessage, 'looked'>[] = [];
  const progress = context.output.progress('looking', source.approximate);
  const looked = await source.look({ withSent: true }, async (messages) => {
    for await (const message of messages) {
      progress.add();
      if (!hasId(id, await messageInfo(message, source))) continue;
      found.push({ message, seen: await messageInfo(message, source, retentionOf) });
      if (id.length >= CERTAIN_LENGTH) break;
    }
  }).finally(() => progress.stop());
  if (found.length === 0 && context.stopped.aborted) return undefined;
  const waiting = found.length === 0 && source.queue ? failureRecordsText(await waitingFailureRecords(context, source.queue.functions)) : undefined;
  return { ...theOne(found, id, source, looked, waiting), looked };
}

function theOne(
  found: readonly Omit<FoundMessage, 'looked'>[], id: string, { name, content, queue }: MessageSource, { messages }: PeekResult, waiting: string | undefined,
): Omit<FoundMessage, 'looked'> {
  if (found.length === 0) {
    const inFlight = queue?.messages.inFlight ?? 0;
    const elsewhere = [...(inFlight > 0 ? [` About ${inFlight} more are in flight: try again later.`] : []), ...(waiting === undefined ? [] : [` Note: ${waiting}.`])].join('');
    const list = queue ? '"ls"' : `"ls --from ${quoted(name)}"`;
    throw new CliError(`${id} names none of the ${content} in ${name}: looked at ${count(messages, 'message')}. ${list} lists them.${elsewhere}`, ExitCode.LEFT);
  }
  // A failure can have several messages. They are as good as one another, or have another status: then "ls" tells them apart.
  const names = new Set(found.map(({ seen }) => seen.summary?.deadLetterId ?? seen.messageId));
  if (names.size > 1) throw new CliError(`${id} is the beginning of several ids: ${[...names].slice(0, 5).join(', ')}${names.size > 5 ? ', …' : ''}. Give more of it.`);
  return found[0];
}
