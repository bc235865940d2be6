import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { loadAssemblyFromPath, TypeKind } from '@jsii/spec';
import { Asset } from '../../src/contract';
import { runProgram } from './run-program';

const ROOT = resolve(__dirname, '..', '..');

describe.each(['package-lock.json', 'local/runtime/package-lock.json', 'test/newest-cdk/package-lock.json'])('%s', (file) => {
  const { packages } = JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as { packages: Record<string, LockedPackage> };

  it('has an entry for every optional dependency, as `npm ci` wants it, whatever the platform', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !resolves(packages, path, name)).map((name) => `${name} of ${path}`),
    );
    expect(missing).toEqual([]);
  });
});

describe('the oldest Node.js that users are supported on', () => {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { engines: { node: string } };
  const [, oldest] = /^>= (\d+)\.0\.0$/.exec(engines.node)!;

  it('is the same for the constructs and the tool', () => {
    expect(JSON.parse(readFileSync(join(ROOT, 'cli', 'package.json'), 'utf8'))).toMatchObject({ engines });
  });

  test.each(['README.md', 'cli/README.md', 'docs/operate.md'])('is what %s says', (file) => {
    const said = [...readFileSync(join(ROOT, file), 'utf8').matchAll(/Node\.js (\d+) or newer/g)].map(([, major]) => major);
    expect(said.length).toBeGreaterThan(0);
    expect(new Set(said)).toEqual(new Set([oldest]));
  });
});

interface LockedPackage {
  readonly optionalDependencies?: Record<string, string>;
}

/** Whether a package that is needed at a path is installed there or in a folder above it. */
function resolves(packages: Record<string, LockedPackage>, path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    if (`${folder ? `${folder}/` : ''}node_modules/${name}` in packages) return true;
    if (!folder.includes('/node_modules/')) return `node_modules/${name}` in packages;
  }
}

/** The package as npm would publish it, and an app beside it that uses it. */
describe('the package', () => {
  let folder: string;
  let tarball: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-package-'));
    runProgram(ROOT, 'npx', ['jsii', '--silence-warnings=reserved-word']);
    runProgram(ROOT, 'npx', ['projen', 'lazy-index']);
    runProgram(ROOT, 'npx', ['projen', 'shrink-lib']);
    if (!existsSync(join(ROOT, '.jsii.tabl.json'))) runProgram(ROOT, 'npx', ['projen', 'translate']);
    runProgram(ROOT, 'npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
    tarball = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz'))!);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds what a user needs and nothing else', () => {
    const files = runProgram(folder, 'tar', ['-tzf', tarball]).trim().split('\n').map((file) => file.replace('package/', ''));
    const [compiled, others] = [files.filter((file) => file.startsWith('lib/')), files.filter((file) => !file.startsWith('lib/'))];
    const [bundled, rest] = [others.filter((file) => file.endsWith('.mjs')), others.filter((file) => !file.endsWith('.mjs'))];
    const bundles = Object.values(Asset).flatMap((asset) => readdirSync(join(ROOT, 'assets', asset)).map((file) => `assets/${asset}/${file}`));
    expect(bundled.sort()).toEqual(bundles.sort());
    expect(rest.sort()).toEqual([
      '.jsii',
      '.jsii.tabl.json',
      'LICENSE',
      'README.md',
      'assets/THIRD-PARTY-LICENSES.txt',
      'package.json',
    ]);
    // Every file of src/, compiled, and declared where it is public.
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const names = sources.map((file) => `lib/${file.replaceAll('\\', '/').replace(/\.ts$/, '')}`);
    const expected = names.flatMap((name) => [`${name}.js`, ...(name.startsWith('lib/private/') ? [] : [`${name}.d.ts`])]);
    expect(compiled.sort()).toEqual(expected.sort());
  });

  it('brings no dependency along', () => {
    const { bin, dependencies, bundleDependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect([bin, dependencies]).toEqual([undefined, undefined]);
    expect(bundleDependencies ?? []).toEqual([]);
    expect(Object.keys(peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
  });

  it('loads nothing before it is used, and has every export, for ES modules too', () => {
    const unpacked = join(folder, 'unpacked');
    mkdirSync(unpacked);
    runProgram(unpacked, 'tar', ['-xzf', tarball]);
    const index = join(unpacked, 'package', 'lib', 'index.js');
    const { types = {} } = loadAssemblyFromPath(ROOT, false);
    const names = Object.values(types).filter(({ kind }) => kind !== TypeKind.Interface).map(({ name }) => name).sort();
    const loaded = `const all = require(${JSON.stringify(index)}); console.log(Object.keys(require.cache).length)`;
    expect(runProgram(folder, process.execPath, ['-e', loaded]).trim()).toBe('1');
    const named = `import(${JSON.stringify(index)}).then((all) => console.log(JSON.stringify(Object.keys(all).filter((it) => !/^(__esModule|default|module.exports)$/.test(it)).sort())))`;
    symlinkSync(join(ROOT, 'node_modules'), join(unpacked, 'node_modules'), 'junction');
    expect(JSON.parse(runProgram(folder, process.execPath, ['-e', named]))).toEqual(names);
  });

  it('synthesizes the app of README.md, with neither esbuild nor a network, the same in two folders', () => {
    const [first, second] = ['first', 'second'].map((name) => synthesize(join(folder, name)));
    expect(first.assets).toEqual(second.assets);
    expect(first.template).toEqual(second.template);
    expect(first.template).toContain('"AWS::Lambda::EventSourceMapping"');
  });

  /** Installs the tarball in an empty folder, type checks the smallest app of README.md there, and runs it as the CDK's command does. */
  function synthesize(app: string): { template: string; assets: string[] } {
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', version: '1.0.0', private: true }));
    writeFileSync(join(app, 'app.ts'), smallestApp());
    runProgram(app, 'npm', ['install', '--offline', '--omit=peer', '--legacy-peer-deps', '--no-audit', tarball]);
    // What the app would have installed for itself: linked, as there is no network here.
    for (const name of ['aws-cdk-lib', 'constructs', '@types/node', 'undici-types']) {
      const link = join(app, 'node_modules', name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules', name), link, 'junction');
    }
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    runProgram(app, process.execPath, [tsc, '--strict', '--target', 'es2022', '--module', 'node16', '--outDir', '.', 'app.ts']);
    const out = join(app, 'cdk.out');
    runProgram(app, process.execPath, ['app.js'], { CDK_OUTDIR: out });
    return {
      template: readFileSync(join(out, 'Orders.template.json'), 'utf8'),
      assets: readdirSync(out).filter((file) => file.startsWith('asset.')).sort(),
    };
  }
});

/** The first example in TypeScript of README.md. */
function smallestApp(): string {
  return /^```ts[^\n]*\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))![1];
}
