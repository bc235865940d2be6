import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { ProcessorEnvironment } from '../../src/contract';
import { EXAMPLES, LANGUAGES, topicsOf, WHOLE_APPS } from '../examples/topics';
import { artifact, builtVersion, CDK_VERSION, CONSTRUCTS_VERSION, DIST, emptyFolder, hasToolchain, ROOT } from './built-packages';
import { runProgramAsync } from './run-program';
import { goPackage, isProgram, javaClass, pythonModule, translatedExamples } from './translations';

/*
 * The apps of examples/ and of README.md in each language: in a folder outside of the checkout, installed as their READMEs say, but with the
 * package of dist/, and synthesized by the CDK CLI. Each synthesizes what the TypeScript app of its topic does, and the examples of
 * docstrings compile beside them. Run by `npx projen test:packages`.
 */
const GO_MODULE = 'github.com/cdk-stream-dlq/cdk-stream-dlq-go/cdkstreamdlq';
/** The app of README.md, beside those of examples/. */
const README = 'readme';
const MYPY_VERSION = '2.4.1';
const bin = (name: string, program: string) => join(ROOT, 'node_modules', name, 'bin', program);

// Everything comes from the registries, and Maven and Go have much to fetch on a new machine. A machine that has others to serve took 760 s.
jest.setTimeout(1_800_000);

type Templates = Record<string, unknown>;
type Language = typeof LANGUAGES[number];

/** A language whose toolchain is not here is skipped. The languages run at the same time: each waits for its registry, or for one core. */
function testWith(program: string): typeof test.concurrent.skip {
  return hasToolchain(program) ? test.concurrent : test.concurrent.skip;
}

/** The apps of a language. */
const appsOf = (language: Language) => [...topicsOf(language), README];

/** The examples of a language, copied without what git ignores. That of README.md replaces the code of the first. */
function copyOf(language: Language): string {
  const folder = emptyFolder();
  const ignored = ['node_modules', 'package-lock.json', 'cdk.out', '.venv', 'target', 'go.sum'];
  cpSync(join(EXAMPLES, language), folder, { recursive: true, filter: (path) => !ignored.includes(basename(path)) });
  const app = join(folder, README);
  cpSync(join(folder, 'kinesis'), app, { recursive: true });
  writeCode[language](app);
  return folder;
}

const examples = translatedExamples();
const program = examples.find(isProgram)!;
const snippets = examples.filter((example) => !isProgram(example));

/** The app of README.md, and beside it what the docstrings show. */
const writeCode: Readonly<Record<Language, (app: string) => void>> = {
  typescript: (app) => writeFileSync(join(app, 'app.ts'), program.typescript),
  python: (app) => writeFileSync(join(app, 'app.py'), program.translations.python),
  java: (app) => {
    const sources = join(app, 'src/main/java');
    rmSync(sources, { recursive: true });
    mkdirSync(sources);
    writeFileSync(join(sources, 'OrdersStack.java'), program.translations.java);
    for (const example of snippets) writeFileSync(join(sources, `Example${example.name}.java`), javaClass(example));
    writeFileSync(join(app, 'pom.xml'), replaced(readFileSync(join(app, 'pom.xml'), 'utf8'), /com\.example\.Main/, 'OrdersStack'));
  },
  go: (app) => {
    writeFileSync(join(app, 'main.go'), program.translations.go);
    mkdirSync(join(app, 'examples'));
    writeFileSync(join(app, 'examples', 'examples.go'), goPackage(snippets));
  },
};

function replaced(text: string, pattern: RegExp, replacement: string): string {
  if (!pattern.test(text)) throw new Error(`the text must match ${pattern}, got: ${text}`);
  return text.replace(pattern, replacement);
}

/** The template of an app, without the metadata that depend on its language and its folder. Fails if synth warns. */
async function synthesize(app: string, environment: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const options = ['--strict', '--quiet', '--no-notices', '--no-version-reporting', '--no-path-metadata', '--no-asset-metadata'];
  await runProgramAsync(app, process.execPath, [bin('aws-cdk', 'cdk'), 'synth', ...options], {
    AWS_EC2_METADATA_DISABLED: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true', ...environment,
  });
  const templates = readdirSync(join(app, 'cdk.out')).filter((file) => file.endsWith('.template.json'));
  if (templates.length !== 1) throw new Error(`${app} must synthesize one template, got: ${templates.length}`);
  return withoutProcessorCode(JSON.parse(readFileSync(join(app, 'cdk.out', templates[0]), 'utf8')));
}

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties: Record<string, unknown> }>;
}

