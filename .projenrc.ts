import { awscdk, github, javascript, JsonFile, ReleasableCommits, TextFile } from 'projen';
import { addIntegTasks } from './projenrc/integ-tasks';
import { addMappingOptions } from './projenrc/mapping-options';
import { addToolPackage } from './projenrc/tool-package';
import { addScorecard, installTestRequirements, WorkflowChanges } from './projenrc/workflows';

const repository = 'cdk-stream-dlq/cdk-stream-dlq';

/**
 * The oldest Node.js that users are supported on: the oldest that is itself in support. Engines, bundles and documents follow it. The
 * checkout and its tests also run on 20.20.
 */
const oldestNode = '22.0.0';
/** The tests that need the packages in dist/ and the jsii assembly. They have a task of their own. */
const installedTest = 'test/package/(installed|assembly|translations)';
/** The Node.js of the workflows. */
const workflowNode = '24';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-stream-dlq',
  description:
    'Dead-letter queues that keep the data, for Lambda functions that read Kinesis Data Streams or DynamoDB Streams',
  author: 'cdk-stream-dlq',
  authorAddress: `https://github.com/${repository.split('/')[0]}`,
  authorOrganization: true,
  repositoryUrl: `https://github.com/${repository}.git`,
  homepage: `https://github.com/${repository}#readme`,
  bugsUrl: `https://github.com/${repository}/issues`,
  license: 'Apache-2.0',
  copyrightOwner: 'cdk-stream-dlq',
  stability: 'experimental',
  keywords: [
    'cdk',
    'aws-cdk',
    'awscdk',
    'lambda',
    'kinesis',
    'kinesis-stream',
    'dynamodb-streams',
    'event-source-mapping',
    'dlq',
    'dead-letter',
    'dead-letter-queue',
    'sqs',
    'sns',
    'on-failure',
    'redrive',
    'replay',
    'serverless',
  ],

  // 2.224.0 is the first version with Runtime.NODEJS_24_X, which the hydrate function runs on. Everything else used here
  // is older: StreamConsumer and KinesisConsumerEventSource, metricsConfig, S3OnFailureDestination.
  cdkVersion: '2.224.0',
  // As low as aws-cdk-lib itself goes: no app has to raise its constructs for this library.
  constructsVersion: '10.0.5',
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~5.9.0',
  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  autoDetectBin: false,
  minNodeVersion: oldestNode,
  workflowNodeVersion: workflowNode,
  defaultReleaseBranch: 'main',
  // The last major version that runs on Node.js 20, which the checkout does.
  bumpPackage: 'commit-and-tag-version@^12',
  // A release is for users: documents and tests alone are none.
  releasableCommits: ReleasableCommits.ofType(['feat', 'fix', 'perf', 'revert']),
  // The first release is 0.1.0, and a breaking change raises the minor version until 1.0.0 is released on purpose.
  nextVersionCommand:
    'node -p "const { VERSION: v, SUGGESTED_BUMP: bump } = process.env; v === \'0.0.0\' ? \'0.1.0\' : bump === \'major\' && v.startsWith(\'0.\') ? \'minor\' : \'\'"',

  // By OpenID Connect, with provenance: no registry that can do without has a token here.
  npmTrustedPublishing: true,
  releaseEnvironment: 'release',
  // The version of publib, the publishing tool: every token passes through it. The latest version would change without a review.
  jsiiReleaseVersion: '0.2.1061',
  publishToPypi: { distName: 'cdk-stream-dlq', module: 'cdk_stream_dlq', trustedPublishing: true },
  publishToMaven: {
    javaPackage: 'io.github.cdkstreamdlq',
    mavenGroupId: 'io.github.cdk-stream-dlq',
    mavenArtifactId: 'cdk-stream-dlq',
    mavenServerId: 'central-ossrh',
  },
  publishToNuget: { dotNetNamespace: 'CdkStreamDlq', packageId: 'CdkStreamDlq', trustedPublishing: true },
  // jsii-rosetta needs the name of the package, although it is the default.
  publishToGo: { moduleName: `github.com/${repository}-go`, packageName: 'cdkstreamdlq' },

  devDeps: [
    '@aws-sdk/client-dynamodb@3.1162.0',
    '@aws-sdk/client-dynamodb-streams@3.1141.0',
    '@aws-sdk/client-kinesis@3.1143.0',
    '@aws-sdk/client-sqs@3.1169.0',
    '@aws-sdk/client-sns@3.1169.0',
    '@aws-sdk/client-s3',
    '@aws-sdk/client-lambda@3.1162.0',
    '@aws-sdk/client-sts@3.1169.0',
    '@aws-sdk/client-cloudwatch-logs',
    '@aws-sdk/client-resource-groups-tagging-api@^3.1142.0',
    // Example processors, and their tests.
    '@aws-lambda-powertools/batch@2.35.0',
    '@aws-lambda-powertools/idempotency@2.35.0',
    '@aws-sdk/lib-dynamodb@3.1162.0',
    'aws-kinesis-agg@4.2.8',
    '@aws-sdk/credential-provider-env',
    '@smithy/node-http-handler',
    // Lays the picture of docs/architecture.md out.
    '@viz-js/viz@3.31.0',
    '@types/aws-lambda',
    '@types/node@^20',
    '@cloud-copilot/iam-simulate@0.1.173',
    '@aws-cdk/cloudformation-diff@^2.187.5',
    '@aws-cdk/integ-runner@^2.197.10',
    // The newest that takes aws-cdk-lib 2.224.0.
    '@aws-cdk/integ-tests-alpha@2.214.0-alpha.0',
    '@eslint/js@^9',
    // Until when each Node.js is supported: VERSIONS.md says it.
    '@jsii/check-node',
    '@jsii/spec',
    '@stylistic/eslint-plugin',
    '@swc/core',
    '@swc/jest',
    '@mrgrain/jsii-struct-builder',
    'aws-cdk@^2',
    'aws-sdk-client-mock',
    'aws-sdk-client-mock-jest',
    // The last version that takes constructs 10.0.5; test/newest-cdk has the newest ones.
    'cdk-nag@2.37.55',
    // Its monitors take our metrics: an example of the documentation.
    'cdk-monitoring-constructs',
    'cli-progress',
    'echarts@6.1.0',
    'cli-table3',
    'picocolors',
    '@types/cli-progress',
    'esbuild',
    'eslint@^9',
    'eslint-plugin-awscdk@4.2.1',
    'eslint-plugin-import-x',
    'eslint-import-resolver-typescript',
    'fast-check',
    'tsconfig-paths',
    'typescript-eslint@^8',
  ],

  // ESLint is configured by hand in eslint.config.mjs: the CDK's own plugin speaks flat config only.
  eslint: false,
  tsconfigDevFile: 'tsconfig.dev.json',
  tsconfigDev: {
    compilerOptions: {
      rootDir: '.',
      target: 'ES2022',
      lib: ['es2023', 'esnext.disposable'],
      noEmit: true,
      // No declarations come of a check, and making them takes a third of its time. Those of src/ jsii makes.
      declaration: false,
      isolatedModules: true,
      skipLibCheck: true,
      paths: { 'cdk-stream-dlq': ['./src/index.ts'] },
    },
    include: ['src', 'lambda', 'cli', 'local', 'examples', 'bench', 'projenrc', 'test'].map((room) => `${room}/**/*.ts`),
    exclude: ['node_modules', 'examples/typescript/*/node_modules', 'cli/dist', 'local/runtime/node_modules', 'test/newest-cdk/node_modules', 'cdk.out'],
  },
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    configFilePath: 'jest.config.json',
    junitReporting: false,
    passWithNoTests: false,
    jestConfig: {
      // Only what hangs takes longer. A machine that is slow, or has others to serve, may take minutes over emulators, the JVM and a soak.
      testTimeout: 300_000,
      collectCoverage: false,
      // Without types: `npm test` checks them once, for everything.
      transform: {
        // The name of the pattern is projen's own for ts-jest, which this replaces.
        '^.+\\.[t]sx?$': new javascript.Transform('@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, sourceMaps: 'inline' }),
      },
      // Both cores: by default Jest leaves one to whoever watches.
      maxWorkers: '100%',
      // Dynamic imports name the compiled file.
      moduleNameMapper: { '^cdk-stream-dlq$': '<rootDir>/src/index.ts', '^(\\.{1,2}/.*)\\.js$': '$1' },
      testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/cli/test/**/*.test.ts', '<rootDir>/examples/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', installedTest],
    },
  },

  // A pull request with generated files that are not current fails: no job pushes to it, and none needs to be able to.
  buildWorkflowOptions: {
    preBuildSteps: [installTestRequirements],
    mutableBuild: false,
    permissions: { contents: github.workflows.JobPermission.READ },
  },

  gitignore: [
    '/examples/**/cdk.out/', '/examples/**/.venv/', '/examples/typescript/*/package-lock.json', '/examples/java/*/target/', '/examples/java/*/processor/target/', '/examples/go/*/go.sum',
    '/assets/', '/cli/dist/', '/cdk.out/', 'cdk.context.json', '*.log', '.DS_Store', '/.npmignore', '/local/runtime/dynamodb-local/', '/local/runtime/.unpacked-*/',
  ],
  // The package holds what its `files` name, and nothing else.
  npmignoreEnabled: false,
  githubOptions: {
    mergify: false,
    pullRequestLintOptions: {
      semanticTitleOptions: { types: ['feat', 'fix', 'docs', 'test', 'refactor', 'perf', 'build', 'ci', 'chore', 'revert'] },
    },
  },
  pullRequestTemplate: false,
  sampleCode: false,
  depsUpgradeOptions: {
    // Most compromised versions are found and removed within days.
    cooldown: 7,
    workflowOptions: { labels: ['dependencies'], schedule: javascript.UpgradeDependenciesSchedule.WEEKLY },
  },
});

