import { awscdk, Component, github } from 'projen';

type Job = github.workflows.Job;
type Step = github.workflows.JobStep;

/** What some tests use beside npm, and skip where it is not there. Java and Go are on the machines already. */
export const installTestRequirements: Step = {
  name: 'Install the Python packages of tests',
  run: [
    'python3 -m venv "$RUNNER_TEMP/python"',
    '"$RUNNER_TEMP/python/bin/pip" install --requirement test/requirements.txt',
    'echo "TEST_PYTHON=$RUNNER_TEMP/python/bin/python" >> "$GITHUB_ENV"',
    'python3 -m venv "$RUNNER_TEMP/ministack"',
    '"$RUNNER_TEMP/ministack/bin/pip" install --requirement test/integ/requirements.txt',
    'echo "MINISTACK_PYTHON=$RUNNER_TEMP/ministack/bin/python" >> "$GITHUB_ENV"',
  ].join('\n'),
};

/** The workflow that publishes OpenSSF Scorecard's assessment, which the badge shows. */
export function addScorecard(project: awscdk.AwsCdkConstructLibrary, repository: string): void {
  const workflow = new github.GithubWorkflow(project.github!, 'scorecard');
  workflow.on({ push: { branches: ['main'] }, schedule: [{ cron: '17 4 * * 1' }] });
  workflow.addJob('scorecard', {
    name: 'OpenSSF Scorecard',
    // A fork has no results to publish.
    if: `github.repository == '${repository}'`,
    runsOn: ['ubuntu-latest'],
    permissions: {
      contents: github.workflows.JobPermission.READ,
      idToken: github.workflows.JobPermission.WRITE,
      securityEvents: github.workflows.JobPermission.WRITE,
    },
    steps: [
      github.WorkflowSteps.checkout(),
      {
        name: 'Assess',
        // v2.4.4
        uses: 'ossf/scorecard-action@2d1146689b8cda280b9bc96326124645441f03bc',
        with: { results_file: 'results.sarif', results_format: 'sarif', publish_results: true },
      },
      {
        name: 'Upload to code scanning',
        // v4
        uses: 'github/codeql-action/upload-sarif@cdf488f595d80d6e07e03d4674febd5ab45fa938',
        with: { sarif_file: 'results.sarif' },
      },
    ],
  });
}

/** Changes to the workflows that projen has no option for. It is the last component: the others have added their jobs before. */
export class WorkflowChanges extends Component {
  preSynthesize(): void {
    const workflows = github.GitHub.of(this.project)!.workflows;
    for (const workflow of workflows) {
      for (const [id, job] of Object.entries(workflow.jobs)) {
        if ('steps' in job) workflow.updateJob(id, { ...job, steps: stepsOf(job).map(withoutCredentials) });
      }
    }
    const build = workflows.find(({ name }) => name === 'build')!;
    // The build job packages all languages, and tests the packages.
    for (const id of Object.keys(build.jobs).filter((it) => it.startsWith('package-'))) build.removeJob(id);

    const release = workflows.find(({ name }) => name === 'release')!;
    // It tags nothing: release_github does.
    release.updateJob('release', { ...(release.getJob('release') as Job), permissions: { contents: github.workflows.JobPermission.READ } });
    for (const id of ['release_npm', 'release_maven', 'release_pypi', 'release_nuget', 'release_golang']) {
      const job = release.getJob(id) as Job;
      release.updateJob(id, { ...job, steps: publishingSteps(id, stepsOf(job)) });
    }
    this.addToolTo(release);
  }

  /** The tool is published like the constructs, from another folder. */
  private addToolTo(release: github.GithubWorkflow): void {
    const npm = release.getJob('release_npm') as Job;
    const steps = stepsOf(npm);
    const publish = steps.at(-1)!;
    release.addJob('release_tool', {
      ...npm,
      name: 'Publish the tool to npm',
      steps: [...steps.slice(0, -1), { ...publish, run: `${publish.run} dist/tools` }],
    });

    const toGitHub = release.getJob('release_github') as Job;
    release.updateJob('release_github', { ...toGitHub, needs: [...toGitHub.needs!, 'release_tool'] });
  }
}

/**
 * The steps of a publishing job, without those that package again in a checkout: the release job has built and tested the package, and no
 * development dependency runs where there is a token.
 */
function publishingSteps(id: string, steps: readonly Step[]): Step[] {
  const checkout = steps.findIndex(({ name }) => name === 'Checkout');
  const publish = steps.at(-1);
  if (checkout < 1 || publish?.id !== 'release') {
    throw new Error(`the steps of ${id} must be to download, check out, package and publish, got: ${steps.map(({ name }) => name).join(', ')}`);
  }
  // The publishing tool has the same default registry; without this line the workflow names no host.
  const { NPM_REGISTRY: _, ...env } = publish.env ?? {};
  return [...steps.slice(0, checkout), { ...publish, env }];
}

/** No job pushes with the credentials of its checkout, so none keeps them on the disk. */
function withoutCredentials(step: Step): Step {
  return step.uses?.startsWith('actions/checkout@') ? { ...step, with: { ...step.with, 'persist-credentials': false } } : step;
}

/** Some are made when projen renders the workflow. */
function stepsOf(job: Job): Step[] {
  const steps = job.steps as Step[] | (() => Step[]);
  return typeof steps === 'function' ? steps() : steps;
}
