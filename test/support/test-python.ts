import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A Python that has test/requirements.txt, where there is one: CI installs it and names it here. */
export const TEST_PYTHON = process.env.TEST_PYTHON ?? 'python3';

const requirements = readFileSync(join(__dirname, '../requirements.txt'), 'utf8');

/** The version of a package that tests are written for. */
export const requiredVersion = (name: string) => new RegExp(`^${name}==(.+)$`, 'm').exec(requirements)![1];

/** A program of one of its packages. */
export const pythonProgram = (name: string) => (process.env.TEST_PYTHON ? join(dirname(process.env.TEST_PYTHON), name) : name);

/** Whether that Python has a package in its required version. In CI that it has not is a failure, never a reason to skip. */
export function hasPackage(name: string): boolean {
  const script = `from importlib.metadata import version; print(version('${name}'))`;
  const { stdout, stderr, error } = spawnSync(TEST_PYTHON, ['-c', script], { encoding: 'utf8' });
  if (stdout?.trim() === requiredVersion(name)) return true;
  const needed = `${name} ${requiredVersion(name)} is needed, of test/requirements.txt`;
  if (process.env.CI !== undefined || process.env.TEST_PYTHON !== undefined) throw new Error(`${needed}, got: ${error?.message ?? (stdout || stderr)}`);
  process.emitWarning(`skipped tests: ${needed}`);
  return false;
}
