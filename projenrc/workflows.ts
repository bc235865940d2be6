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
    const release = workflows.find(({ name }) => name === 'release')!;
    // It tags nothing: release_github does.
    release.updateJob('release', { ...(release.getJob('release') as Job), permissions: { contents: github.workflows.JobPermission.READ } });
    this.addToolTo(release);
  }

  /** The tool is published like the constructs, as the tarball that the release has built: nothing of the checkout is needed for that. */
  private addToolTo(release: github.GithubWorkflow): void {
    const npm = release.getJob('release_npm') as Job;
    // The publishing tool has the same default registry; without this line the workflow names no host.
    const steps = stepsOf(npm).map((step) => (step.env?.NPM_REGISTRY ? { ...step, env: { ...step.env, NPM_REGISTRY: undefined! } } : step));
    release.updateJob('release_npm', { ...npm, steps });

    const before = steps.slice(0, steps.findIndex(({ name }) => name === 'Checkout'));
    const publish = steps.find(({ id, run }) => id === 'release' && run?.endsWith("'publib-npm'"));
    if (before.length === 0 || !publish) throw new Error('the steps of release_npm must be those that release_tool is made of, got others: see projenrc/workflows.ts');
    release.addJob('release_tool', {
      ...npm,
      name: 'Publish the tool to npm',
      steps: [...before, { ...publish, run: `${publish.run} dist/tools` }],
    });

    const toGitHub = release.getJob('release_github') as Job;
    release.updateJob('release_github', { ...toGitHub, needs: [...toGitHub.needs!, 'release_tool'] });
  }
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
