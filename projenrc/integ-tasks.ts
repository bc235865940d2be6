import { awscdk } from 'projen';

/** The tasks that compare the stacks of test/integ with their snapshots, and deploy them. */
export function addIntegTasks(project: awscdk.AwsCdkConstructLibrary, environment: Readonly<Record<string, string>>): void {
  // Snapshots of integration tests hold no assets: of a function whose code has changed, only the hash differs, which integ-runner ignores.
  project.annotateGenerated('/test/integ/*.snapshot/**');
  project.gitignore.addPatterns('/test/integ/*.snapshot/asset.*', '/test/integ/cdk-integ.out.*');
  const integRunner =
    'integ-runner --directory test/integ --parallel-regions us-east-1 --language typescript --max-workers 2 ' +
    '--app "node -r ts-node/register/transpile-only {filePath}"';
  const integEnvironment = { TS_NODE_PROJECT: 'tsconfig.dev.json', ...environment };
  project.addTask('integ:snapshot', {
    description: 'Synthesize the stacks of test/integ and compare them with their snapshots',
    env: integEnvironment,
    exec: integRunner,
    receiveArgs: true,
  });
  project.addTask('integ:update', {
    description: 'Write the snapshots of test/integ that differ, without an AWS account',
    env: integEnvironment,
    exec: `${integRunner} --update-on-failed --dry-run`,
    receiveArgs: true,
  });
  project.addTask('integ:deploy', {
    description: 'Deploy the stacks of test/integ to the AWS account of your credentials, test them, and delete them',
    env: integEnvironment,
    exec: `${integRunner} --update-on-failed --force`,
    receiveArgs: true,
  });
}
