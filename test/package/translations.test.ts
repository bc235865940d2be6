import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import ts from 'typescript';
import { runProgram } from './run-program';
import { Example, examplesIn, goPackage, isProgram, javaClass, Language, pythonModule } from './translations';

/*
 * The examples of README.md and docstrings in the other languages: what the packages of dist/ show, and whether it compiles with them. Run
 * by `npx projen test:packages`, after `npx projen release:rehearse`.
 */
const ROOT = resolve(__dirname, '..', '..');
const DIST = join(ROOT, 'dist');
const { devDependencies: { 'aws-cdk-lib': CDK_VERSION } } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as
  { devDependencies: Record<string, string> };
/** The version of the library, which is that of all packages. */
const version = () => readFileSync(join(DIST, 'version.txt'), 'utf8').trim();

// Everything comes from the registries, and Maven and Go have much to fetch on a new machine.
jest.setTimeout(900_000);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'stream-dlq-translations-')));
  folders.push(folder);
  return folder;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** `test`, or `test.skip` where the toolchain of the language is not installed. */
function testWith(program: string): jest.It {
  if (process.env.CI || spawnSync('which', [program], { stdio: 'ignore' }).status === 0) return test;
  process.emitWarning(`skipped, this test needs ${program}`);
  return test.skip;
}

/** The files with an ending in a folder of dist/ or elsewhere. */
function filesIn(folder: string, ending: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith(ending));
  if (files.length === 0) throw new Error(`${folder} must hold files *${ending}, got: none; run npx projen release:rehearse`);
  return files.map((file) => join(folder, file));
}

const tarball = () => filesIn(join(DIST, 'js'), '.tgz')[0];

/** Runs a program in the folder of an app, as the CDK CLI does. */
function run(cwd: string, program: string, ...args: readonly string[]): string {
  const { JAVA_HOME: javaHome } = process.env;
  // A Java runtime without a compiler compiles nothing: `undefined` removes the variable.
  const withoutCompiler = javaHome !== undefined && !existsSync(join(javaHome, 'bin', 'javac'));
  try {
    return runProgram(cwd, program, args, {
      CDK_OUTDIR: join(cwd, 'cdk.out'), GOFLAGS: '-mod=mod', ...(withoutCompiler && { JAVA_HOME: undefined }),
    });
  } catch (error) {
    // What a compiler says is in its output.
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')} must succeed, got:\n${stdout}\n${stderr}`);
  }
}

/** The resources that the program of README.md defines, without metadata. */
function resourcesIn(folder: string): object {
  const { Resources } = JSON.parse(readFileSync(join(folder, 'cdk.out', 'Orders.template.json'), 'utf8')) as { Resources: Record<string, { Metadata?: object }> };
  delete Resources.CDKMetadata;
  for (const resource of Object.values(Resources)) delete resource.Metadata;
  return Resources;
}

let examples: readonly Example[];
let program: Example;
let snippets: readonly Example[];
/** The resources of the program in TypeScript. */
let resources: object;

