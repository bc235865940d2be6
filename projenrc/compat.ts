import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/*
 * Compares the API with that of the latest release on npm. A change that breaks apps fails, unless .compatignore has its key: it is then
 * on purpose. Before the first release there is nothing to compare with; names are claimed with a version 0.0.0.
 */
const root = resolve(__dirname, '..');
const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { name: string };

function latestRelease(): string | undefined {
  const { status, stdout, stderr } = spawnSync('npm', ['view', name, 'version', '--json'], { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0 && stdout.includes('E404')) return undefined;
  if (status !== 0) throw new Error(`npm view ${name} must succeed, or find no such package, got: ${stderr}`);
  const version = JSON.parse(stdout) as string;
  return version === '0.0.0' ? undefined : version;
}

const version = latestRelease();
if (version === undefined) {
  console.log(`skipped: ${name} has no release on npm to compare with`);
} else {
  const args = [`npm:${name}@${version}`, '--error-on', 'all', '--keys', '--ignore-file', '.compatignore'];
  const { status } = spawnSync('npx', ['jsii-diff', ...args], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`the API must be compatible with ${name} ${version}; put the keys of changes that are on purpose into .compatignore`);
}