// 1.13.0 names platform packages that are not published for all platforms: `npm ci` refuses a lock file with it.
project.package.addPackageResolutions('unrs-resolver@1.12.2');
// aws-kinesis-agg asks for 7.2.4, which lets a message change the prototype of objects.
project.package.addPackageResolutions('protobufjs@^7.6.0');

project.deps.removeDependency('ts-jest');
project.package.addField('files', ['lib/**/*.js', 'lib/*.d.ts', '.jsii', '.jsii.tabl.json', 'assets']);

// Half of the package was source maps.
for (const option of ['inlineSourceMap', 'inlineSources']) project.tsconfig!.file.addOverride(`compilerOptions.${option}`, false);

// The operator's tool is a package of its own: whoever is on call installs it without the CDK.
const packageTool = addToolPackage(project, { repository, oldestNode });
// Nothing that is installed needs its install script: they check or build what the packages for each platform have already.
project.package.addField('allowScripts', { '@parcel/watcher': false, '@swc/core': false, 'esbuild': false, 'protobufjs': false, 'unrs-resolver': false });

new TextFile(project, '.npmrc', {
  lines: [
    '; lock files name no registry host: they serve whatever registry a machine is set up for',
    'omit-lockfile-registry-resolved=true',
  ],
});

addMappingOptions(project);

