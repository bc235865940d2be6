import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifact, builtVersion, DIST, emptyFolder } from './built-packages';
import { runProgram } from './run-program';

/*
 * What is in the npm packages of dist/, and the tool as it is installed. `installed-examples.test.ts` installs the constructs. Run by
 * `npx projen test:packages`, after `npx projen release:rehearse`.
 */
jest.setTimeout(300_000);

test('the constructs have no operator\'s tool, and no dependencies', () => {
  const files = runProgram(DIST, 'tar', ['-tzf', artifact('js', '.tgz')]).trim().split('\n');
  expect(files.filter((file) => /^package\/(bin|cli|lambda|local|test)\//.test(file))).toEqual([]);
  expect(JSON.parse(runProgram(DIST, 'tar', ['-xzOf', artifact('js', '.tgz'), 'package/package.json']))).not.toHaveProperty('dependencies');
});

test('the tool is one package in an empty folder, and has the version of the constructs', () => {
  const folder = emptyFolder();
  runProgram(folder, 'npm', ['install', '--no-audit', artifact('tools', '.tgz')]);
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8')) as { packages: object };
  expect(Object.keys(packages)).toEqual(['node_modules/stream-dlq']);
  expect(runProgram(folder, 'npx', ['stream-dlq', '--version']).trim()).toBe(builtVersion());
  expect(runProgram(folder, 'npx', ['stream-dlq', '--help'])).toMatch(/^Usage: stream-dlq <command>/);
});
