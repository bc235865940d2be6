import { readFileSync } from 'node:fs';
import { awscdk, JsonFile, Task, TextFile } from 'projen';

export interface ToolPackageOptions {
  readonly repository: string;
  readonly oldestNode: string;
}

/** Writes the package of the operator's tool, and adds the task that packs it. */
export function addToolPackage(project: awscdk.AwsCdkConstructLibrary, { repository, oldestNode }: ToolPackageOptions): Task {
  project.package.addField('workspaces', ['cli']);
  new JsonFile(project, 'cli/package.json', {
    marker: false,
    // The release sets its version and takes it back.
    readonly: false,
    newline: true,
    obj: {
      name: 'stream-dlq',
      // Between bump and unbump of a release it is that of the constructs.
      version: process.env.RELEASE === 'true' ? (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version : '0.0.0',
      description: 'Operate the dead-letter queues of cdk-stream-dlq: see what failed, look at the records, send them again',
      license: 'Apache-2.0',
      author: { name: 'cdk-stream-dlq', url: `https://github.com/${repository.split('/')[0]}`, organization: true },
      repository: { type: 'git', url: `https://github.com/${repository}.git`, directory: 'cli' },
      homepage: `https://github.com/${repository}/tree/main/cli#readme`,
      bugs: `https://github.com/${repository}/issues`,
      keywords: ['aws', 'cli', 'dead-letter-queue', 'dlq', 'dynamodb-streams', 'kinesis', 'lambda', 'redrive', 'sqs'],
      bin: { 'stream-dlq': 'bin/stream-dlq.mjs' },
      files: ['bin', 'dist'],
      engines: { node: `>= ${oldestNode}` },
      // Everything is bundled into dist/: who installs the tool installs one package.
      devDependencies: {
        ...asInRoot(
          '@aws-sdk/client-cloudwatch-logs',
          '@aws-sdk/client-dynamodb',
          '@aws-sdk/client-dynamodb-streams',
          '@aws-sdk/client-kinesis',
          '@aws-sdk/client-lambda',
          '@aws-sdk/client-resource-groups-tagging-api',
          '@aws-sdk/client-s3',
          '@aws-sdk/client-sqs',
          '@aws-sdk/client-sts',
          '@smithy/node-http-handler',
          'cli-progress',
          'cli-table3',
          'picocolors',
        ),
        '@jmespath-community/jmespath': '1.3.0',
        '@aws-sdk/core': '^3.981.0',
        '@aws-sdk/credential-provider-node': '^3.972.97',
        '@bomb.sh/tab': '^0.0.22',
        '@smithy/core': '^3.41.0',
        'commander': '^14',
        'hpagent': '^1.2.0',
        'string-width': '^4.2.3',
      },
    },
  });
  new TextFile(project, 'cli/LICENSE', { lines: readFileSync('LICENSE', 'utf8').split('\n') });

  // Not in dist/js: each package is published from its own folder.
  const packageTool = project.addTask('package:tool', { description: 'Create the package of the operator\'s tool in dist/tools' });
  packageTool.exec('node -e "fs.mkdirSync(\'dist/tools\', { recursive: true })"');
  packageTool.exec('npm pack --ignore-scripts --workspace cli --pack-destination dist/tools');
  return packageTool;
}

/** Packages with the versions that the root has them in, which upgrades change. */
function asInRoot(...names: readonly string[]): Record<string, string> {
  const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { devDependencies: Record<string, string> };
  return Object.fromEntries(names.map((name) => [name, devDependencies[name]]));
}
