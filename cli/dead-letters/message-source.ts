import type { Message } from '@aws-sdk/client-sqs';
import type { Context } from '../context';
import type { NativeQueue, QueueContent } from '../dlq';
import type { ChosenQueue, QueueChoice } from '../queue/chosen-queue';
import type { PeekResult } from '../queue/peek';

/** Where a command looks at messages, and leaves them as they are: a queue, or a file. */
export interface MessageSource {
  /** URL of the queue, or path of the file. */
  readonly name: string;
  readonly content: QueueContent;
  /** How long it keeps a message, where that is known. */
  readonly retentionSeconds?: number;
  /** Messages in it, as far as that is known. */
  readonly approximate?: number;
  /** Absent where it is a file. */
  readonly queue?: ChosenQueue;
  /** Whether SQS itself moves messages here. */
  readonly native?: NativeQueue;
  /** The same for `--json`. */
  readonly place: { readonly queueUrl: string } | { readonly from: string };
  /** What there is to know of it beside its messages. */
  readonly notes: readonly string[];
  /** Gives the messages, each once, to something that looks at them. @throws CliError */
  look(options: LookOptions, work: (messages: AsyncIterable<Message>) => Promise<void>): Promise<PeekResult>;
  /** The last words of a command that has looked. */
  noteLook(looked: PeekResult): void;
  /** The journal that says that a message was sent, if it was. */
  sentBy(messageId: string): string | undefined;
  /** A command of this tool for the same messages, to be copied and run. */
  command(text: string): string;
}

export interface LookOptions {
  readonly limit?: number;
  /** Whether messages of a file are wanted that were sent. */
  readonly withSent: boolean;
}

/** How a source is named. */
export interface SourceOptions extends QueueChoice {
  /** A file instead of the queue. */
  readonly from?: string;
  readonly countReceives: boolean;
}

/** What the options name. What is for queues is loaded for queues alone, with the client of SQS. @throws CliError */
export async function messageSource(context: Context, { from, ...options }: SourceOptions): Promise<MessageSource> {
  if (from === undefined) return (await import('./queue-messages.js')).queueMessages(context, options);
  const content = options.undeliverables ? 'undeliverables' : options.parked ? 'parked messages' : 'dead letters';
  return (await import('./file-messages.js')).fileMessages(context, from, content);
}
