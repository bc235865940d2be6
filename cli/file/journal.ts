import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FailedRedrives } from '../../lambda/shared/dead-letter/dead-letter';
import { failedRedrives } from '../../lambda/shared/redrive/failed-redrives';
import { isSameQueueAnywhere } from '../aws/queue-name';
import { CliError } from '../cli-error';
import { DurableLines } from './durable-lines';
import { JournalLock } from './journal-lock';
import { linesOf } from './lines';

/** What was done with a message of a file. */
export interface JournalEntry {
  readonly messageId: string;
  /** Text of the dead letter that is left of it, if it was taken in part. */
  readonly remainder?: string;
  /** Its failed redrives, if it stays because the processor failed. */
  readonly failed?: FailedRedrives;
}

/** The journal of what "import" has sent of a file to a queue, by whichever of its URLs. @throws CliError */
export async function openImportJournal(file: string, queueUrl: string): Promise<Journal> {
  return Journal.open(`${file}.imported`, queueUrl, (other) => isSameQueueAnywhere(other, queueUrl));
}

/** Beside a file of messages: which of them were dealt with, so that the next run goes on from there. */
export class Journal {
  private lines: DurableLines | undefined;
  private lock: JournalLock | undefined;
  private readonly done = new Map<string, string | undefined>();
  private readonly failed = new Map<string, FailedRedrives>();
  private readonly elsewhere = new Set<string>();
  private work: string | undefined;

  private constructor(
    readonly file: string,
    private readonly to: string,
    private readonly isSame: (other: string) => boolean,
  ) {}

  /**
   * Reads what was done before with the same destination: what went to one function, as for a test, did not go to another. The file is
   * made with the first entry.
   * @throws CliError
   */
  static async open(file: string, to: string, isSame = (other: string) => other === to): Promise<Journal> {
    const journal = new Journal(file, to, isSame);
    await journal.read();
    return journal;
  }

  private async read(): Promise<void> {
    try {
      for await (const line of linesOf(createReadStream(this.file))) {
        const entry = entryIn(line.toString());
        this.work ??= entry?.work;
        if (entry?.messageId === undefined) continue;
        const { to, messageId } = entry;
        if (entry.failed || (typeof to === 'string' && this.isSame(to))) this.note({ ...entry, messageId });
        else this.elsewhere.add(messageId);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw journalError('read', this.file, error);
    }
  }

  /** Messages of which nothing is left to do. */
  get finished(): number {
    return [...this.done.values()].filter((remainder) => remainder === undefined).length;
  }

  /** Messages that went to another destination before, whole or in part, and would go to this one as well. */
  get sentElsewhere(): number {
    return [...this.elsewhere].filter((messageId) => !this.isFinished(messageId)).length;
  }

  isFinished(messageId: string): boolean {
    return this.done.has(messageId) && this.done.get(messageId) === undefined;
  }

  remainderOf(messageId: string): string | undefined {
    return this.done.get(messageId);
  }

  /** Failed redrives, whatever function they went to, since there is a remainder, if there is one: that notes those before. */
  failedOf(messageId: string): FailedRedrives | undefined {
    return this.failed.get(messageId);
  }

  /** Sees to it that the journal can be written, and that nobody else does, before there is something to note. @throws CliError */
  async prepare(): Promise<void> {
    if (this.lines) return;
    try {
      this.lock ??= await JournalLock.take(this.file);
      this.lines = await DurableLines.open(this.file);
    } catch (error) {
      throw error instanceof CliError ? error : journalError('written', this.file, error);
    }
    // Another run may have gone on with it since it was read.
    await this.read();
  }

  /** Comes back when the entry is on the disk. @throws CliError */
  async add(entry: JournalEntry): Promise<void> {
    await this.append(entry);
    this.note(entry);
  }

  private note({ messageId, remainder, failed }: JournalEntry): void {
    if (failed) {
      this.failed.set(messageId, failed);
    } else {
      this.failed.delete(messageId);
      this.done.set(messageId, remainder);
    }
  }

  /** What all runs are called that go on with this journal: one of another journal, or after this was deleted, is other work. @throws CliError */
  async workId(): Promise<string> {
    if (this.work === undefined) {
      const work = randomUUID();
      await this.append({ work });
      this.work = work;
    }
    return this.work;
  }

  async close(): Promise<void> {
    await this.lines?.close();
    await this.lock?.release();
  }

  private async append(entry: object): Promise<void> {
    await this.prepare();
    try {
      await this.lines!.append(JSON.stringify({ time: new Date().toISOString(), to: this.to, ...entry }));
    } catch (error) {
      throw journalError('written', this.file, error);
    }
  }
}

/** A line that a crash cut off says nothing: what it told of is done once more. */
function entryIn(line: string): (Partial<JournalEntry> & { readonly to: unknown; readonly work?: string }) | undefined {
  try {
    const { to, messageId, remainder, failed, work } = JSON.parse(line) as Partial<Record<keyof JournalEntry | 'to' | 'work', unknown>>;
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return { to, messageId: text(messageId), remainder: text(remainder), failed: failedRedrives(failed), work: text(work) };
  } catch {
    return undefined;
  }
}

function journalError(what: 'read' | 'written', file: string, error: unknown): CliError {
  const { code, message } = error as NodeJS.ErrnoException;
  return new CliError(
    `${file} cannot be ${what} (${code ?? message}), and without it a rerun would not know what was done: put the file where its folder can be written.`,
  );
}
