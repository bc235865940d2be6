import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { DurableLines } from '../audit/durable-lines';
import { CliError } from '../cli-error';
import { linesOf } from '../file/lines';

/** What was done with a message of a file. */
export interface JournalEntry {
  readonly messageId: string;
  /** Text of the dead letter that is left of it, if it was taken in part. */
  readonly remainder?: string;
}

/** The journal of what "import" has sent of a file. */
export function importJournalOf(file: string): string {
  return `${file}.imported`;
}

/** Beside a file of messages: which of them were dealt with, so that the next run goes on from there. */
export class Journal {
  private lines: DurableLines | undefined;

  private constructor(
    readonly file: string,
    private readonly to: string,
    private readonly done: Map<string, string | undefined>,
    private readonly elsewhere: ReadonlySet<string>,
    private work: string | undefined,
  ) {}

  /**
   * Reads what was done before with the same destination: what went to one function, as for a test, did not go to another. The file is
   * made with the first entry.
   * @throws CliError
   */
  static async open(file: string, to: string): Promise<Journal> {
    const done = new Map<string, string | undefined>();
    const elsewhere = new Set<string>();
    let work: string | undefined;
    try {
      for await (const line of linesOf(createReadStream(file))) {
        const entry = entryIn(line.toString());
        work ??= entry?.work;
        if (entry?.messageId === undefined) continue;
        if (entry.to === to) done.set(entry.messageId, entry.remainder);
        else elsewhere.add(entry.messageId);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw journalError('read', file, error);
    }
    return new Journal(file, to, done, elsewhere, work);
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

  /** Sees to it that the journal can be written, before there is something to note. @throws CliError */
  async prepare(): Promise<void> {
    try {
      this.lines ??= await DurableLines.open(this.file);
    } catch (error) {
      throw journalError('written', this.file, error);
    }
  }

  /** Comes back when the entry is on the disk. @throws CliError */
  async add(entry: JournalEntry): Promise<void> {
    await this.append(entry);
    this.done.set(entry.messageId, entry.remainder);
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
    const { to, messageId, remainder, work } = JSON.parse(line) as Partial<Record<keyof JournalEntry | 'to' | 'work', unknown>>;
    const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
    return { to, messageId: text(messageId), remainder: text(remainder), work: text(work) };
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
