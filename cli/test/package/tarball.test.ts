import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const PACKAGE = resolve(__dirname, '..', '..');

/** The tool as npm would publish it, and an empty folder that it is installed in. */
describe('the package of the tool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-dlq-package-'));
  const empty = join(folder, 'empty');
  let tarball: string;

  beforeAll(() => {
    run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], PACKAGE);
    tarball = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz'))!);
    mkdirSync(empty);
    run('npm', ['install', '--offline', '--no-audit', tarball], empty);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the bundle, and nothing of the CDK', () => {
    const files = run('tar', ['-tzf', tarball], folder).trim().split('\n').map((file) => file.replace('package/', ''));
    // The bundle comes in pieces that are named by what is in them.
    const kinds = new Set(files.map((file) => file.replace(/^(dist\/chunks\/).+-[0-9A-Z]{8}\.mjs$/, '$1*')));
    expect([...kinds].sort()).toEqual([
      'LICENSE', 'README.md', 'bin/stream-dlq.mjs', 'dist/THIRD-PARTY-LICENSES.txt', 'dist/chunks/*', 'dist/main.mjs', 'package.json',
    ]);
  });

  it('installs one package, outside of any project and offline', () => {
    const { packages } = JSON.parse(readFileSync(join(empty, 'node_modules', '.package-lock.json'), 'utf8')) as { packages: object };
    expect(Object.keys(packages)).toEqual(['node_modules/stream-dlq']);
  });

  it('answers to its name', () => {
    const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
    expect(run('npx', ['--offline', 'stream-dlq', '--version'], empty)).toBe(`${version}\n`);
    expect(run('npx', ['--offline', 'stream-dlq', '--help'], empty)).toMatch(/^Usage: stream-dlq <command>/);
  });
});

/** Runs a program with nothing of npm's own settings, and returns what it prints. */
function run(program: string, args: readonly string[], cwd: string): string {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')));
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' });
}
