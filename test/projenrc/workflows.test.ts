import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(__dirname, '../../.github/workflows');
const workflows = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')] as const);

/** The text of each job of a workflow. */
function jobsOf(name: string): Map<string, string> {
  const [, jobs] = workflows.find(([it]) => it === name)![1].split('\njobs:\n');
  return new Map(jobs.split(/^(?= {2}\S)/m).map((job) => [/^ {2}([\w-]+):/.exec(job)![1], job]));
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

test('no workflow names the host of a registry', () => {
  for (const [, text] of workflows) expect(text).not.toMatch(/registry\.|pypi\.org|nuget\.org|sonatype|proxy\.golang/);
});
