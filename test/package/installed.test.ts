import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/*
 * The packages of dist/, as `npx projen release:rehearse` leaves them, each installed in a folder outside of the checkout, from the
 * public registries, and used there. Run by `npx projen test:packages`.
 */
const ROOT = resolve(__dirname, '..', '..');
const DIST = join(ROOT, 'dist');
const APPS = join(__dirname, 'apps');
const CDK_VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest).devDependencies['aws-cdk-lib'];
const CONSTRUCTS_VERSION = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest).devDependencies.constructs;

interface Manifest {
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Template {
  readonly Resources: Record<string, { Metadata?: unknown; readonly Type: string }>;
  Conditions?: object;
}

// Everything comes from the registries, and Maven and Go have much to fetch on a new machine.
jest.setTimeout(900_000);
import { runProgram } from './run-program';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder, and in it what is given of apps/. */
function folderWith(...names: readonly string[]): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'stream-dlq-app-')));
  folders.push(folder);
  for (const name of names) cpSync(join(APPS, name), name === 'orders' ? join(folder, 'orders') : folder, { recursive: true });
  return folder;
}

/** Runs a program in a user's folder, with the environment variables that the CDK CLI sets. */
function run(cwd: string, program: string, ...args: readonly string[]): string {
  const { JAVA_HOME: javaHome } = process.env;
  // A Java runtime without a compiler cannot build the Java app: `undefined` removes the variable.
  const withoutCompiler = javaHome !== undefined && !existsSync(join(javaHome, 'bin', 'javac'));
  return runProgram(cwd, program, args, {
    CDK_OUTDIR: join(cwd, 'cdk.out'), GOFLAGS: '-mod=mod', ...(withoutCompiler && { JAVA_HOME: undefined }),
  });
}

function isInstalled(program: string): boolean {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0;
}

/** `test`, or `test.skip` if the toolchain of the language is not installed. */
function testWith(program: string): jest.It {
  if (isInstalled(program)) return test;
  process.emitWarning(`skipped, this test needs ${program}`);
  return test.skip;
}

/** The only file with this ending in a folder of dist/. */
function artifact(folder: string, ending: string): string {
  const [file, ...others] = readdirSync(join(DIST, folder)).filter((name) => name.endsWith(ending));
  if (!file || others.length > 0) throw new Error(`dist/${folder} must hold one file *${ending}, got: ${others.length + (file ? 1 : 0)}; run npx projen release:rehearse`);
  return join(DIST, folder, file);
}

/** The template that an app has synthesized, without what the CDK says of the language it was written in. */
function templateOf(folder: string): Template {
  const template = JSON.parse(readFileSync(join(folder, 'cdk.out', 'App.template.json'), 'utf8')) as Template;
  delete template.Resources.CDKMetadata;
  delete template.Conditions;
  for (const resource of Object.values(template.Resources)) delete resource.Metadata;
  return template;
}

/** The JavaScript app: what the others are compared with. */
let javascript: Template;

beforeAll(() => {
  const folder = folderWith('javascript', 'orders');
  run(folder, 'npm', 'init', '--yes');
  run(folder, 'npm', 'install', '--no-audit', artifact('js', '.tgz'), `aws-cdk-lib@${CDK_VERSION}`, `constructs@${CONSTRUCTS_VERSION}`);
  run(folder, process.execPath, 'app.mjs');
  javascript = templateOf(folder);
});

test('an app in JavaScript defines processors with either capture, and a RedriveFunction', () => {
  const types = Object.values(javascript.Resources).map(({ Type }) => Type);
  expect(types.filter((type) => type === 'AWS::Lambda::EventSourceMapping')).toHaveLength(3);
  expect(types.filter((type) => type === 'AWS::Kinesis::Stream')).toHaveLength(2);
  expect(types).toContain('AWS::SQS::Queue');
});

test('the constructs have no operator\'s tool, and no dependencies', () => {
  const files = run(DIST, 'tar', '-tzf', artifact('js', '.tgz')).trim().split('\n');
  expect(files.filter((file) => /^package\/(bin|cli|lambda|local|test)\//.test(file))).toEqual([]);
  expect(JSON.parse(run(DIST, 'tar', '-xzOf', artifact('js', '.tgz'), 'package/package.json'))).not.toHaveProperty('dependencies');
});

test('the tool is one package in an empty folder, and has the version of the constructs', () => {
  const folder = folderWith();
  run(folder, 'npm', 'install', '--no-audit', artifact('tools', '.tgz'));
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8')) as { packages: object };
  expect(Object.keys(packages)).toEqual(['node_modules/stream-dlq']);
  expect(run(folder, 'npx', 'stream-dlq', '--version').trim()).toBe(readFileSync(join(DIST, 'version.txt'), 'utf8').trim());
  expect(run(folder, 'npx', 'stream-dlq', '--help')).toMatch(/^Usage: stream-dlq <command>/);
});

testWith('python3')('an app in Python synthesizes the same, and that of README.md synthesizes', () => {
  const folder = folderWith('python', 'orders');
  run(folder, 'python3', '-m', 'venv', 'venv');
  const python = join(folder, 'venv', 'bin', 'python');
  run(folder, python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', artifact('python', '.whl'), `aws-cdk-lib==${CDK_VERSION}`);
  run(folder, python, 'app.py');
  expect(templateOf(folder)).toEqual(javascript);

  const [, smallestApp] = /^```python\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))!;
  writeFileSync(join(folder, 'smallest.py'), smallestApp);
  run(folder, python, 'smallest.py');
  expect(readFileSync(join(folder, 'cdk.out', 'Orders.template.json'), 'utf8')).toContain('"AWS::Lambda::EventSourceMapping"');
});

testWith('mvn')('an app in Java synthesizes the same', () => {
  const folder = folderWith('java', 'orders');
  const version = readFileSync(join(DIST, 'version.txt'), 'utf8').trim();
  run(
    folder, 'mvn', '--batch-mode', '--quiet', `-Ddist=${join(DIST, 'java')}`, `-Dversion=${version}`, `-DcdkVersion=${CDK_VERSION}`,
    // A repository of its own: that of the user may hold the same version from a rehearsal before.
    `-Dmaven.repo.local=${join(folder, 'repository')}`,
    '-Dexec.mainClass=App', 'compile', 'org.codehaus.mojo:exec-maven-plugin:3.5.0:java',
  );
  expect(templateOf(folder)).toEqual(javascript);
});

testWith('go')('an app in Go synthesizes the same', () => {
  const folder = folderWith('go', 'orders');
  const module = 'github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq';
  run(folder, 'go', 'mod', 'init', 'example.com/app');
  run(folder, 'go', 'mod', 'edit', `-replace=${module}=${join(DIST, 'go', 'cdkstreamdlq')}`, `-require=github.com/aws/aws-cdk-go/awscdk/v2@v${CDK_VERSION}`);
  run(folder, 'go', 'run', '.');
  expect(templateOf(folder)).toEqual(javascript);
});
