import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const programs = mkdtempSync(join(tmpdir(), 'compat-'));
afterAll(() => rmSync(programs, { recursive: true }));

/** `npx projen compat`, with programs that answer so in place of npm and npx. */
function compat(npm: { readonly prints: object | string; readonly exits: number }, npx = { exits: 0 }) {
  const program = (name: string, script: string) => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  program('npm', `echo '${JSON.stringify(npm.prints)}'; exit ${npm.exits}`);
  program('npx', `echo "npx $*"; exit ${npx.exits}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', 'ts-node/register/transpile-only', 'projenrc/compat.ts'], {
    cwd: ROOT, encoding: 'utf8', env: { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH}`, TS_NODE_PROJECT: 'projenrc/tsconfig.json' },
  });
  return { status, output: stdout + stderr };
}

test('compares with the latest release', () => {
  const { status, output } = compat({ prints: '1.2.3', exits: 0 });
  expect([status, output]).toEqual([0, 'npx jsii-diff npm:cdk-stream-dlq@1.2.3 --error-on all --keys --ignore-file .compatignore\n']);
});

test('fails when the API is not compatible, and names the file for changes on purpose', () => {
  const { status, output } = compat({ prints: '1.2.3', exits: 0 }, { exits: 1 });
  expect(status).toBe(1);
  expect(output).toContain('.compatignore');
});

test.each([
  ['the package is not on npm', { prints: { error: { code: 'E404' } }, exits: 1 }],
  ['the name is claimed only', { prints: '0.0.0', exits: 0 }],
])('skips with a line where %s', (_, npm) => {
  expect(compat(npm)).toEqual({ status: 0, output: 'skipped: cdk-stream-dlq has no release on npm to compare with\n' });
});

test('fails where npm does not answer', () => {
  expect(compat({ prints: { error: { code: 'ENOTFOUND' } }, exits: 1 }).status).toBe(1);
});
