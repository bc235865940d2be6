import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { build, BuildOptions, Metafile } from 'esbuild';
import { Asset } from '../src/contract';
import { functionPlugins } from './bundle-plugins';
import { filesIn } from './files';
import { checkSdkEdits } from './sdk-edits';

/*
 * Bundles every function of lambda/ into assets/<name>/, and the operator's tool into cli/dist/. The bundles are the same bytes on
 * every machine. Writes their checksums to assets.sha256, which is committed, so that a review shows every change of a bundle.
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
  // Minifying removes white space, comments and dead code.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  charset: 'utf8',
  metafile: true,
  logLevel: 'warning',
} satisfies BuildOptions;

/** ESM, which esbuild can split into chunks. */
const split = { format: 'esm', splitting: true, outExtension: { '.js': '.mjs' } } satisfies BuildOptions;

/** Where each function begins, below lambda/. */
const ENTRIES: Readonly<Record<(typeof Asset)[keyof typeof Asset], string>> = {
  [Asset.HYDRATE]: 'hydrate/hydrate-streams.ts',
  [Asset.CAPTURE_S3]: 'capture/capture-s3.ts',
  [Asset.REDRIVE]: 'redrive/redrive.ts',
};

async function bundleFunction(name: (typeof Asset)[keyof typeof Asset]): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    entryPoints: { index: join('lambda', ENTRIES[name]) },
    outdir: join(assets, name),
    target: 'node24',
    // Code that a function rarely needs, such as the S3 client of hydrate, is in chunks of its own, and is loaded when it is first used.
    ...split,
    chunkNames: '[name]-[hash]',
    plugins: functionPlugins,
    // Only for browsers.
    external: ['bowser'],
    minifyIdentifiers: true,
  });
  return metafile;
}

/** The names that CommonJS packages and the entry file expect, and that an ESM bundle does not have. */
const COMMONJS = [
  "import{createRequire as nodeCreateRequire}from'node:module'",
  "import{dirname as nodeDirname}from'node:path'",
  "import{fileURLToPath as nodeFileURLToPath}from'node:url'",
  'const require=nodeCreateRequire(import.meta.url),__dirname=nodeDirname(nodeFileURLToPath(import.meta.url))',
].join(';');

const { engines } = JSON.parse(readFileSync(join(root, 'cli', 'package.json'), 'utf8')) as { engines: { node: string } };

/** Bundles the tool in chunks: `--help` loads only the parser, and a command only its own code and SDK clients. */
async function bundleTool(): Promise<Metafile> {
  const { metafile } = await build({
    ...common,
    entryPoints: { main: join('cli', 'main.ts') },
    outdir: dist,
    ...split,
    chunkNames: 'chunks/[name]-[hash]',
    target: `node${engines.node.replace(/[^\d.]/g, '')}`,
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

/** The licences of the bundled packages, which require that their text is included. */
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

/** Empties a folder, fills it with bundles, and adds the licences of the packages in them. */
async function fill(folder: string, make: () => Promise<readonly Metafile[]>): Promise<void> {
  if (existsSync(folder)) rmSync(folder, { recursive: true });
  const packages = new Set((await make()).flatMap(packagesIn));
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenses([...packages].sort()));
}

async function main(): Promise<void> {
  await fill(assets, () => Promise.all(Object.values(Asset).map(bundleFunction)));
  checkSdkEdits();
  await fill(dist, async () => [await bundleTool()]);

  const checksums = [assets, dist]
    .flatMap(filesIn)
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
