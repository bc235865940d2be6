import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { readDeadLetter } from '../../lambda/shared/dead-letter/dead-letter-message';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { readLetterFile } from '../file/letter-file';
import { type LetterLine, messageOf } from '../file/letter-line';
import type { Unreached } from '../queue/unreached';
import { Journal } from './journal';
import type { LetterOrigin, OriginLetter } from './letter-origin';
import { summaryIn } from './queue-origin';

/** Bodies are in the lines themselves. */
const NO_OBJECTS: ObjectReader = {
  read: async (bucket, key) => {
    throw new Error(`a line of a file must hold its body, got: a pointer to s3://${bucket}/${key}`);
  },
};

/** Dead letters of an export. The file stays as it is; what was done is in a journal beside it. */
export class FileOrigin implements LetterOrigin {
  private constructor(
    readonly name: string,
    readonly journal: Journal,
  ) {}

  /** @throws CliError */
  static async open(file: string, to: string): Promise<FileOrigin> {
    return new FileOrigin(file, await Journal.open(`${file}.redriven`, to));
  }

  private isExhausted = false;

  async *letters(ending: AbortSignal): AsyncGenerator<OriginLetter, void, void> {
    // A file may be several exports, one after another, with a message in more than one of them.
    const seen = new Set<string>();
    this.isExhausted = false;
    for await (const { line } of readLetterFile(this.name)) {
      if (ending.aborted) return;
      if (seen.has(line.messageId) || this.journal.isFinished(line.messageId)) continue;
      seen.add(line.messageId);
      yield this.letterOf(line);
    }
    this.isExhausted = true;
  }

  isOurs(): boolean {
    return true;
  }

  async keepRemainder({ messageId }: OriginLetter, remainder: DeadLetter): Promise<void> {
    await this.journal.add({ messageId, remainder: JSON.stringify(remainder) });
  }

  async remove({ messageId }: OriginLetter, result: 'sent' | 'partly'): Promise<void> {
    if (result === 'sent') await this.journal.add({ messageId });
  }

  async unreached(): Promise<Unreached> {
    return { ...(this.isExhausted && { end: 'exhausted' }), inFlight: 0, behind: 0 };
  }

  async close(): Promise<undefined> {
    await this.journal.close();
  }

  private letterOf(line: LetterLine): OriginLetter {
    const remainder = this.journal.remainderOf(line.messageId);
    // What is left of a letter says itself what it is: the attributes are those of the whole.
    const message = messageOf(remainder === undefined ? line : { ...line, body: remainder, attributes: {} });
    return {
      messageId: line.messageId,
      sentAt: new Date(line.sentAt),
      ...summaryIn(message),
      read: async (signal) => readDeadLetter(message, NO_OBJECTS, signal),
    };
  }
}
