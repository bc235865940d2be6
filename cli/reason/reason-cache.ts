import { appendFile, mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseJson } from '../../lambda/shared/dead-letter/failure-record';
import type { FailureReason } from './failure-reason';
import { withFingerprint } from './known-reason';

const MOST_DAYS = 30;
const MOST_ENTRIES = 10_000;
/** Lines that nobody needs any more, before the file is written anew. */
const MOST_WASTE = 1_000;

interface Entry {
  /** That of `failureId`. */
  readonly id: string;
  readonly cachedAt: number;
  readonly reason: FailureReason;
}

/** Reasons that were found in logs, in a file for the eyes of the user only. Without the file, the tool works as well, and looks again. */
export class ReasonCache {
  private readonly entries = new Map<string, Entry>();
  private writing: Promise<void> = Promise.resolve();
  private endsLine = true;
  private isBroken = false;

  private constructor(private readonly file: string, private readonly onUnwritable: (message: string) => void) {}

  static async open(file: string, onUnwritable: (message: string) => void, now = Date.now()): Promise<ReasonCache> {
    const cache = new ReasonCache(file, onUnwritable);
    const text = await readFile(file, 'utf8').catch(() => '');
    const lines = text.split('\n').filter(Boolean);
    const oldest = now - MOST_DAYS * 86_400_000;
    const known = lines.flatMap(entryIn).filter(({ cachedAt }) => cachedAt >= oldest);
    for (const entry of known.slice(-MOST_ENTRIES)) cache.entries.set(entry.id, entry);
    cache.endsLine = text === '' || text.endsWith('\n');
    if (lines.length > cache.entries.size + MOST_WASTE) await cache.rewrite();
    return cache;
  }

  get(id: string): FailureReason | undefined {
    return this.entries.get(id)?.reason;
  }

  /** Comes back when the reason is in the file, or cannot be: the process may end then. */
  async put(id: string, reason: FailureReason): Promise<void> {
    const entry = { id, cachedAt: Date.now(), reason };
    this.entries.set(id, entry);
    this.writing = this.writing.then(async () => this.write(`${lineOf(entry)}\n`));
    await this.writing;
  }

  private async write(line: string): Promise<void> {
    if (this.isBroken) return;
    try {
      await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
      // Half a line of a process that was killed must not swallow this one.
      await appendFile(this.file, this.endsLine ? line : `\n${line}`, { mode: 0o600 });
      this.endsLine = true;
    } catch (error) {
      this.isBroken = true;
      this.onUnwritable(`reasons are not kept for the next command: ${(error as Error).message}`);
    }
  }

  /** What another process adds meanwhile is lost, and looked up again. */
  private async rewrite(): Promise<void> {
    const fresh = `${this.file}.${process.pid}`;
    try {
      await writeFile(fresh, [...this.entries.values()].map((entry) => `${lineOf(entry)}\n`).join(''), { mode: 0o600 });
      await rename(fresh, this.file);
      this.endsLine = true;
    } catch {
      await unlink(fresh).catch(() => undefined);
    }
  }
}

function lineOf({ id, cachedAt, reason: { type, message, stack, loggedAt } }: Entry): string {
  return JSON.stringify({ id, cachedAt: new Date(cachedAt).toISOString(), type, message, stack, loggedAt });
}

/** The fingerprint is made again: another version of the tool may have made another one. */
function entryIn(line: string): Entry[] {
  const { id, cachedAt, type, message, stack, loggedAt } = (parseJson(line) ?? {}) as Record<string, unknown>;
  const isText = (value: unknown): value is string => typeof value === 'string';
  if (!isText(id) || !isText(cachedAt) || !isText(type) || !isText(message) || !Array.isArray(stack) || !stack.every(isText)) return [];
  const [at, logged] = [Date.parse(cachedAt), isText(loggedAt) ? new Date(loggedAt) : undefined];
  if (Number.isNaN(at) || Number.isNaN(logged?.getTime())) return [];
  return [{ id, cachedAt: at, reason: withFingerprint({ type, message, stack }, logged) }];
}
