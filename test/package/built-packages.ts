import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isInstalled } from '../../projenrc/toolchain';

export const ROOT = resolve(__dirname, '..', '..');
/** The packages of the next release, as `npx projen release:rehearse` leaves them. */
export const DIST = join(ROOT, 'dist');

/** The exact versions that the unit tests run on: the oldest that the package takes. */
export const { 'aws-cdk-lib': CDK_VERSION, constructs: CONSTRUCTS_VERSION } =
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> }).devDependencies;

/** The version of the packages in dist/. */
export function builtVersion(): string {
  return readFileSync(join(DIST, 'version.txt'), 'utf8').trim();
}

/** The only file with this ending in a folder of dist/. */
export function artifact(folder: string, ending: string): string {
  const [file, ...others] = readdirSync(join(DIST, folder)).filter((name) => name.endsWith(ending));
  if (!file || others.length > 0) throw new Error(`dist/${folder} must hold one file *${ending}, got: ${others.length + (file ? 1 : 0)}; run npx projen release:rehearse`);
  return join(DIST, folder, file);
}

const folders: string[] = [];

/** An empty folder outside of the checkout, which is removed after the tests of the file. */
export function emptyFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'stream-dlq-app-')));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** Whether the toolchain of a language is here. If not, a warning says which tests are skipped. */
export function hasToolchain(program: string): boolean {
  const installed = isInstalled(program);
  if (!installed) process.emitWarning(`tests that need ${program} are skipped: it is not installed`);
  return installed;
}
