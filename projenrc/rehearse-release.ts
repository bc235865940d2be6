import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { filesIn } from './files';
import { isInstalled } from './toolchain';

/*
 * What the release workflow does up to publishing: sets the version, compiles, packages for each language whose toolchain is here, and
 * sets the version back. Fails if a package fails or is not there.
 */
const root = resolve(__dirname, '..');
const dist = join(root, 'dist');

interface Target {
  readonly task: string;
  readonly folder: string;
  /** Program that packaging needs, beside Node.js. */
  readonly needs?: string;
}

const TARGETS: readonly Target[] = [
  { task: 'package:js', folder: 'js' },
  { task: 'package:tool', folder: 'tools' },
  { task: 'package:python', folder: 'python', needs: 'python3' },
  { task: 'package:java', folder: 'java', needs: 'mvn' },
  { task: 'package:go', folder: 'go', needs: 'go' },
  { task: 'package:dotnet', folder: 'dotnet', needs: 'dotnet' },
];

function projen(...args: readonly string[]): void {
  const { status, error } = spawnSync('npx', ['projen', ...args], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) throw error;
  if (status !== 0) throw new Error(`projen ${args.join(' ')} must succeed, got: exit code ${status}`);
}

function packageAll(): readonly Target[] {
  const [here, missing] = [TARGETS.filter(({ needs }) => !needs || isInstalled(needs)), TARGETS.filter(({ needs }) => needs && !isInstalled(needs))];
  for (const { task } of here) projen(task);
  for (const { task, needs } of missing) console.log(`skipped ${task}: ${needs} is not installed`);
  return here;
}

rmSync(dist, { recursive: true, force: true });
try {
  projen('bump');
  projen('bundle');
  projen('compile');
  projen('post-compile');
  const packaged = packageAll();
  const version = readFileSync(join(dist, 'version.txt'), 'utf8');
  console.log(`\nversion ${version}\n`);
  for (const { task, folder } of packaged) {
    const files = existsSync(join(dist, folder)) ? filesIn(join(dist, folder)) : [];
    if (files.length === 0) throw new Error(`${task} must leave files in dist/${folder}, got: none`);
    const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
    const [first] = files.map((file) => relative(dist, file)).sort();
    console.log(`${folder.padEnd(7)} ${String(files.length).padStart(3)} files ${String(Math.round(bytes / 1_000)).padStart(6)} kB  ${first}`);
  }
  console.log(`\n${readFileSync(join(dist, 'changelog.md'), 'utf8')}`);
} finally {
  projen('unbump');
}
