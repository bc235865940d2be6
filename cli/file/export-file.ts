import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type FileHandle, link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PassThrough, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { NewerFormatError } from '../../lambda/shared/dead-letter/format-version';
import { CliError } from '../cli-error';
import { newerFormatError } from '../messages/newer-format';
import { InvalidLineError, type ExportedMessage, parseExportedMessage } from './exported-message';
import { linesOf, TooLongLineError } from './lines';
import { syncFolder } from './sync-folder';

/** It holds the data of records. */
const PRIVATE = 0o600;

/** Whether a file is compressed, by its name. */
function isGzip(path: string): boolean {
  return path.endsWith('.gz');
}

/** A file of messages that is being written. It has another name until it is whole. */
export class ExportFile {
  /** @throws CliError */
  static async create(path: string, { force = false } = {}): Promise<ExportFile> {
    await refuseExisting(path, force);
    // Whoever else writes to the same path has a part of their own.
    const part = `${path}.${randomUUID().slice(0, 8)}.part`;
    try {
      return new ExportFile(path, part, await open(part, 'wx', PRIVATE), force);
    } catch (error) {
      throw fileError('cannot write', path, error);
    }
  }

  private readonly input: Transform;
  private readonly written: Promise<void>;

  private constructor(
    readonly path: string,
    private readonly part: string,
    private readonly handle: FileHandle,
    private readonly force: boolean,
  ) {
    this.input = isGzip(path) ? createGzip() : new PassThrough();
    this.written = pipeline(this.input, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) await handle.appendFile(chunk);
    });
    // Seen by the next write, or by the end.
    this.written.catch(() => undefined);
  }

  /** Resolves when there is room for more. @throws CliError */
  async write(line: ExportedMessage): Promise<void> {
    try {
      if (this.input.destroyed) await this.written;
      if (!this.input.write(`${JSON.stringify(line)}\n`)) await Promise.race([once(this.input, 'drain'), this.written]);
    } catch (error) {
      throw fileError('cannot write', this.path, error);
    }
  }

  /** Gives the file its name, once all of it is on the disk. @throws CliError */
  async commit(): Promise<void> {
    try {
      this.input.end();
      await this.written;
      await this.handle.sync();
      await this.handle.close();
    } catch (error) {
      throw fileError('cannot write', this.path, error);
    }
    await this.giveName();
    await syncFolder(dirname(this.path));
  }

  private async giveName(): Promise<void> {
    const { path, part, force } = this;
    await refuseExisting(path, force);
    if (!force) {
      try {
        // Unlike a new name, a link does not replace what somebody else has put there since.
        await link(part, path);
        await rm(part);
        return;
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST') await refuseExisting(path, force);
        // Not every file system has links.
        if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EACCES', 'EMLINK'].includes(code)) throw fileError('cannot write', path, error);
      }
    }
    try {
      await rename(part, path);
    } catch (error) {
      throw fileError('cannot write', path, error);
    }
  }

  /** Leaves no file behind. */
  async discard(): Promise<void> {
    this.input.destroy();
    await this.written.catch(() => undefined);
    await this.handle.close().catch(() => undefined);
    await rm(this.part, { force: true });
  }
}

/** A line of a file, and which one it is. */
export interface NumberedLine {
  readonly lineNumber: number;
  readonly line: ExportedMessage;
}

/** The messages of a file, one in memory at a time. Empty lines are passed over. @throws CliError that names file and line */
export async function* readExportFile(path: string): AsyncGenerator<NumberedLine, void, void> {
  let lineNumber = 0;
  try {
    await using handle = await open(path, 'r');
    for await (const bytes of linesOf(uncompressed(path, handle))) {
      lineNumber++;
      const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      if (text.trim() !== '') yield { lineNumber, line: parseExportedMessage(text) };
    }
  } catch (error) {
    throw readError(path, lineNumber, error);
  }
}

function uncompressed(path: string, handle: FileHandle): AsyncIterable<Buffer> {
  const stream = handle.createReadStream({ autoClose: false });
  if (!isGzip(path)) return stream;
  const gunzip = createGunzip();
  // The error reaches whoever reads what comes out.
  pipeline(stream, gunzip).catch(() => undefined);
  return gunzip;
}

function readError(path: string, lineNumber: number, error: unknown): unknown {
  if (error instanceof CliError) return error;
  if (error instanceof NewerFormatError) return newerFormatError(error, `${path}:${lineNumber}: `);
  if (error instanceof InvalidLineError) return new CliError(`${path}:${lineNumber}: ${error.message}. Lines must be as "export" writes them.`);
  if (error instanceof TooLongLineError) return new CliError(`${path}: ${error.message}. Is it a file that "export" wrote?`);
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return new CliError(`${path}:${lineNumber}: must be UTF-8. Is the file compressed? Then its name must end in .gz.`);
  if (/^Z_/.test(code)) return new CliError(`${path}: must be a whole gzip file, got: ${message} after line ${lineNumber}.`);
  return code ? fileError('cannot read', path, error) : error;
}

/** @throws CliError */
async function refuseExisting(path: string, force: boolean): Promise<void> {
  const existing = await lstat(path).catch(() => undefined);
  if (!existing) return;
  if (!existing.isFile()) throw new CliError(`${path} must be a file to write to, got: a directory, link or device. Name another one.`);
  if (!force) throw new CliError(`${path} exists already. Name another file, or add --force to replace it.`);
}

/** What the system says when a file is refused, in a message that names the file. */
export function fileError(what: string, path: string, error: unknown): CliError {
  return new CliError(`${what} ${path}: ${WORDS[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message}`);
}

const WORDS: Partial<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
};
