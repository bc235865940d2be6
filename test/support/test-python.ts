import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';

/** A Python that has test/requirements.txt, where there is one: CI installs it and names it here. */
export const TEST_PYTHON = process.env.TEST_PYTHON ?? 'python3';

/** A program of one of its packages. */
export const pythonProgram = (name: string) => (process.env.TEST_PYTHON ? join(dirname(process.env.TEST_PYTHON), name) : name);

/** Whether a command that needs one of its packages succeeds. In CI that it fails is a failure, never a reason to skip. */
export function hasPackage(name: string, command: string, ...args: readonly string[]): boolean {
  const { status, error, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status === 0) return true;
  const missing = `these tests need ${name}: \`pip install -r test/requirements.txt\``;
  if (process.env.CI !== undefined || process.env.TEST_PYTHON !== undefined) throw new Error(`${missing}, got: ${error?.message ?? stderr}`);
  process.emitWarning(`skipped, ${missing}`);
  return false;
}
