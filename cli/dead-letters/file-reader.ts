import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetter, FailedRedrives } from '../../lambda/shared/dead-letter/dead-letter';
import { readDeadLetter } from '../../lambda/shared/dead-letter/dead-letter-message';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { withFailedRedrives } from '../../lambda/shared/redrive/failed-redrives';
import type { Reason } from '../../lambda/shared/redrive/target';
import { readExportFile } from '../file/export-file';
import { type ExportedMessage, toMessage } from '../file/exported-message';
import { Journal } from '../file/journal';
import { messageSummary } from '../messages/message-summary';
import { messageDocument } from '../native/message-document';
import { isMoved, nativeMessageOf } from '../native/native-message';
import { IdSet } from '../queue/id-set';
import type { RemainingMessages } from '../queue/remaining-messages';
import type { DeadLetterReader, FoundDeadLetter } from './dead-letter-reader';
import type { QueuedDeadLetter } from './queue-reader';

/** Bodies are in the lines themselves. */
const NO_OBJECTS: ObjectReader = {
  read: async (bucket, key) => {
    throw new Error(`a line of a file must hold its body, got: a pointer to s3://${bucket}/${key}`);
  },
};

/** Among dead letters of a stream, why a message that SQS itself moved is none of those. */
const MOVED: Reason = { name: 'Native', message: 'SQS moved it to a dead-letter queue as it was sent: "redrive ID --from FILE --to-queue NAME" sends it to a queue' };

/** What the journal calls the destination of a dead letter where nobody names another one. */
export const TO_PROCESSOR = 'processor';
/** The same of a message that SQS moved to a dead-letter queue. */
export const TO_SOURCE_QUEUE = 'source queue';
/** What the journal calls the stream that the records came from. */
export const BACK_TO_STREAM = 'stream';

/** Each message has one of the two. */
const isDefault = (to: string): boolean => to === TO_PROCESSOR || to === TO_SOURCE_QUEUE;

/** Dead letters of an export. The file stays as it is; what was done is in a journal beside it. */
export class FileReader implements DeadLetterReader<QueuedDeadLetter> {
  private constructor(
    readonly name: string,
    readonly journal: Journal,
    private readonly isNative: boolean,
  ) {}

  /**
   * @param isNative whether all messages are native dead letters, whatever their bodies look like
   * @throws CliError
   */
  static async open(file: string, to: string, isNative = false): Promise<FileReader> {
    return new FileReader(file, await Journal.open(`${file}.redriven`, to, isDefault(to) ? isDefault : undefined), isNative);
  }

  private isExhausted = false;

  async *deadLetters(ending: AbortSignal): AsyncGenerator<QueuedDeadLetter, void, void> {
    for await (const line of this.lines(ending)) {
      if (!this.journal.isFinished(line.messageId)) yield this.deadLetterOf(line);
    }
  }

  /** Each message once, also those that were sent: as they are now, which is what is left of one that was sent in part. */
  async *messages(ending: AbortSignal): AsyncGenerator<Message, void, void> {
    for await (const line of this.lines(ending)) yield this.messageOf(line);
  }

  private async *lines(ending: AbortSignal): AsyncGenerator<ExportedMessage, void, void> {
    // A file may be several exports, one after another, with a message in more than one of them.
    const seen = new IdSet();
    this.isExhausted = false;
    for await (const { line } of readExportFile(this.name)) {
      if (ending.aborted) return;
      if (seen.has(line.messageId)) continue;
      seen.add(line.messageId);
      yield line;
    }
    this.isExhausted = true;
  }

  async workId(): Promise<string> {
    return this.journal.workId();
  }

  isHidden(): boolean {
    return true;
  }

  async keepRemainder({ messageId }: FoundDeadLetter, remainder: DeadLetter): Promise<void> {
    await this.journal.add({ messageId, remainder: JSON.stringify(remainder) });
  }

  async noteFailure({ messageId }: FoundDeadLetter, _read: unknown, failed: FailedRedrives): Promise<void> {
    await this.journal.add({ messageId, failed });
  }

  async remove({ messageId }: FoundDeadLetter, result: 'sent' | 'partly'): Promise<void> {
    if (result === 'sent') await this.journal.add({ messageId });
  }

  async remaining(): Promise<RemainingMessages> {
    return { ...(this.isExhausted && { end: 'exhausted' }), inFlight: 0, behind: 0 };
  }

  async close(): Promise<undefined> {
    await this.journal.close();
  }

  private deadLetterOf(line: ExportedMessage): QueuedDeadLetter {
    const message = this.messageOf(line);
    const found = {
      message,
      messageId: line.messageId,
      sentAt: new Date(Number(message.Attributes!.SentTimestamp)),
      read: async (signal: AbortSignal) => readDeadLetter(message, NO_OBJECTS, signal),
    };
    const known = this.isNative ? {} : messageSummary(message);
    if (!this.isNative && (known.summary || known.newerFormat || !isMoved(message))) return { ...found, ...known };
    return {
      ...found,
      queueUrl: line.queueUrl,
      // In a standard queue a group has no order.
      ...(line.queueUrl.endsWith('.fifo') && { group: line.messageGroupId }),
      native: nativeMessageOf(message),
      document: async () => messageDocument(message, line.body),
      ...(!this.isNative && { defect: MOVED }),
    };
  }

  private messageOf(line: ExportedMessage): Message {
    const remainder = this.journal.remainderOf(line.messageId);
    // What is left of a dead letter says itself what it is: the attributes are those of the whole.
    const left = remainder === undefined ? line : { ...line, body: remainder, attributes: {} };
    const failed = this.journal.failedOf(line.messageId);
    return toMessage({ ...left, body: (failed && withFailedRedrives(left.body, failed)) ?? left.body });
  }
}
