import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

function listed(...args: readonly string[]): string[] {
  return execFileSync('git', ['ls-files', '-z', ...args], { cwd: ROOT, encoding: 'utf8', maxBuffer: 1e9 }).split('\0').filter(Boolean);
}

/** Files that git has, or will have with the next commit. Of a deleted one, nothing is left to read. */
const files = listed('--cached', '--others', '--exclude-standard').filter((path) => statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile());

test('no file names the host of a package registry', () => {
  // In parts: this file is one of them.
  const hosts = [
    ['registry.', 'npmjs'], ['registry.', 'yarnpkg'], ['pypi', '.org'], ['python', 'hosted'], ['repo.', 'maven'], ['repo1.', 'maven'], ['sona', 'type'],
    ['nuget', '.org'], ['proxy.', 'golang'], ['sum.', 'golang'],
  ].map((parts) => parts.join(''));
  const named = files.flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'latin1');
    return hosts.filter((host) => text.includes(host)).map((host) => `${path}: ${host}`);
  });
  expect(files).toContain('package-lock.json');
  expect(named).toEqual([]);
});

test('lock files name no host that packages come from', () => {
  const locks = files.filter((path) => /(^|\/)package-lock\.json$/.test(path));
  expect(locks).toContain('package-lock.json');
  expect(locks.filter((path) => /"resolved": "[\w+.-]+:/.test(readFileSync(join(ROOT, path), 'utf8')))).toEqual([]);
});

test('git ignores no source file', () => {
  // A folder `logs` of sources would be ignored by the pattern for log files, and would be missing in every other checkout.
  const rooms = ['src', 'lambda', 'cli', 'local', 'examples', 'bench', 'rosetta', 'projenrc', 'test'];
  const ignored = listed('--others', '--ignored', '--exclude-standard', '--', ...rooms);
  const generated = /(^|\/)(node_modules|dist|cdk\.out|assets|\.venv|target|[^/]+\.snapshot\/asset\.[^/]+|cdk-integ\.out\.[^/]+)\//;
  expect(ignored.some((path) => generated.test(path))).toBe(true);
  expect(ignored.filter((path) => /\.[cm]?[jt]s$/.test(path) && !generated.test(path))).toEqual([]);
});
