import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../../.github/workflows');
const workflows = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')] as const);

/** The text of each job of a workflow. */
function jobsOf(name: string): Map<string, string> {
  const [, jobs] = workflows.find(([it]) => it === name)![1].split('\njobs:\n');
  return new Map(jobs.split(/^(?= {2}\S)/m).map((job) => [/^ {2}([\w-]+):/.exec(job)![1], job]));
}

/** The tasks that a task spawns, in their order. */
function spawnsOf(task: string): readonly { readonly spawn: string; readonly condition?: string }[] {
  const { tasks } = JSON.parse(readFileSync(join(FOLDER, '../../.projen/tasks.json'), 'utf8'));
  return tasks[task].steps.filter(({ spawn }: { readonly spawn?: string }) => spawn);
}

const allJobs = workflows.flatMap(([name]) => [...jobsOf(name)].map(([job, text]) => [`${name} ${job}`, text] as const));
const jobsWith = (text: string) => allJobs.filter(([, job]) => job.includes(text)).map(([name]) => name).sort();

test('only jobs that publish with it may request an identity token', () => {
  expect(jobsWith('id-token: write')).toEqual(
    ['release.yml release_npm', 'release.yml release_nuget', 'release.yml release_pypi', 'release.yml release_tool', 'scorecard.yml scorecard']);
});

test('only the job that creates the release may write contents', () => {
  expect(jobsWith('contents: write')).toEqual(['release.yml release_github']);
});

test('every job says what it may do', () => {
  expect(allJobs.filter(([, job]) => !job.includes('permissions:')).map(([name]) => name)).toEqual([]);
});

test('both packages are published to npm in the same way, each from its own folder', () => {
  const release = jobsOf('release.yml');
  const [npm, tool] = ['release_npm', 'release_tool'].map((job) => /- name: Release\n[\s\S]*/.exec(release.get(job)!)![0].trimEnd());
  expect(tool).toBe(`${npm} dist/tools`);
  expect(npm).toContain('NPM_CONFIG_PROVENANCE: "true"');
  expect(release.get('release_github')).toContain('- release_tool');
});

test('publishing jobs take the packages of the release job as they are: none checks out, installs or packages', () => {
  const publishing = jobsWith('environment: release');
  expect(publishing).toEqual(['github', 'golang', 'maven', 'npm', 'nuget', 'pypi', 'tool'].map((it) => `release.yml release_${it}`));
  for (const [name, text] of allJobs.filter(([job]) => publishing.includes(job))) {
    expect([name, /actions\/checkout@|npm (ci|install)|projen/.exec(text)]).toEqual([name, null]);
  }
});

test('a release packages all languages, and tests the packages before a job publishes them', () => {
  expect(spawnsOf('release').map(({ spawn }) => spawn)).toEqual(['bump', 'build', 'unbump', 'test:packages']);
  expect(spawnsOf('package-all').map(({ spawn }) => spawn)).toEqual(['js', 'java', 'python', 'dotnet', 'go'].map((it) => `package:${it}`));

  const { condition } = spawnsOf('package').find(({ spawn }) => spawn === 'package-all')!;
  const packages = (env: Record<string, string>) => spawnSync(condition!, { shell: true, env: { PATH: process.env.PATH, ...env } }).status === 0;
  expect([packages({ CI: 'true', RELEASE: 'true' }), packages({ CI: 'true' }), packages({})]).toEqual([true, false, true]);
});

test('a pull request builds the packages of the next release, and tests them', () => {
  expect(jobsOf('build.yml').get('build')).toMatch(/run: npx projen release:rehearse\n(?:.*\n){2} +run: npx projen test:packages\n/);
});

test('no workflow runs the latest version of a package or an action', () => {
  for (const [name, text] of workflows) expect([name, /@(latest|main|master|v\d+)\b(?!\.)/.exec(text)]).toEqual([name, null]);
});