// The functions are bundled once per checkout, not at synth: an app that uses the package needs no esbuild.
const bundle = project.addTask('bundle', {
  description: 'Bundle the Lambda functions into assets/ and the operator\'s tool into cli/dist/, and compare them with assets.sha256',
  exec: 'ts-node --project projenrc/tsconfig.json projenrc/bundle.ts',
  receiveArgs: true,
});
project.preCompileTask.spawn(bundle);

const lazyIndex = project.addTask('lazy-index', {
  description: 'Make the compiled index load a file when one of its exports is used first',
  exec: 'ts-node --project projenrc/tsconfig.json projenrc/lazy-index.ts',
});
project.postCompileTask.spawn(lazyIndex);

const shrinkLib = project.addTask('shrink-lib', {
  description: 'Take comments and white space out of the compiled constructs',
  exec: 'ts-node --project projenrc/tsconfig.json projenrc/shrink-lib.ts',
});
project.postCompileTask.spawn(shrinkLib);

// Every example of README and docstrings compiles, and is shown in the other languages: their packages are made with the translations.
const translate = project.addTask('translate', { description: 'Translate the examples of README.md and docstrings into the other languages' });
// Translations of an earlier run would hide an example that no longer translates.
translate.exec('rm -f .jsii.tabl.json && jsii-rosetta extract --strict');
translate.exec('ts-node --project projenrc/tsconfig.json projenrc/translations.ts');
project.postCompileTask.spawn(translate);
project.gitignore.exclude('.jsii.tabl.json');

const typescript = 'ts-node --transpile-only --project tsconfig.dev.json --require tsconfig-paths/register';

const generate = project.addTask('generate', { description: 'Write everything that is generated and committed: projen\'s files, bundles\' checksums, API.md, pictures' });
for (const task of [project.defaultTask!, bundle, project.compileTask, project.postCompileTask]) generate.spawn(task);
generate.exec(`${typescript} projenrc/architecture.ts`);

// Whoever reviews an upgrade sees what it changes in the bundles and in API.md.
project.upgradeWorkflow!.postUpgradeTask.spawn(generate);
project.tasks.tryFind('compat')!.reset('ts-node --project projenrc/tsconfig.json projenrc/compat.ts');

const prepare = project.addTask('prepare', {
  description: 'What a checkout needs beside its packages: the bundled functions, and what local/ runs in child processes',
});
prepare.spawn(bundle);
prepare.exec(`${typescript} local/emulators/install.ts`);

// Straight to the program: its exit code and its output are what the caller sees.
project.setScript('demo', `${typescript} local/demo/main.ts`);
project.setScript('soak', `${typescript} bench/soak/main.ts`);
project.setScript('bench', `${typescript} bench/main.ts`);