/** The processor of `idempotency` is in the language of its app. What else there is to its function is the same. */
function withoutProcessorCode(template: Template): Template {
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type !== 'AWS::Lambda::Function' || !JSON.stringify(Properties.Environment ?? {}).includes(ProcessorEnvironment.IDEMPOTENCY_TABLE_NAME)) continue;
    for (const property of ['Code', 'Handler', 'Layers', 'MemorySize', 'Runtime']) delete Properties[property];
  }
  return template;
}

/** The templates of the topics of a language. One after the other: the first fills caches that the others use. */
async function synthesizeAll(language: Language, folder: string, environment?: NodeJS.ProcessEnv): Promise<Templates> {
  const templates: Templates = {};
  for (const topic of appsOf(language)) templates[topic] = await synthesize(join(folder, topic), environment);
  return templates;
}

async function synthesizeTypeScript(): Promise<Templates> {
  const folder = copyOf('typescript');
  const apps = readdirSync(folder);
  const manifest = JSON.parse(readFileSync(join(folder, apps[0], 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies', object>;
  writeFileSync(join(folder, 'package.json'), JSON.stringify({
    ...manifest,
    dependencies: {
      ...manifest.dependencies, 'cdk-stream-dlq': `file:${artifact('js', '.tgz')}`, 'aws-cdk-lib': CDK_VERSION, 'constructs': CONSTRUCTS_VERSION,
    },
  }));
  await runProgramAsync(folder, 'npm', ['install', '--no-audit', '--no-fund']);
  for (const app of apps) symlinkSync(join(folder, 'node_modules'), join(folder, app, 'node_modules'), 'junction');
  await runProgramAsync(folder, process.execPath, [
    bin('typescript', 'tsc'), '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'node16',
    '--types', 'node', '--typeRoots', join(ROOT, 'node_modules', '@types'), ...apps.map((app) => join(app, 'app.ts')),
  ]);
  return synthesizeAll('typescript', folder);
}

let typescript: Promise<Templates> | undefined;
/** What the other languages are compared with. */
function templatesOfTypeScript(): Promise<Templates> {
  return typescript ??= synthesizeTypeScript();
}

/** Types of resources that each topic is about. */
const SHOWS: Readonly<Record<string, readonly string[]>> = {
  [README]: ['AWS::Kinesis::Stream'],
  'kinesis': ['AWS::Kinesis::Stream', 'AWS::CloudWatch::Alarm'],
  'dynamodb': ['AWS::DynamoDB::GlobalTable'],
  'existing-mapping': ['AWS::Kinesis::Stream'],
  's3-capture': ['AWS::Events::Rule'],
  'redrive': ['AWS::IAM::ManagedPolicy'],
  'idempotency': ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'],
  'queue': ['AWS::SQS::Queue', 'AWS::CloudWatch::Alarm'],
  'orders': ['AWS::Kinesis::Stream', 'AWS::CloudWatch::Alarm'],
  'audit': ['AWS::DynamoDB::GlobalTable'],
};

test.concurrent('the TypeScript apps pass the type check and define what they are about, with a way to dead letters', async () => {
  const templates = await templatesOfTypeScript();
  expect(Object.keys(templates).sort()).toEqual(Object.keys(SHOWS).sort());
  for (const [topic, template] of Object.entries(templates)) {
    const resources = Object.values((template as { Resources: Record<string, { Type: string; Properties: object }> }).Resources);
    expect([topic, ...resources.map(({ Type }) => Type)]).toEqual(expect.arrayContaining([topic, ...SHOWS[topic]]));
    const [type, wayOut] = topic === 'queue'
      ? ['AWS::SQS::Queue', { RedrivePolicy: { deadLetterTargetArn: expect.anything(), maxReceiveCount: expect.any(Number) } }]
      : ['AWS::Lambda::EventSourceMapping', { DestinationConfig: { OnFailure: { Destination: expect.anything() } } }];
    const properties = resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
    expect(properties).toContainEqual(expect.objectContaining(wayOut));
  }
});

/** The templates of the topics that all languages have. */
async function expected(): Promise<Templates> {
  const templates = Object.entries(await templatesOfTypeScript());
  return Object.fromEntries(templates.filter(([topic]) => !WHOLE_APPS.includes(topic)));
}

testWith('python3')('the Python apps and all examples of README.md and docstrings pass mypy, and the apps synthesize the same', async () => {
  const folder = copyOf('python');
  const topics = topicsOf('python');

  const requirements = readFileSync(join(folder, topics[0], 'requirements.txt'), 'utf8');
  const pinned = replaced(requirements, /^aws-cdk-lib\b.*$/m, `aws-cdk-lib==${CDK_VERSION}`);
  writeFileSync(join(folder, 'requirements.txt'), replaced(pinned, /^cdk-stream-dlq\b.*$/m, artifact('python', '.whl')));
  await runProgramAsync(folder, 'python3', ['-m', 'venv', '.venv']);
  const programs = join(folder, '.venv', process.platform === 'win32' ? 'Scripts' : 'bin');
  const environment = { PATH: `${programs}${delimiter}${process.env.PATH}` };
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await runProgramAsync(folder, join(programs, 'python'), [...pip, '-r', 'requirements.txt', `mypy==${MYPY_VERSION}`]);

  // As modules of different names, in one run: most of its time goes into the types of the CDK.
  const types = join(folder, 'types');
  mkdirSync(types);
  for (const topic of topics) cpSync(join(folder, topic, 'app.py'), join(types, `${topic.replaceAll('-', '_')}.py`));
  for (const example of examples) writeFileSync(join(types, `example_${example.name}.py`), pythonModule(example));
  await runProgramAsync(types, join(programs, 'mypy'), ['--strict', ...readdirSync(types)]);

  expect(await synthesizeAll('python', folder, environment)).toEqual(await expected());
});

testWith('mvn')('the Java apps and all examples of README.md and docstrings compile, and the apps synthesize the same', async () => {
  const folder = copyOf('java');
  // Its own repository: that of the user may hold the same version from an earlier rehearsal.
  cpSync(join(DIST, 'java'), join(folder, 'repository'), { recursive: true });
  // In the place of the processor that Maven builds of its own folder: synth needs the file only.
  mkdirSync(join(folder, 'idempotency/processor/target'));
  writeFileSync(join(folder, 'idempotency/processor/target/processor.jar'), '');
  for (const topic of appsOf('java')) {
    mkdirSync(join(folder, topic, '.mvn'));
    writeFileSync(join(folder, topic, '.mvn', 'maven.config'), [
      '--batch-mode', `-Dmaven.repo.local=${join(folder, 'repository')}`, `-Dcdk-stream-dlq.version=${builtVersion()}`,
      `-Daws-cdk-lib.version=${CDK_VERSION}`,
    ].join('\n'));
  }
  const { JAVA_HOME: javaHome } = process.env;
  // A Java runtime without a compiler cannot build the Java app: `undefined` removes the variable.
  const withoutCompiler = javaHome !== undefined && !existsSync(join(javaHome, 'bin', 'javac'));
  expect(await synthesizeAll('java', folder, withoutCompiler ? { JAVA_HOME: undefined } : {})).toEqual(await expected());
});

testWith('go')('the Go apps and all examples of README.md and docstrings pass go vet, and the apps synthesize the same', async () => {
  const folder = copyOf('go');
  for (const topic of appsOf('go')) {
    const app = join(folder, topic);
    await runProgramAsync(app, 'go', [
      'mod', 'edit', `-replace=${GO_MODULE}=${join(DIST, 'go', 'cdkstreamdlq')}`, `-require=github.com/aws/aws-cdk-go/awscdk/v2@v${CDK_VERSION}`,
    ]);
    await runProgramAsync(app, 'go', ['mod', 'tidy']);
    await runProgramAsync(app, 'go', ['vet', './...']);
  }
  expect(await synthesizeAll('go', folder)).toEqual(await expected());
});
