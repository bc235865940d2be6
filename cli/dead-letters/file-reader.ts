import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetter, FailedRedrives } from '../../lambda/shared/dead-letter/dead-letter';
import { readDeadLetter } from '../../lambda/shared/dead-letter/dead-letter-message';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { withFailedRedrives } from '../../lambda/shared/redrive/failed-redrives';
import type { Reason } from '../../lambda/shared/redrive/target';
import { readExportFile } from '../file/export-file';
import { type ExportedMessage, toMessage } from '../file/exported-message';
import { Journal } from '../file/journal';
import { type MessageSummary, messageSummary } from '../messages/message-summary';
import { isMoved } from '../native/native-message';
import { IdSet } from '../queue/id-set';
import type { RemainingMessages } from '../queue/remaining-messages';
import type { DeadLetterReader, FoundDeadLetter } from './dead-letter-reader';

/** Bodies are in the lines themselves. */
const NO_OBJECTS: ObjectReader = {
  read: async (bucket, key) => {
    throw new Error(`a line of a file must hold its body, got: a pointer to s3://${bucket}/${key}`);
  },
};

/** A message that SQS itself moved has no records: it goes into a queue as it is. */
const NATIVE: Reason = { name: 'Native', message: 'SQS moved it to a dead-letter queue as it was sent: "import FILE --queue NAME" puts it into a queue' };

function summaryIn(message: Message): MessageSummary {
  const known = messageSummary(message);
  return !known.summary && !known.newerFormat && isMoved(message) ? { defect: NATIVE } : known;
}

/** What the journal calls the destination where nobody names another one. */
export const TO_PROCESSOR = 'processor';
/** What the journal calls the stream that the records came from. */
export const BACK_TO_STREAM = 'stream';

/** Dead letters of an export. The file stays as it is; what was done is in a journal beside it. */
export class FileReader implements DeadLetterReader {
  private constructor(
    readonly name: string,
    readonly journal: Journal,
  ) {}

  /** @throws CliError */
  static async open(file: string, to: string): Promise<FileReader> {
    return new FileReader(file, await Journal.open(`${file}.redriven`, to));
  }

  private isExhausted = false;

  async *deadLetters(ending: AbortSignal): AsyncGenerator<FoundDeadLetter, void, void> {
    for await (const message of this.messages(ending)) {
      if (!this.journal.isFinished(message.MessageId!)) yield this.deadLetterOf(message);
    }
  }

  /** Each message once, also those that were sent: as they are now, which is what is left of one that was sent in part. */
  async *messages(ending: AbortSignal): AsyncGenerator<Message, void, void> {
    // A file may be several exports, one after another, with a message in more than one of them.
    const seen = new IdSet();
    this.isExhausted = false;
    for await (const { line } of readExportFile(this.name)) {
      if (ending.aborted) return;
      if (seen.has(line.messageId)) continue;
      seen.add(line.messageId);
      yield this.messageOf(line);
    }
    this.isExhausted = true;
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

  private deadLetterOf(message: Message): FoundDeadLetter {
    return {
      messageId: message.MessageId!,
      sentAt: new Date(Number(message.Attributes!.SentTimestamp)),
      ...summaryIn(message),
      read: async (signal) => readDeadLetter(message, NO_OBJECTS, signal),
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
