import type { Message } from '@aws-sdk/client-sqs';
import { fileCommand } from '../command-line';
import type { Context } from '../context';
import type { QueueContent } from '../dlq';
import { count } from '../output/text';
import type { PeekResult } from '../queue/peek';
import { FileReader, TO_PROCESSOR } from './file-reader';
import type { LookOptions, MessageSource } from './message-source';
import { isNativeFile } from './native-file';

/** The messages of a file that "rescue", "export" or "discard" wrote, as a "redrive" of it would find them. @throws CliError */
export async function fileMessages({ options, stopped }: Context, file: string, content: QueueContent): Promise<MessageSource> {
  const reader = await FileReader.open(file, TO_PROCESSOR);
  const isNative = content === 'dead letters' && (await isNativeFile(file));
  const { journal } = reader;
  return {
    name: file,
    content,
    place: { from: file },
    ...(isNative && { native: { sourceArns: [] } }),
    notes: sentNotes(reader, isNative),
    look: async (look, work) => {
      const run = new FileLook(reader, look, stopped);
      await work(run.messages());
      return run.result;
    },
    noteLook: () => undefined,
    sentBy: (messageId) => (journal.isFinished(messageId) ? journal.file : undefined),
    // What is sent from a file is sent the same way, whatever queue it was in.
    command: (text) => fileCommand(text, file, options, /^redrive\b/.test(text) ? undefined : content),
  };
}

function sentNotes({ journal: { finished, sentElsewhere, file } }: FileReader, isNative: boolean): string[] {
  const back = isNative ? 'its source queue' : 'the processor';
  const were = (messages: number) => `${count(messages, 'message')} ${messages === 1 ? 'was' : 'were'}`;
  return [
    ...(finished > 0 ? [`${were(finished)} sent before, as ${file} says, and ${finished === 1 ? 'is' : 'are'} not listed`] : []),
    ...(sentElsewhere > 0 ? [`${were(sentElsewhere)} sent to another destination before, as ${file} says: a redrive of the file would send ${sentElsewhere === 1 ? 'it' : 'them'} to ${back} as well`] : []),
  ];
}

/** One look at a file, up to its end or a limit. */
class FileLook {
  private seen = 0;
  private isAtEnd = false;

  constructor(
    private readonly reader: FileReader,
    private readonly look: LookOptions,
    private readonly stopped: AbortSignal,
  ) {}

  async *messages(): AsyncGenerator<Message, void, void> {
    const { limit = Infinity, withSent } = this.look;
    for await (const message of this.reader.messages(this.stopped)) {
      if (!withSent && this.reader.journal.isFinished(message.MessageId!)) continue;
      if (this.seen === limit) return;
      this.seen++;
      yield message;
    }
    this.isAtEnd = !this.stopped.aborted;
  }

  /** How many more there are is known only at the end of the file. */
  get result(): PeekResult {
    return { messages: this.seen, more: 0, isExhausted: this.isAtEnd, areBack: true };
  }
}