// One version for both packages, set and reset together.
const setToolVersion = 'ts-node --project projenrc/tsconfig.json projenrc/release-version.ts';
project.tasks.tryFind('bump')!.exec(setToolVersion);
project.tasks.tryFind('unbump')!.exec(setToolVersion);

// A release packages all languages in one job, which has no access to a registry. Other builds in CI leave it to `release:rehearse`.
project.packageTask.reset();
project.packageTask.spawn(project.tasks.tryFind('package-all')!, { condition: 'node -e "if (process.env.CI && !process.env.RELEASE) process.exit(1)"' });
project.packageTask.spawn(packageTool);

project.addTask('release:rehearse', {
  description: 'Build every artifact of the next release into dist/, and publish nothing',
  exec: 'ts-node --project projenrc/tsconfig.json projenrc/rehearse-release.ts',
});

const lint = project.addTask('lint', { description: 'Check types and style, without changing a file' });
lint.exec('tsc --project tsconfig.dev.json');
lint.exec('eslint --max-warnings 0 .');

// On Node.js 20 the SDK says at every start when its support ends.
const quietSdk = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

// What `npm test` leaves to `npm run test:all`: the suites that take minutes. Every construct, function and command, and one pipeline of
// each kind of stream, are tested by the others.
const slowTests = '(?<!cli)/test/((faults|integ|local|operate|package)/|bench/every-bench|docs/scanners|pipeline/(?!(orders|dynamo-audit)\\.test))';
// The option takes all that follows it up to the next one: paths that are given come after another.
project.testTask.reset(`jest --testPathIgnorePatterns "/node_modules/|${slowTests}" --ci`, { receiveArgs: true });
project.testTask.spawn(lint);
for (const [name, value] of Object.entries(quietSdk)) project.testTask.env(name, value);

project.addTask('test:all', {
  description: 'Run all tests, those that take minutes included, and the properties with all their runs',
  env: { ...quietSdk, FAST_CHECK_RUNS: '10000' },
  exec: 'jest --ci',
  receiveArgs: true,
});
project.addTask('test:slow', {
  description: 'Run what `npm test` leaves of `npm run test:all`: the tests that take minutes, and all runs of the properties',
  env: { ...quietSdk, FAST_CHECK_RUNS: '10000' },
  steps: [
    { exec: `jest --ci --testPathPatterns "${slowTests}"` },
    { exec: `jest --ci --testPathIgnorePatterns "/node_modules/|${slowTests}" --findRelatedTests test/support/property-runs.ts` },
  ],
});
const testPackages = project.addTask('test:packages', {
  description: 'Install the packages of dist/ in empty folders and use them, in each language whose toolchain is here',
  env: quietSdk,
  exec: `jest --ci --runInBand --testPathIgnorePatterns /node_modules/ --testPathPatterns "${installedTest}"`,
});
// What is published is what was tested.
project.tasks.tryFind('release')!.spawn(testPackages);
const newestCdk = project.addTask('test:newest-cdk', {
  description: 'Test the constructs with the newest CDK that test/newest-cdk/package.json names, and all its recommended feature flags',
  env: quietSdk,
});
newestCdk.exec('npm ci --prefix test/newest-cdk');
// The newest CDK prints every warning: tests look at them.
newestCdk.exec('jest --ci --silent --config test/newest-cdk/jest.config.cjs', { receiveArgs: true });

addIntegTasks(project, quietSdk);

project.addTask('kills', {
  description: 'Kill redrive 20 times at random, for processor, stream and native dead letters, and see that a rerun loses nothing',
  env: { OPERATE_KILLS: '20', ...quietSdk },
  exec: 'jest --runInBand test/operate/kill test/operate/native-kill',
});

new JsonFile(project, 'cdk.json', {
  obj: { app: `npx ${typescript} examples/typescript/orders/app.ts` },
});

project.buildWorkflow!.addPostBuildSteps(
  { name: 'Run all tests', run: 'npm run test:all' },
  { name: 'Test with the newest CDK', run: 'npx projen test:newest-cdk' },
  { name: 'Compare the API with the latest release', run: 'npx projen compat' },
  { name: 'Lint the workflows', run: 'bash .ci/lint-workflows' },
  { name: 'Build the packages of the next release', run: 'npx projen release:rehearse' },
  { name: 'Test the packages', run: 'npx projen test:packages' },
);
// v8.1.1. It gets a token that may write to the repository.
project.github!.actions.set('peter-evans/create-pull-request', 'peter-evans/create-pull-request@5f6978faf089d4d20b00c7766989d076bb2fc7f1');
addScorecard(project, repository);
new WorkflowChanges(project);

project.synth();
