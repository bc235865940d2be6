import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, CfnOutput, Stack, Stage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { readAssembly } from '../../../local/deploy/assembly';
import { Recorder } from './recorder';

let directory: string;
let code: string;
let recorder: Recorder;
let app: App;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'assembly-test-'));
  code = join(directory, 'code');
  mkdirSync(code);
  writeFileSync(join(code, 'index.js'), 'exports.handler = async () => "hello";');
  recorder = new Recorder();
  app = new App({ outdir: join(directory, 'cdk.out'), analyticsReporting: true });
});
afterEach(async () => {
  await recorder.close();
  rmSync(directory, { recursive: true });
});

function functionProps(): lambda.FunctionProps {
  return { runtime: lambda.Runtime.NODEJS_22_X, handler: 'index.handler', code: lambda.Code.fromAsset(code) };
}

test('stacks are read in the order of their dependencies', () => {
  const consumer = new Stack(app, 'AConsumer');
  const producer = new Stack(app, 'Producer');
  new CfnOutput(consumer, 'Name', { value: new logs.LogGroup(producer, 'Group').logGroupName });
  expect(readAssembly(app.synth().directory).map(({ stackName }) => stackName)).toEqual(['Producer', 'AConsumer']);
});

test('the stacks of a stage are read from its own directory', () => {
  const stage = new Stage(app, 'Prod');
  new lambda.Function(new Stack(stage, 'Stack'), 'Fn', functionProps());
  const [stack] = readAssembly(app.synth().directory);
  expect(stack.stackName).toBe('Prod-Stack');
  expect(stack.assemblyDirectory).toMatch(/assembly-Prod$/);
});

test('a whole app comes up, its stacks sharing what they export, its functions with their assets', async () => {
  const shared = new logs.LogGroup(new Stack(app, 'Shared'), 'Group');
  const stack = new Stack(app, 'Functions');
  new lambda.Function(stack, 'Fn', { ...functionProps(), logGroup: shared });
  const deployed = await recorder.deployer.deployAssembly(app.synth().directory);
  expect(deployed.map(({ stackName }) => stackName)).toEqual(['Shared', 'Functions']);
  const [[, spec]] = recorder.calls;
  expect(spec).toMatchObject({ logGroupName: deployed[0].resources.values().next().value!.physicalId });
  expect((spec as { codeDirectory: string }).codeDirectory).toMatch(/cdk\.out\/asset\.[0-9a-f]{64}$/);
});

test('when one stack of an app fails, those before it are taken down again', async () => {
  new logs.LogGroup(new Stack(app, 'First'), 'Group', { logGroupName: 'same' });
  const second = new Stack(app, 'Second');
  second.addDependency(app.node.findChild('First') as Stack);
  new logs.LogGroup(second, 'Group', { logGroupName: 'same' });
  await expect(recorder.deployer.deployAssembly(app.synth().directory)).rejects.toThrow('log group same already exists');
  await expect(recorder.deploy({ Resources: { G: { Type: 'AWS::Logs::LogGroup' } } }, 'First')).resolves.toBeDefined();
});

test('fails on a function whose asset is a file', async () => {
  const zip = join(directory, 'code.zip');
  writeFileSync(zip, 'zip');
  new lambda.Function(new Stack(app, 'Stack'), 'Fn', { ...functionProps(), code: lambda.Code.fromAsset(zip) });
  await expect(recorder.deployer.deployAssembly(app.synth().directory)).rejects.toThrow(/must be a directory of code, got the file .*\.zip/);
});

test('a deployed app is updated, and of an update that fails only the new stacks are taken down', async () => {
  const appWith = (version: string, define: (it: App) => void) => {
    const it = new App({ outdir: join(directory, version), analyticsReporting: false });
    define(it);
    return it.synth().directory;
  };
  const group = (it: App, stack: string, logGroupName: string) => new logs.LogGroup(new Stack(it, stack), 'Group', { logGroupName });
  const names = () => [...recorder.account.logGroups.keys()];
  const [first] = await recorder.deployer.deployAssembly(appWith('v1', (it) => group(it, 'First', 'one')));
  const events: string[] = [];
  const v2 = appWith('v2', (it) => {
    group(it, 'First', 'two');
    group(it, 'Second', 'second');
  });
  const [updated] = await recorder.deployer.deployAssembly(v2, ({ status, type }) => void events.push(`${status} ${type}`));
  expect(updated).toBe(first);
  // The log group of the CDK is retained when it is replaced.
  expect([names(), first.retained]).toEqual([['one', 'two', 'second'], [first.resources.keys().next().value]]);
  expect(events).toEqual(Array(2).fill(['CREATE_IN_PROGRESS AWS::Logs::LogGroup', 'CREATE_COMPLETE AWS::Logs::LogGroup']).flat());

  const v3 = appWith('v3', (it) => {
    group(it, 'First', 'two');
    group(it, 'Third', 'third').node.addDependency(it.node.findChild('First'));
    group(it, 'Fourth', 'two').node.addDependency(it.node.findChild('Third'));
  });
  await expect(recorder.deployer.deployAssembly(v3)).rejects.toThrow('stack Fourth');
  expect(names()).toEqual(expect.arrayContaining(['two', 'second']));
  expect(first.resources.size).toBe(1);
});
