import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyDocument } from '../../local/account';
import { OperatorSession, type StackName } from './operator-session';
import type { Tool } from './tool';

const LOGGED = ['--stack', 'Logged'];

let stage: OperatorSession;

beforeAll(async () => {
  stage = await OperatorSession.start('Logged', 'Orders');
});
afterAll(async () => stage?.stop());
beforeEach(() => {
  Object.assign(stage.cloud.account, { logDelayMillis: 0, filterLogEventsPerSecond: 5 });
});

/** Publishes records that fail, and empties the queue afterwards. */
async function failed<T>(stack: StackName, names: readonly string[], look: () => Promise<T>): Promise<T> {
  await stage.publish(stack, ...names);
  try {
    return await look();
  } finally {
    await stage.tool.run('discard', '--stack', stack, '--all', '--reason', 'test', '--no-export', '--yes', '--yes-for-good');
  }
}

const idsIn = async (stack: StackName): Promise<string[]> => {
  const { document } = await stage.tool.json('ls', '--stack', stack);
  return document.messages.map(({ deadLetterId }: { deadLetterId: string }) => deadLetterId);
};

/** What `show --json` says of each dead letter of a stack. */
async function shown(stack: StackName, tool: Tool): Promise<any[]> { // eslint-disable-line @typescript-eslint/no-explicit-any -- any JSON
  const documents = [];
  for (const id of await idsIn(stack)) documents.push((await tool.json('show', id, '--stack', stack)).document);
  return documents;
}

const callsOf = (tool: Tool, action: string) =>
  stage.cloud.account.decisions.filter(({ principal, action: asked }) => principal === tool.roleArn && asked === action).length;

it.each<StackName>(['Logged', 'Orders'])('says why each batch failed, and which failed alike, by a log of %s', async (stack) => {
  await failed(stack, ['poison-1', 'good', 'poison-2'], async () => {
    const documents = await shown(stack, stage.tool);
    expect(documents.map(({ reason }) => [reason.type, reason.message]).sort()).toEqual([
      ['TypeError', 'poison-1 has no quantity'], ['TypeError', 'poison-2 has no quantity'],
    ]);
    expect(new Set(documents.map(({ reason }) => reason.fingerprint)).size).toBe(1);
    const { stdout } = await stage.tool.run('show', documents[0].message.deadLetterId, '--stack', stack);
    expect(stdout).toMatch(/^reason +TypeError: poison-\d has no quantity\n +at .*index\.mjs/);
    expect(stdout).toMatch(/\nlogged at +20\S+Z \(\d+\w ago\)\ngroup +[\da-f]{12}\ndead letter/);
  });
});

it('says it to whoever has what grantOperatorRead() and grantReadLogs() allow', async () => {
  const tool = stage.toolAs('Logged', 'ReaderArn');
  await failed('Logged', ['poison-1'], async () => {
    expect(await shown('Logged', tool)).toMatchObject([{ reason: { type: 'TypeError', message: 'poison-1 has no quantity' } }]);
    const before = callsOf(tool, 'logs:FilterLogEvents');
    expect(before).toBeGreaterThan(0);
    // Within a minute of the failure, lines of the last attempt may still come: the reason is not kept yet.
    expect(await shown('Logged', tool)).toMatchObject([{ reason: { type: 'TypeError' } }]);
    expect(callsOf(tool, 'logs:FilterLogEvents')).toBeGreaterThan(before);
    expect(existsSync(join(tool.folder, '.local', 'state', 'stream-dlq', 'reasons.jsonl'))).toBe(false);
  });
  expect(stage.cloud.account.denials.filter(({ principal }) => principal === tool.roleArn).map(({ message }) => message)).toEqual([]);
});

it.each(['Logged', 'Orders'] as const)('says it to whoever has what policy --read --logs allows: %s', async (stack) => {
  const { document } = await stage.tool.json('policy', '--stack', stack, '--read', '--logs');
  const tool = stage.toolWith(document.policy as PolicyDocument, `LogReader${stack}`);
  await failed(stack, ['poison-1'], async () => {
    expect(await shown(stack, tool)).toMatchObject([{ reason: { type: 'TypeError' } }]);
  });
  const ofLogs = stage.cloud.account.denials.filter(({ principal, message }) => principal === tool.roleArn && message.includes('logs:'));
  expect(ofLogs).toEqual([]);
});

it('shows a dead letter as well without permission for the log, and says what allows it', async () => {
  const { document: { policy } } = await stage.tool.json('policy', ...LOGGED, '--read');
  const tool = stage.toolWith(policy as PolicyDocument, 'NoLogReader');
  await failed('Logged', ['poison-1'], async () => {
    const [id] = await idsIn('Logged');
    const { exitCode, stdout } = await tool.run('show', id, ...LOGGED);
    expect([exitCode, stdout.replaceAll(/\n +/g, ' ')]).toEqual([0, expect.stringMatching(
      /^reason +not found: not allowed: logs:FilterLogEvents on \S+: `npx stream-dlq policy --read --logs --stack Logged`, run by an administrator/,
    )]);
    expect(stdout).toContain('record 1 of 1');
  });
});

it('says that a processor ended its process, or that it reported the record', async () => {
  const { Logged: processor } = stage.processors;
  processor.setBugs({ crash: ['crash'], report: ['report'] });
  try {
    for (const stack of ['Logged'] as const) {
      const crashed = await failed(stack, ['crash-1'], async () => shown(stack, stage.tool));
      expect(crashed).toMatchObject([{ reason: { type: 'Runtime.ExitError' } }]);
      const reported = await failed(stack, ['report-1'], async () => shown(stack, stage.tool));
      expect(reported).toMatchObject([{ reason: { type: 'ReportedByProcessor', message: 'the processor reported records as failed (partial batch response)' } }]);
    }
  } finally {
    processor.setBugs({ throw: ['poison'] });
  }
});

it('says that log lines are late, and finds them later', async () => {
  await failed('Logged', ['poison-1'], async () => {
    stage.cloud.account.logDelayMillis = 30_000;
    expect(await shown('Logged', stage.tool)).toMatchObject([{ reasonNotFound: { name: 'Late', message: expect.stringMatching(/try again in \d+ s$/) } }]);
    stage.cloud.account.logDelayMillis = 0;
    expect(await shown('Logged', stage.tool)).toMatchObject([{ reason: { type: 'TypeError' } }]);
  });
});

it('says that the log group is gone', async () => {
  const { logGroups } = stage.cloud.account;
  await failed('Orders', ['poison-1'], async () => {
    const [name] = [...logGroups.keys()].filter((it) => it.startsWith('/aws/lambda/Orders-OrdersProcessor'));
    const group = logGroups.get(name)!;
    logGroups.delete(name);
    expect(await shown('Orders', stage.tool)).toMatchObject([{ reasonNotFound: { name: 'NoLogGroup', message: expect.stringContaining(name) } }]);
    logGroups.set(name, group);
  });
});

it('goes slower where CloudWatch Logs throttles', async () => {
  await failed('Logged', ['poison-1'], async () => {
    stage.cloud.account.filterLogEventsPerSecond = 0;
    setTimeout(() => (stage.cloud.account.filterLogEventsPerSecond = 5), 3_500);
    expect(await shown('Logged', stage.tool)).toMatchObject([{ reason: { type: 'TypeError' } }]);
  });
});