beforeAll(() => {
  examples = examplesIn(tarball());
  program = examples.find(isProgram)!;
  snippets = examples.filter((example) => !isProgram(example));

  const folder = newFolder();
  for (const name of ['aws-cdk-lib', 'constructs']) {
    mkdirSync(join(folder, 'node_modules'), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
  }
  run(folder, 'tar', '-xzf', tarball());
  cpSync(join(folder, 'package'), join(folder, 'node_modules', 'cdk-stream-dlq'), { recursive: true });
  write(join(folder, 'app.js'), ts.transpile(program.typescript, { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 }));
  run(folder, process.execPath, 'app.js');
  resources = resourcesIn(folder);
});

describe('the npm package, which the release jobs make the others from', () => {
  test('has each example of README.md and of the docstrings', () => {
    const docstrings = filesIn(join(ROOT, 'src'), '.ts').flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/@example$/gm)]);
    const blocks = [...readFileSync(join(ROOT, 'README.md'), 'utf8').matchAll(/^```ts/gm)];
    expect(examples.filter(({ inReadme }) => inReadme)).toHaveLength(blocks.length);
    expect(examples.filter(({ inReadme }) => !inReadme)).toHaveLength(docstrings.length);
  });

  test.each<Language>(['csharp', 'go', 'java', 'python'])('has no example with TypeScript in it: %s', (language) => {
    const code = examples.map(({ translations }) => translations[language].replace(/"[^"]*"/g, '""'));
    // What none of the languages has: quotes of TypeScript, its declarations, and objects without a type.
    expect(code.filter((source) => !source.trim() || /'|\b(const|declare|export|undefined)\b|[(,] ?\{ \w+:|=>/.test(source))).toEqual([]);
  });
});

describe.each<[Language, string, string, readonly string[], () => string]>([
  ['python', 'python3', 'the wheel with its page on PyPI', ['METADATA', '.py'], () => unpacked(filesIn(join(DIST, 'python'), '.whl')[0])],
  ['java', 'mvn', 'the Javadoc', ['.java'], () => unpacked(filesIn(join(DIST, 'java'), '-sources.jar')[0])],
  ['go', 'go', 'the Go module with its README', ['README.md', '.go'], () => join(DIST, 'go')],
])('in %s', (language, toolchain, shows, endings, folderOf) => {
  testWith(toolchain)(`${shows} shows each example in the language, and none in TypeScript`, () => {
    const folder = folderOf();
    const text = words(endings.flatMap((ending) => filesIn(folder, ending)).map((file) => readFileSync(file, 'utf8')).join('\n'));
    expect(examples.filter(({ translations }) => !text.includes(words(translations[language]))).map(({ name }) => name)).toEqual([]);
    expect(examples.filter(({ typescript }) => text.includes(words(typescript))).map(({ name }) => name)).toEqual([]);
  });
});

/** An unpacked wheel or JAR. */
function unpacked(archive: string): string {
  const folder = newFolder();
  run(folder, 'python3', '-m', 'zipfile', '--extract', archive, folder);
  return folder;
}

/** The words of a text, without what comments and documentation put between them. */
function words(text: string): string {
  const entities: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#64;': '@', '&amp;': '&' };
  return text.replace(/^\s*(\*|\/\/) ?/gm, '').replace(/&(lt|gt|quot|#64|amp);/g, (entity) => entities[entity]).replaceAll('\\"', '"').replace(/\s+/g, ' ').trim();
}

testWith('python3')('Python: mypy accepts each example, and the program of README.md defines the same resources', () => {
  const folder = newFolder();
  run(folder, 'python3', '-m', 'venv', 'venv');
  const python = join(folder, 'venv', 'bin', 'python');
  run(folder, python, '-m', 'pip', 'install', '--quiet', '--no-compile', '--disable-pip-version-check', filesIn(join(DIST, 'python'), '.whl')[0], `aws-cdk-lib==${CDK_VERSION}`, 'mypy==1.20.2');
  write(join(folder, 'app.py'), program.translations.python);
  for (const { name, translations } of snippets) write(join(folder, `example_${name}.py`), pythonModule(translations.python));
  run(folder, python, '-m', 'mypy', '--check-untyped-defs', ...readdirSync(folder).filter((file) => file.endsWith('.py')));
  run(folder, python, 'app.py');
  expect(resourcesIn(folder)).toEqual(resources);
});

testWith('mvn')('Java: each example compiles, and the program of README.md defines the same resources', () => {
  const folder = newFolder();
  const source = (name: string) => join(folder, 'src', 'main', 'java', `${name}.java`);
  cpSync(join(__dirname, 'pom.xml'), join(folder, 'pom.xml'));
  write(source('OrdersStack'), program.translations.java);
  for (const { name, translations } of snippets) write(source(`Example${name}`), javaClass(`Example${name}`, translations.java));
  run(
    folder, 'mvn', '--batch-mode', '--quiet', `-Ddist=${join(DIST, 'java')}`, `-Dversion=${version()}`, `-DcdkVersion=${CDK_VERSION}`,
    // A repository of its own: that of the user may hold the same version from a rehearsal before.
    `-Dmaven.repo.local=${join(folder, 'repository')}`,
    '-Dexec.mainClass=OrdersStack', 'compile', 'org.codehaus.mojo:exec-maven-plugin:3.5.0:java',
  );
  expect(resourcesIn(folder)).toEqual(resources);
});

testWith('go')('Go: each example compiles, and the program of README.md defines the same resources', () => {
  const folder = newFolder();
  const module = 'github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq';
  write(join(folder, 'main.go'), program.translations.go);
  write(join(folder, 'examples', 'examples.go'), goPackage(snippets));
  run(folder, 'go', 'mod', 'init', 'example.com/app');
  run(folder, 'go', 'mod', 'edit', `-replace=${module}=${join(DIST, 'go', 'cdkstreamdlq')}`, `-require=github.com/aws/aws-cdk-go/awscdk/v2@v${CDK_VERSION}`);
  run(folder, 'go', 'vet', './...');
  run(folder, 'go', 'run', '.');
  expect(resourcesIn(folder)).toEqual(resources);
});

describe('who looks for the project', () => {
  const { homepage, bugs } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { homepage: string; bugs: { url: string } };

  test('finds its homepage and its issues from npm', () => {
    const published = JSON.parse(run(DIST, 'tar', '-xzOf', tarball(), 'package/package.json')) as object;
    expect(published).toMatchObject({ homepage: 'https://github.com/cdk-stream-dlq/cdk-stream-dlq#readme', bugs });
    expect(bugs).toEqual({ url: 'https://github.com/cdk-stream-dlq/cdk-stream-dlq/issues' });
  });

  testWith('python3')('finds its homepage from PyPI', () => {
    const [metadata] = filesIn(unpacked(filesIn(join(DIST, 'python'), '.whl')[0]), 'METADATA');
    expect(readFileSync(metadata, 'utf8')).toContain(`Home-page: ${homepage}\n`);
  });

  testWith('mvn')('finds its homepage from Maven Central', () => {
    expect(readFileSync(filesIn(join(DIST, 'java'), '.pom')[0], 'utf8')).toContain(`<url>${homepage}</url>`);
  });
});
