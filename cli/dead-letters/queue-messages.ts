import { operatorCommand } from '../command-line';
import type { Context } from '../context';
import { chosenQueue } from '../queue/chosen-queue';
import { notePeek, peekQueue } from '../queue/peek';
import type { MessageSource, SourceOptions } from './message-source';

/** The messages of a queue, which are all there again afterwards. @throws CliError */
export async function queueMessages(context: Context, { countReceives, ...choice }: Omit<SourceOptions, 'from'>): Promise<MessageSource> {
  const dlq = await context.dlq();
  const queue = await chosenQueue(await context.clients.sqs(), dlq, choice);
  const { queueUrl, content, retentionSeconds, messages, native } = queue;
  return {
    name: queueUrl,
    content,
    retentionSeconds,
    approximate: messages.visible,
    queue,
    ...(native && { native }),
    place: { queueUrl },
    notes: [],
    look: async ({ limit }, work) => peekQueue(context, queue, { limit, countReceives }, work),
    noteLook: (looked) => notePeek(context, queue, looked),
    sentBy: () => undefined,
    command: (text) => operatorCommand(text, context.options, content),
  };
}
