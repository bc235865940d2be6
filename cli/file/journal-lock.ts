import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { CliError } from '../cli-error';

interface Holder {
  readonly pid?: unknown;
  readonly host?: unknown;
}

/** Those of this process. */
const held = new Set<string>();

/** Whose turn it is with a journal: two runs that went on with it at a time would each do what the other does. */
export class JournalLock {
  private constructor(private readonly path: string) {}

  /** @throws CliError where another run has it */
  static async take(journal: string): Promise<JournalLock> {
    const path = `${journal}.lock`;
    if (!(await isMade(path))) {
      const holder = await holderOf(path);
      // A run that was killed has left it there.
      if (isAlive(holder, path)) throw inUse(journal, path, holder);
      await rm(path, { force: true });
      if (!(await isMade(path))) throw inUse(journal, path, await holderOf(path));
    }
    held.add(path);
    return new JournalLock(path);
  }

  async release(): Promise<void> {
    held.delete(this.path);
    await rm(this.path, { force: true });
  }
}

async function isMade(path: string): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<Holder> {
  try {
    return (JSON.parse(await readFile(path, 'utf8')) ?? {}) as Holder;
  } catch {
    return {};
  }
}

/** Whether the holder may be at work. Of another machine that is not known. */
function isAlive({ pid, host }: Holder, path: string): boolean {
  if (host !== hostname() || typeof pid !== 'number') return true;
  // In a container every run can have the same number.
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function inUse(journal: string, path: string, { pid = 'unknown', host = 'unknown' }: Holder): CliError {
  return new CliError(
    `${journal} is in use by another run (process ${String(pid)} on ${String(host)}), and two would send the same: wait for its end. If there is no such run, delete ${path}.`,
  );
}
