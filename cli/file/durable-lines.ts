import type { Stats } from 'node:fs';
import { FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder';

/**
 * A file that lines are appended to, each on the disk before it counts as written. Lines that come while a write is under way share the
 * next one: what many do at once costs no more than what one does.
 */
export class DurableLines {
  private pending: { readonly line: string; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  private isWriting = false;
  private written: Promise<void> = Promise.resolve();
  private failure: { readonly error: unknown } | undefined;

  private constructor(
    readonly file: string,
    private readonly handle: FileHandle,
    /** Size with all that was there and was written since. */
    private size: number,
  ) {}

  /** Makes the file and its folder where they are missing, for the eyes of the user only. */
  static async open(file: string): Promise<DurableLines> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(file, 'a+', 0o600);
    try {
      // A line that was cut off by a crash must not swallow the next one.
      await endLastLine(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
    const { size } = await handle.stat();
    if (size === 0) await syncFolder(dirname(file));
    return new DurableLines(file, handle, size);
  }

  /** Whether a file is this one, with every line in it. */
  async isWhole({ dev, ino, size }: Stats): Promise<boolean> {
    const own = await this.handle.stat();
    return dev === own.dev && ino === own.ino && size >= this.size;
  }

  async append(line: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.pending.push({ line, resolve, reject });
      if (!this.isWriting) this.written = this.writeAll();
    });
  }

  async close(): Promise<void> {
    await this.written;
    await this.handle.close();
  }

  private async writeAll(): Promise<void> {
    this.isWriting = true;
    while (this.pending.length > 0) {
      const lines = this.pending;
      this.pending = [];
      try {
        // What comes after half a line would be unreadable: after one failure there is no other.
        if (this.failure) throw this.failure.error;
        const text = lines.map(({ line }) => `${line}\n`).join('');
        await this.handle.appendFile(text);
        await this.handle.sync();
        this.size += Buffer.byteLength(text);
        for (const { resolve } of lines) resolve();
      } catch (error) {
        this.failure ??= { error };
        for (const { reject } of lines) reject(error);
      }
    }
    this.isWriting = false;
  }
}

async function endLastLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  if (size === 0) return;
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  if (bytesRead === 1 && buffer.toString() !== '\n') await handle.appendFile('\n');
}
