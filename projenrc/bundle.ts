import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { build, BuildOptions, Metafile } from 'esbuild';
import { Asset } from '../src/contract';

/*
 * Bundles every function of lambda/ into assets/<name>/index.js and the operator's tool into cli/dist/, the same to the byte on every
 * machine, and writes the checksums to assets.sha256, which is committed: a change of a bundle is a change somebody sees.
 */
const root = resolve(__dirname, '..');
const assets = join(root, 'assets');
const dist = join(root, 'cli', 'dist');

/** What both kinds of bundle have in common. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  mainFields: ['module', 'main'],
  // Names stay readable: a stack trace from here is read at night. What goes is white space, comments and dead code.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  charset: 'utf8',
  metafile: true,
  logLevel: 'warning',
} satisfies BuildOptions;

/** Where each function begins, below lambda/. */
const ENTRIES: Readonly<Record<(typeof Asset)[keyof typeof Asset], string>> = {
  [Asset.HYDRATE]: 'hydrate/hydrate-streams.ts',
  [Asset.CAPTURE_S3]: 'capture/capture-s3.ts',
  [Asset.REDRIVE]: 'redrive/redrive.ts',
};

async function bundleFunction(name: (typeof Asset)[keyof typeof Asset]): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    entryPoints: [join('lambda', ENTRIES[name])],
    outfile: join(assets, name, 'index.js'),
    target: 'node24',
    format: 'cjs',
  });
  return metafile;
}

/** What CommonJS packages, and the entry itself, expect of a module: an ESM bundle has neither. */
const COMMONJS = [
  "import{createRequire as nodeCreateRequire}from'node:module'",
  "import{dirname as nodeDirname}from'node:path'",
  "import{fileURLToPath as nodeFileURLToPath}from'node:url'",
  'const require=nodeCreateRequire(import.meta.url),__dirname=nodeDirname(nodeFileURLToPath(import.meta.url))',
].join(';');

const { engines } = JSON.parse(readFileSync(join(root, 'cli', 'package.json'), 'utf8')) as { engines: { node: string } };

/** In chunks, as only ESM can be split: `--help` loads the parser, a command its own code and the clients it calls. */
async function bundleTool(): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    entryPoints: { main: join('cli', 'main.ts') },
    outdir: dist,
    outExtension: { '.js': '.mjs' },
    chunkNames: 'chunks/[name]-[hash]',
    target: `node${engines.node.replace(/[^\d.]/g, '')}`,
    format: 'esm',
    splitting: true,
    banner: { js: `${COMMONJS};` },
  });
  return metafile;
}

/** The packages that ended up in a bundle, as paths below node_modules. */
function packagesIn(metafile: Metafile): string[] {
  return Object.keys(metafile.inputs).flatMap((input) => {
    const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
    return match ? [match[1]] : [];
  });
}

/** Texts of licences for packages that come without one. */
const LICENSE_TEXTS: Readonly<Record<string, string>> = {
  'Apache-2.0': join(root, 'LICENSE'),
  'MIT': join(root, 'projenrc', 'licenses', 'MIT.txt'),
};

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly author?: string | { readonly name: string };
}

function licenseText(path: string, { name, license, author }: Package): string {
  const own = readdirSync(join(root, path)).find((entry) => /^licen[cs]e/i.test(entry));
  if (!own && !LICENSE_TEXTS[license]) throw new Error(`package ${name} must come with its licence, got: ${license} and no text of it; add that to LICENSE_TEXTS`);
  const text = readFileSync(own ? join(root, path, own) : LICENSE_TEXTS[license], 'utf8').replace(/\r\n/g, '\n').trim();
  return own ? text : text.replace('<author>', (typeof author === 'string' ? author : author?.name) ?? `the authors of ${name}`);
}

/** The licences of what is bundled ask for their text to come along. */
function licenses(packages: readonly string[]): string {
  const entries = packages.map((path) => {
    const it = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Package;
    return { title: `${it.name}@${it.version} (${it.license})`, text: licenseText(path, it) };
  });
  const byText = new Map<string, string[]>();
  for (const { title, text } of entries) byText.set(text, [...(byText.get(text) ?? []), title].sort());
  return [...byText]
    .sort(([, [a]], [, [b]]) => (a < b ? -1 : 1))
    .map(([text, titles]) => `${titles.join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

/** Empties the folder, has it filled, and puts the licences of what is in it beside. */
async function fill(folder: string, make: () => Promise<readonly Metafile[]>): Promise<void> {
  if (existsSync(folder)) rmSync(folder, { recursive: true });
  const packages = new Set((await make()).flatMap(packagesIn));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenses([...packages].sort()));
}

async function main(): Promise<void> {
  await fill(assets, () => Promise.all(Object.values(Asset).map(bundleFunction)));
  await fill(dist, async () => [await bundleTool()]);

  const checksums = [assets, dist]
    .flatMap(filesBelow)
    .map((path) => [createHash('sha256').update(readFileSync(path)).digest('hex'), relative(root, path).split(sep).join('/')])
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .map(([digest, path]) => `${digest}  ${path}\n`)
    .join('');
  const checksumFile = join(dirname(assets), 'assets.sha256');
  const before = existsSync(checksumFile) ? readFileSync(checksumFile, 'utf8') : '';
  if (checksums !== before) {
    writeFileSync(checksumFile, checksums);
    console.error('bundles changed: commit the new assets.sha256');
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
