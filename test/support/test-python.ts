import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A Python that has test/requirements.txt, where there is one: CI installs it and names it here. */
export const TEST_PYTHON = process.env.TEST_PYTHON ?? 'python3';

/** The version of a package that tests are written for. */
export function requiredVersion(name: string, requirements = 'test/requirements.txt'): string {
  return new RegExp(`^${name}==(.+)$`, 'm').exec(readFileSync(join(__dirname, '../..', requirements), 'utf8'))![1];
}

/** A program of one of its packages. */
export const pythonProgram = (name: string) => (process.env.TEST_PYTHON ? join(dirname(process.env.TEST_PYTHON), name) : name);

/** Where a package is, if it is not beside those of test/requirements.txt. */
export interface PackageLocation {
  /** The environment variable that names its Python. */
  readonly variable: string;
  readonly requirements: string;
}

/** Whether a Python has a package in its required version. In CI that it has not is a failure, never a reason to skip. */
export function hasPackage(name: string, { variable, requirements }: PackageLocation = { variable: 'TEST_PYTHON', requirements: 'test/requirements.txt' }): boolean {
  const script = `from importlib.metadata import version; print(version('${name}'))`;
  const { stdout, stderr, error } = spawnSync(process.env[variable] ?? 'python3', ['-c', script], { encoding: 'utf8' });
  const required = requiredVersion(name, requirements);
  if (stdout?.trim() === required) return true;
  const needed = `${variable} must name a Python with ${name} ${required}, of ${requirements}`;
  if (process.env.CI !== undefined || process.env[variable] !== undefined) throw new Error(`${needed}, got: ${error?.message ?? (stdout || stderr)}`);
  process.emitWarning(`skipped tests: ${needed}`);
  return false;
}
