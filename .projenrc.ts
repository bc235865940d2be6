import { awscdk, javascript, JsonPatch, TextFile } from 'projen';

const repository = 'cdk-stream-dlq/cdk-stream-dlq';

const project = new awscdk.AwsCdkConstructLibrary({
  name: 'cdk-stream-dlq',
  description:
    'Dead-letter queues that keep the data, for Lambda functions that read Kinesis Data Streams or DynamoDB Streams',
  author: 'cdk-stream-dlq',
  authorAddress: `https://github.com/${repository.split('/')[0]}`,
  authorOrganization: true,
  repositoryUrl: `https://github.com/${repository}.git`,
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
  jsiiVersion: '~6.0.0',
  typescriptVersion: '~5.9.0',
  projenrcTs: true,
  packageManager: javascript.NodePackageManager.NPM,
  minNodeVersion: '20.0.0',
  workflowNodeVersion: '24',
  defaultReleaseBranch: 'main',

  publishToPypi: { distName: 'cdk-stream-dlq', module: 'cdk_stream_dlq' },
  publishToMaven: {
    javaPackage: 'io.github.cdkstreamdlq',
    mavenGroupId: 'io.github.cdk-stream-dlq',
    mavenArtifactId: 'cdk-stream-dlq',
    mavenServerId: 'central-ossrh',
  },
  publishToNuget: { dotNetNamespace: 'CdkStreamDlq', packageId: 'CdkStreamDlq' },
  publishToGo: { moduleName: `github.com/${repository}-go` },

  devDeps: [
    '@aws-sdk/client-kinesis@3.1143.0',
    '@aws-sdk/client-sqs@3.1169.0',
    '@aws-sdk/client-sns@3.1169.0',
    '@aws-sdk/client-s3',
    '@smithy/node-http-handler',
    '@types/aws-lambda',
    '@cloud-copilot/iam-simulate@0.1.173',
    '@eslint/js@^9',
    '@stylistic/eslint-plugin',
    '@mrgrain/jsii-struct-builder',
    'aws-cdk@^2',
    'aws-sdk-client-mock',
    'aws-sdk-client-mock-jest',
    'cfn-resolver-lib@1.1.8',
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
      isolatedModules: true,
      skipLibCheck: true,
      paths: { 'cdk-stream-dlq': ['./src/index.ts'] },
    },
    include: ['src', 'lambda', 'local', 'examples', 'bench', 'projenrc', 'test'].map((room) => `${room}/**/*.ts`),
    exclude: ['node_modules', 'local/runtime/node_modules', 'cdk.out'],
  },
  jestOptions: {
    updateSnapshot: javascript.UpdateSnapshot.NEVER,
    configFilePath: 'jest.config.json',
    junitReporting: false,
    coverage: false,
    jestConfig: {
      testTimeout: 60_000,
      collectCoverage: false,
      moduleNameMapper: { '^cdk-stream-dlq$': '<rootDir>/src/index.ts' },
    },
  },

  gitignore: ['/assets/', '/cdk.out/', 'cdk.context.json', '*.log', '.DS_Store'],
  // The package holds what its `files` name, and nothing else.
  npmignoreEnabled: false,
  githubOptions: { mergify: false },
  pullRequestTemplate: false,
  sampleCode: false,
  depsUpgradeOptions: { workflowOptions: { labels: ['dependencies'] } },
});

project.package.addField('files', ['lib/**/*.js', 'lib/**/*.d.ts', '.jsii', 'assets']);

// Lock files name no registry host: they serve whatever registry the machine is set up for.
new TextFile(project, '.npmrc', { lines: ['omit-lockfile-registry-resolved=true'] });

// The publishing tool has the same default registry; without this line the workflow names no host.
project.github
  ?.tryFindWorkflow('release')
  ?.file?.patch(JsonPatch.remove('/jobs/release_npm/steps/9/env/NPM_REGISTRY'));

project.synth();
