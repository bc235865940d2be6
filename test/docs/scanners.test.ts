import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { App } from 'aws-cdk-lib';
import { testApp } from '../support/app';
import { stacksWithDefaults, stackThatFollowsAll } from '../support/scanned-stacks';
import { hasPackage, pythonProgram, requiredVersion } from '../support/test-python';

const page = readFileSync(join(__dirname, '../../docs/compliance.md'), 'utf8');

const CHECKOV = pythonProgram('checkov');
const CFN_LINT = pythonProgram('cfn-lint');
const testNeedsCheckov = hasPackage('checkov') ? test : test.skip;
const testNeedsCfnLint = hasPackage('cfn-lint') ? test : test.skip;

/** What the page calls a resource, by its logical id. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/HydrateFunction/, 'hydrate function'],
  [/CaptureFunction/, 'capture function'],
  [/^RedriveFunction/, 'redrive function'],
  [/Processor[0-9A-F]{8}$/, 'processor'],
  [/IntakeQueue/, 'intake queue'],
  [/UndeliverableQueue/, 'undeliverable queue'],
  [/ParkingQueue/, 'parking queue'],
  [/DlqQueue|DeadLetterQueue/, 'dead-letter queue'],
  [/Queue[0-9A-F]{8}$/, 'queue of a `QueueProcessor`'],
  [/OverflowBucket/, 'overflow bucket'],
  [/CaptureBucket/, 'capture bucket'],
  [/LogGroup/, 'log group'],
  [/Stream[0-9A-F]{8}$/, 'stream'],
  [/IdempotencyTable[0-9A-F]{8}$/, 'idempotency table'],
  [/Table[0-9A-F]{8}$/, 'table'],
  [/DefaultPolicy[0-9A-F]{8}$/, 'policy of a function in a VPC'],
  [/^BucketNotificationsHandler/, 'bucket notifications handler of the CDK'],
];

function nameOf(logicalId: string): string {
  const [, name] = NAMES.find(([pattern]) => pattern.test(logicalId)) ?? [];
  if (!name) throw new Error(`docs/compliance.md must have a word for each resource with a finding, got: ${logicalId}`);
  return name;
}

/** `<rule> <resource>` of each row below a heading that ends so, sorted. */
function findingsOnPage(heading: string, end = '|'): string[] {
  const [, text] = page.split(`# ${heading}\n`);
  const rows = text.split('\n#')[0].split('\n').filter((row) => row.endsWith(end)).map((row) => /^\| `(\w+)` \| ([^|]+) \|/.exec(row));
  return rows.flatMap((row) => (row ? row[2].split(', ').map((resource) => `${row[1]} ${resource}`) : [])).sort();
}

function templates(define: (app: App) => void): string[] {
  const app = testApp();
  define(app);
  const { directory } = app.synth();
  return readdirSync(directory).filter((it) => it.endsWith('.template.json')).map((it) => join(directory, it));
}

/** Both exit with a failure when they find something: whatever is no JSON is an error. */
async function jsonOf(program: string, ...args: string[]): Promise<unknown> {
  const maxBuffer = 64 * 1024 * 1024;
  const { stdout, stderr } = await promisify(execFile)(program, args, { maxBuffer }).catch((error: { stdout: string; stderr: string }) => error);
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`${basename(program)} must print JSON, got: ${stdout}${stderr}`);
  }
}

/** Without a request: no rules and no results of a server. */
async function checkov(files: readonly string[]): Promise<string[]> {
  const args = ['--framework', 'cloudformation', '--skip-download', '--quiet', '--compact', '--output', 'json'];
  const report = await jsonOf(CHECKOV, ...args, ...files.flatMap((file) => ['--file', file])) as
    { summary: { passed: number; parsing_errors: number }; results: { failed_checks: { check_id: string; resource: string }[] } };
  expect([report.summary.parsing_errors, report.summary.passed > 50]).toEqual([0, true]);
  return distinct(report.results.failed_checks.map(({ check_id: rule, resource }) => `${rule} ${nameOf(resource.split('.')[1])}`));
}

async function cfnLint(files: readonly string[]): Promise<string[]> {
  const found = await jsonOf(CFN_LINT, '--format', 'json', '--', ...files) as
    { Rule: { Id: string }; Location: { Path: string[] } }[];
  return distinct(found.map(({ Rule, Location }) => `${Rule.Id} ${nameOf(Location.Path[1])}`));
}

const distinct = (findings: readonly string[]) => [...new Set(findings)].sort();

testNeedsCheckov('docs/compliance.md has each finding of checkov, and no other', async () => {
  expect(await checkov(templates(stacksWithDefaults))).toEqual(findingsOnPage('checkov'));
});

testNeedsCfnLint('docs/compliance.md has each finding of cfn-lint, and no other', async () => {
  expect(await cfnLint(templates(stacksWithDefaults))).toEqual(findingsOnPage('cfn-lint'));
});

testNeedsCheckov('with the options of docs/compliance.md, checkov finds what no option changes, and what the options add', async () => {
  const expected = [...findingsOnPage('checkov', '| none |'), ...findingsOnPage('checkov, with the options')];
  expect(await checkov(templates(stackThatFollowsAll))).toEqual(distinct(expected));
});

testNeedsCfnLint('with the options of docs/compliance.md, cfn-lint finds the same, in functions of the CDK as well', async () => {
  const expected = ['W3005 bucket notifications handler of the CDK', ...findingsOnPage('cfn-lint')];
  expect(await cfnLint(templates(stackThatFollowsAll))).toEqual(expected);
});

test.each(['checkov', 'cfn-lint'])('docs/compliance.md names the version of %s that runs here', (name) => {
  expect(new RegExp(`\`${name}==([^\`]+)\``).exec(page)?.[1]).toBe(requiredVersion(name));
});
