import { CliError } from '../cli-error';

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
