import { type FileHandle, open, stat } from 'node:fs/promises';
import type { DeadLetter, Hydration } from '../../../lambda/shared/dead-letter/dead-letter';
import { parseJson } from '../../../lambda/shared/dead-letter/failure-record';
import type { HydrationStatus } from '../../../src/contract';
import { CliError } from '../../cli-error';
import { DurableLines } from '../../file/durable-lines';
import { fileError, readExportFile } from '../../file/export-file';
import type { ExportedMessage } from '../../file/exported-message';
import { JournalLock } from '../../file/journal-lock';
import { isFinal } from './final-dead-letter';

const LINE_FEED = 0x0a;
const CHUNK = 65_536;

/**
 * The file that a rescue writes: a line for each dead letter, on the disk before the next one is read. The file is its own journal: a run
 * that begins again goes on after its last whole line.
 */
export class RescueFile {
  private constructor(
    readonly path: string,
    private readonly lock: JournalLock,
    private readonly lines: DurableLines,
    private readonly rescued: Map<string, HydrationStatus>,
  ) {}

  /** @throws CliError */
  static async open(path: string): Promise<RescueFile> {
    if (path.endsWith('.gz')) throw new CliError(`--to-file must not end in .gz, got: ${path}; a rescue appends line by line: compress the file afterwards`);
    try {
      const lock = await JournalLock.take(path);
      try {
        await endAfterWholeLine(path);
        return new RescueFile(path, lock, await DurableLines.open(path), await statusesIn(path));
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      throw error instanceof CliError ? error : fileError('cannot write', path, error);
    }
  }

  /** Dead letters that are in it. */
  get size(): number {
    return this.rescued.size;
  }

  has(deadLetterId: string): boolean {
    return this.rescued.has(deadLetterId);
  }

  /** Status of a dead letter that is in it. */
  statusOf(deadLetterId: string): HydrationStatus | undefined {
    return this.rescued.get(deadLetterId);
  }

  /** Comes back when the line is on the disk. */
  async add({ deadLetterId, status }: Hydration, line: ExportedMessage): Promise<void> {
    await this.lines.append(JSON.stringify(line));
    this.rescued.set(deadLetterId, status);
  }

  /**
   * Sees to it that what this run has read and written is still under the name of the file, before a message is deleted.
   * @throws CliError where the file was removed, replaced or cut since
   */
  async requireThere(): Promise<void> {
    const there = await stat(this.path).catch(() => undefined);
    if (there && (await this.lines.isWhole(there))) return;
    throw new CliError(
      `${this.path} must stay as it is while rescue runs, got: ${there ? 'another or a shorter file' : 'no file'}; nothing more is deleted, run the same command again`,
    );
  }

  async close(): Promise<void> {
    await this.lines.close();
    await this.lock.release();
  }
}

/** The dead letters in an earlier run's file, by id. What "export" wrote may be incomplete still: the stream may have the rest. */
async function statusesIn(path: string): Promise<Map<string, HydrationStatus>> {
  const statuses = new Map<string, HydrationStatus>();
  for await (const { line } of readExportFile(path)) {
    const { hydration } = (parseJson(line.body) ?? {}) as Partial<DeadLetter>;
    if (typeof hydration?.deadLetterId === 'string' && isFinal({ hydration })) statuses.set(hydration.deadLetterId, hydration.status);
  }
  return statuses;
}

/** What every line begins with. */
const BEGINNING = '{"version":"';

/**
 * Takes away what a killed run has left of its last line. A whole line gets the line feed that an editor took.
 * @throws CliError where the end of the file is no such line
 */
async function endAfterWholeLine(path: string): Promise<void> {
  await using handle = await open(path, 'a+', 0o600);
  const { size } = await handle.stat();
  const end = await endOfLastLine(handle, size);
  if (end === size) return;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(BEGINNING.length), 0, Math.min(BEGINNING.length, size - end), end);
  if (!BEGINNING.startsWith(buffer.toString('utf8', 0, bytesRead))) {
    throw new CliError(`--to-file must be a new file, or one that "rescue" wrote, got: ${path}; name another file`);
  }
  if (await isWholeLine(handle, end, size)) await handle.appendFile('\n');
  else await handle.truncate(end);
}

/** No beginning of a line is a JSON document. */
async function isWholeLine(handle: FileHandle, begin: number, end: number): Promise<boolean> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - begin), 0, end - begin, begin);
  return parseJson(buffer.toString('utf8', 0, bytesRead)) !== undefined;
}

/** The place after the last line feed. */
async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  for (let end = size; end > 0;) {
    const begin = Math.max(0, end - CHUNK);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(end - begin), 0, end - begin, begin);
    const last = buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED);
    if (last >= 0) return begin + last + 1;
    end = begin;
  }
  return 0;
}
