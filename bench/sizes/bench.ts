import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Asset } from '../../src/contract';
import { defineBench, type Figure } from '../bench';
import { ASSETS, entriesOf, filesOf, loadedWith, STARTS } from '../function-files';

const ROOT = resolve(__dirname, '..', '..');
const NEEDED = ['lib/index.js', '.jsii', '.jsii.tabl.json', 'assets'];

/** In units of 1,000 bytes. */
const MOST_OF_FUNCTION = 250;
const MOST_OF_TARBALL = 400;

interface Packed {
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** What takes the space in the tarball. */
const PARTS = {
  'functions': /^assets\//,
  'compiled constructs': /^lib\/.*\.js$/,
  'types': /^lib\/.*\.d\.ts$/,
  'jsii assembly and translated examples': /^\.jsii/,
};

const kilobytes = (bytes: number) => Math.round(bytes / 100) / 10;

function functionFigures(): Figure[] {
  const bytesOf = (asset: string, files: Iterable<string>) =>
    kilobytes([...files].reduce((sum, file) => sum + statSync(join(ASSETS, asset, file)).size, 0));
  return [
    ...Object.values(Asset).map((asset): Figure => ({
      name: `${asset}: all code`, value: bytesOf(asset, filesOf(asset)), unit: 'KB', target: { of: 'value', atMost: MOST_OF_FUNCTION },
    })),
    ...STARTS.map((start): Figure => ({
      name: `${start.name}: loaded for the first event`, value: bytesOf(start.asset, loadedWith(start.asset, entriesOf(start))), unit: 'KB',
    })),
  ];
}

function tarballFigures(): Figure[] {
  const packing = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const [packed] = JSON.parse(execFileSync('npm', packing, { cwd: ROOT, encoding: 'utf8', shell: process.platform === 'win32' })) as Packed[];
  const compressed = (pattern: RegExp) => packed.files.filter(({ path }) => pattern.test(path))
    .reduce((sum, { path }) => sum + gzipSync(readFileSync(join(ROOT, path)), { level: 9 }).length, 0);
  return [
    { name: 'npm package: packed', value: kilobytes(packed.size), unit: 'KB', target: { of: 'value', atMost: MOST_OF_TARBALL } },
    { name: 'npm package: unpacked', value: kilobytes(packed.unpackedSize), unit: 'KB' },
    ...Object.entries(PARTS).map(([name, pattern]) => ({
      name: `npm package: ${name}`, value: kilobytes(compressed(pattern)), unit: 'KB', note: 'each file compressed by itself',
    })),
  ];
}

export const bench = defineBench({
  summary: 'bytes of each function and of the npm package',
  options: {},
  missing: () => {
    const missing = NEEDED.filter((file) => !existsSync(join(ROOT, file)));
    return missing.length === 0 ? undefined : `${missing.join(', ')} must be there, got: no such file; run \`npx projen compile\` and \`npx projen post-compile\``;
  },
  run: async () => [...functionFigures(), ...tarballFigures()],
});
