import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/*
 * After the version of the constructs was set or reset: gives the tool the same version, and a version that CHANGELOG.md describes the
 * text from there as its release notes. The first release has no commits before it that could break anything for anybody.
 */
const root = resolve(__dirname, '..');
const notes = join(root, 'dist', 'changelog.md');

function versionOf(file: string): string {
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

function setVersion(file: string, version: string): void {
  const contents = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, `${JSON.stringify({ ...contents, version }, null, 2)}\n`);
}

/** The section of CHANGELOG.md with this version in its heading, if there is one. */
function written(version: string): string | undefined {
  const sections = readFileSync(join(root, 'CHANGELOG.md'), 'utf8').split(/^(?=## )/m);
  return sections.find((section) => section.startsWith(`## ${version}\n`));
}

const version = versionOf(join(root, 'package.json'));
setVersion(join(root, 'cli', 'package.json'), version);
const section = written(version);
if (section && existsSync(notes)) writeFileSync(notes, section);
