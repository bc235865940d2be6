import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NodeRelease } from '@jsii/check-node';
import { Template } from 'aws-cdk-lib/assertions';
import { KinesisStreamProcessor, RedriveFunction } from '../../src';
import { processorProps, testStack } from '../support/app';

const ROOT = join(__dirname, '../..');
const text = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const json = (path: string) => JSON.parse(text(path));

const page = text('VERSIONS.md');
/** The cells of the row that begins with a text. */
const row = (start: string) => page.split('\n').find((line) => line.startsWith(`| ${start}`))!.split('|').slice(1, -1).map((cell) => cell.trim());
const oldest = (what: string) => row(what)[1];
const newest = (what: string) => row(what)[2];

/** What the generators of jsii write into the packages of each language. */
const pacmak = (target: string) => text(`node_modules/jsii-pacmak/lib/targets/${target}.js`);

test.each(['aws-cdk-lib', 'constructs'])('the oldest %s is the one that the package takes and the tests run on', (name) => {
  const { peerDependencies, devDependencies } = json('package.json');
  expect([oldest(name), oldest(name)]).toEqual([peerDependencies[name].replace('^', ''), devDependencies[name]]);
});

test('the newest aws-cdk-lib is the one of test/newest-cdk', () => {
  expect(newest('aws-cdk-lib')).toBe(json('test/newest-cdk/package.json').dependencies['aws-cdk-lib']);
});

test.each(['package.json', 'cli/package.json'])('the oldest Node.js is that of %s', (file) => {
  expect(json(file).engines.node).toBe(`>= ${oldest('Node.js at synth')}`);
});

test('the newest Node.js is that of the workflows', () => {
  const versions = text('.github/workflows/build.yml').matchAll(/node-version: "(.+)"/g);
  expect(new Set([...versions].map(([, version]) => version))).toEqual(new Set([newest('Node.js at synth')]));
});

test.each([
  ['Python', 'python', /python_requires: '>=(.+)'/],
  ['.NET', 'dotnet', /TARGET_FRAMEWORK = 'net(.+)'/],
  ['Go', 'go/package', /GO_VERSION = '(.+)'/],
  ['Java', 'java', /source: '1\.(\d+)'/],
])('the oldest %s is that of the generated package', (language, target, pattern) => {
  expect(oldest(language)).toBe(pattern.exec(pacmak(target))![1]);
});

test('the runtime of the functions is the one of the page', () => {
  const stack = testStack();
  const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  new RedriveFunction(stack, 'Redrive', { dlq });
  const functions = Object.entries(Template.fromStack(stack).findResources('AWS::Lambda::Function')).filter(([id]) => !id.includes('Processor'));
  const [, runtime] = /\(`(nodejs\d+\.x)`\)/.exec(page)!;
  expect(new Set(functions.map(([, { Properties }]) => Properties.Runtime))).toEqual(new Set([runtime]));
});

test.each(['Node.js 22', 'Node.js 24'])('%s is supported until its end of life', (start) => {
  const release = NodeRelease.ALL_RELEASES.find(({ majorVersion }) => `Node.js ${majorVersion}` === start)!;
  expect(row(start)[1]).toBe(release.endOfLifeDate.toISOString().slice(0, 10));
});
