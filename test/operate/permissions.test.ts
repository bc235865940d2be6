import { join } from 'node:path';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { PolicyDocument } from '../../local/account';
import { OperatorSession, withoutAction } from './operator-session';
import type { CommandResult, Tool } from './tool';

const ORDERS = ['--stack', 'Orders'];
const LARGE = 'x'.repeat(450_000);

let stage: OperatorSession;
let read: PolicyDocument;
let redrive: PolicyDocument;

beforeAll(async () => {
  stage = await OperatorSession.start('Orders', 'Captured');
  [read, redrive] = await Promise.all([['--read'], ['--redrive', '--to-stream']].map(async (kind) => {
    const { exitCode, document, stderr } = await stage.tool.json('policy', ...ORDERS, ...kind);
    expect([exitCode, stderr]).toEqual([0, '']);
    return document.policy as PolicyDocument;
  }));
});

beforeEach(() => stage.processors.Orders.setBugs({ throw: ['poison'] }));
afterEach(() => stage.processors.Orders.fix());
afterAll(async () => stage?.stop());

/** Dead letters: one in the queue, the other too large for it. */
async function publishPoison(): Promise<void> {
  await stage.publish('Orders', 'poison-small', 'good', `poison-large ${LARGE} ${LARGE}`);
  expect(await stage.deadLetters('Orders')).toEqual({ visible: 2, inFlight: 0 });
}

async function empty(): Promise<void> {
  stage.processors.Orders.fix();
  expect((await stage.tool.run('redrive', ...ORDERS, '--yes')).exitCode).toBe(0);
  expect(await stage.deadLetters('Orders')).toEqual({ visible: 0, inFlight: 0 });
}

async function succeed(tool: Tool, ...commands: readonly (readonly string[])[]): Promise<void> {
  for (const command of commands) {
    const { exitCode, stderr } = await tool.run(...command);
    expect([command, exitCode, stderr]).toEqual([command, 0, expect.not.stringContaining('not allowed')]);
  }
}

function deniedTo(tool: Tool): readonly string[] {
  return stage.cloud.account.denials.filter(({ principal }) => principal === tool.roleArn).map(({ message }) => message);
}

describe.each([
  ['policy --read', () => stage.toolWith(read, 'ReaderByPolicy')],
  ['grantRead()', () => stage.toolAs('Orders', 'ReaderArn')],
])('who has what %s allows', (_, toolOf) => {
  it('can look at everything, and change nothing', async () => {
    const tool = toolOf();
    await publishPoison();
    const { document } = await stage.tool.json('ls', ...ORDERS);
    await succeed(
      tool,
      ['queues', ...ORDERS],
      ['ls', '--queue', stage.queueUrl('Orders').split('/').at(-1)!],
      ...document.messages.map(({ deadLetterId }: { deadLetterId: string }) => ['show', deadLetterId, ...ORDERS]),
      ['export', 'all.jsonl', ...ORDERS],
      ['ls', ...ORDERS, '--undeliverables'],
    );
    const all = await tool.json('queues');
    expect([all.exitCode, all.document.queues]).toMatchObject([0, [{ stack: 'Orders', visible: 2 }]]);
    // Whoever is told a queue by its name looks through all functions, for those of the queue.
    // `show` looks for the log group of a processor where it may: no policy shows the environment variables of a processor for that.
    // It looks into the log where it may: that is for `policy --logs` and grantReadLogs().
    const ofProcessor = /(lambda:GetFunctionConfiguration|logs:FilterLogEvents) on resource: \S+Orders-OrdersProcessor/;
    expect(deniedTo(tool).filter((message) => !message.includes(':function:Captured-') && !ofProcessor.test(message))).toEqual([]);

    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    const { exitCode, stderr } = await tool.run('redrive', ...ORDERS, '--yes');
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('not allowed: lambda:InvokeFunction on ')]);
    expect(processed()).toEqual([]);
    expect(await stage.deadLetters('Orders')).toEqual({ visible: 2, inFlight: 0 });
    await empty();
  });
});

describe.each([
  ['policy --redrive --to-stream', () => stage.toolWith(redrive, 'RedriverByPolicy')],
  ['grantRedriveToStream()', () => stage.toolAs('Orders', 'RedriverArn')],
])('who has what %s allows', (_, toolOf) => {
  it('can do everything', async () => {
    const tool = toolOf();
    await publishPoison();
    await succeed(tool, ['ls', ...ORDERS], ['discard', ...ORDERS, '--all', '--reason', 'test', '--export', 'out.jsonl', '--yes'], ['import', 'out.jsonl', ...ORDERS, '--yes']);

    const giveBack = stage.revoke('Orders', 'Hydrate', 'kinesis:GetRecords');
    await stage.publish('Orders', 'poison-unread');
    giveBack();
    await succeed(tool, ['rehydrate', ...ORDERS, '--yes'], ['rehydrate', ...ORDERS, '--undeliverables', '--yes']);

    stage.processors.Orders.fix();
    const processed = stage.processedBy('Orders');
    await succeed(tool, ['redrive', ...ORDERS, '--limit', '1', '--yes'], ['redrive', ...ORDERS, '--to-stream', '--yes']);
    await stage.pipeline.settle();
    expect([...processed()].sort()).toEqual(['poison-large', 'poison-small', 'poison-unread']);
    expect(deniedTo(tool)).toEqual([]);
    expect(await stage.deadLetters('Orders')).toEqual({ visible: 0, inFlight: 0 });
  });
});

describe('without a permission', () => {
  async function runWithout(action: string, policy: PolicyDocument, ...command: readonly string[]): Promise<CommandResult & { readonly tool: Tool }> {
    const tool = stage.toolWith(withoutAction(policy, action), `Without-${action.replace(':', '-')}`);
    const ended = await tool.run(...command);
    expect(deniedTo(tool).join('\n')).toContain(action);
    expect(ended.stderr).not.toContain('    at ');
    return { ...ended, tool };
  }

  describe('that a command begins with', () => {
    beforeAll(async () => {
      stage.processors.Orders.setBugs({ throw: ['poison'] });
      await publishPoison();
      await stage.notify('Orders', 'not a failure record');
    });

    afterAll(empty);

    it.each([
      ['tag:GetResources', 'ls', []],
      ['lambda:GetFunctionConfiguration', 'ls', []],
      ['sqs:GetQueueAttributes', 'ls', []],
      ['sqs:ReceiveMessage', 'ls', []],
      ['kms:Decrypt', 'ls', []],
      ['lambda:InvokeFunction', 'redrive', ['--yes']],
      ['lambda:InvokeFunction', 'rehydrate', ['--yes', '--undeliverables']],
      ['kinesis:PutRecords', 'redrive', ['--yes', '--to-stream']],
    ])('%s, %s says so and ends with 3, and all stays where it is', async (action, command, options) => {
      const { exitCode, stderr } = await runWithout(action, redrive, command, ...ORDERS, ...options);
      expect([exitCode, stderr]).toEqual([3, expect.stringMatching(`not allowed: ${action}( on \\S+)?, for arn:aws:sts::\\S+`)]);
      expect(stderr).toContain('stream-dlq policy');
      expect(await stage.deadLetters('Orders')).toEqual({ visible: 2, inFlight: 0 });
    });

    it('s3:GetObject, an export is without what must not be read, says so and ends with 1', async () => {
      const { exitCode, stderr } = await runWithout('s3:GetObject', redrive, 'export', 'small.jsonl', ...ORDERS);
      expect([exitCode, stderr]).toEqual([1, expect.stringMatching('must be yours to read, which takes s3:GetObject, as "policy --read" prints it')]);
      expect(stderr).toContain('1 dead letter written to small.jsonl');
      expect(await stage.deadLetters('Orders')).toEqual({ visible: 2, inFlight: 0 });
    });

    it('s3:ListBucket, which no policy has, what is whole is exported and discarded though the body of another is gone', async () => {
      const { s3 } = stage.cloud.clients;
      const { document } = await stage.tool.json('ls', ...ORDERS);
      const [{ pointer, deadLetterId }] = document.messages.filter((message: { pointer?: object }) => message.pointer);
      const place = { Bucket: pointer.bucket, Key: pointer.key };
      const body = await (await s3.send(new GetObjectCommand(place))).Body!.transformToByteArray();
      await s3.send(new DeleteObjectCommand(place));
      try {
        const tool = stage.toolWith(redrive, 'Lister');
        for (const command of [
          ['export', 'small.jsonl', ...ORDERS],
          ['show', deadLetterId, ...ORDERS],
          ['discard', ...ORDERS, '--all', '--reason', 'test', '--export', 'gone.jsonl', '--yes'],
        ]) {
          const { exitCode, stdout, stderr } = await tool.run(...command);
          expect([command, exitCode, stdout + stderr]).toEqual([
            command, 1, expect.stringContaining('must be there and yours to read: without s3:ListBucket S3 says the same of both'),
          ]);
        }
        expect(await stage.deadLetters('Orders')).toEqual({ visible: 1, inFlight: 0 });
        await succeed(tool, ['import', 'gone.jsonl', ...ORDERS, '--yes']);
      } finally {
        await s3.send(new PutObjectCommand({ ...place, Body: body }));
      }
      expect(await stage.deadLetters('Orders')).toEqual({ visible: 2, inFlight: 0 });
    });

    it('sqs:GetQueueUrl, a name is not enough', async () => {
      const { exitCode, stderr } = await runWithout('sqs:GetQueueUrl', redrive, 'ls', '--queue', stage.queueUrl('Orders').split('/').at(-1)!);
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining('not allowed: sqs:GetQueueUrl')]);
    });

    it('tag:GetResources, a queue that is named can be looked at all the same', async () => {
      const { exitCode, stdout, stderr } = await runWithout('tag:GetResources', redrive, 'ls', '--queue', stage.queueUrl('Orders'));
      expect([exitCode, stdout]).toEqual([0, expect.stringContaining('2 dead letters')]);
      expect(stderr).toContain('the tool cannot find the functions of the queue: not allowed: tag:GetResources');
    });

    it.each(['logs:CreateLogStream', 'logs:PutLogEvents'])('%s, the audit log of this machine has to do', async (action) => {
      const { exitCode, stderr, tool } = await runWithout(action, redrive, 'redrive', ...ORDERS, '--yes', '--limit', '1');
      // The processor is broken still.
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining(`${stage.output('Orders', 'AuditLogGroup')} does not take the audit lines`)]);
      expect(tool.auditLines.map(({ result }) => result)).toContain('failed');
    });

    it('kms:GenerateDataKey, nothing is imported', async () => {
      expect((await stage.tool.run('export', 'letters.jsonl', ...ORDERS)).exitCode).toBe(0);
      const { exitCode, stderr } = await runWithout('kms:GenerateDataKey', redrive, 'import', join(stage.tool.folder, 'letters.jsonl'), ...ORDERS, '--yes');
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining('kms:GenerateDataKey')]);
      expect(await stage.deadLetters('Orders')).toEqual({ visible: 2, inFlight: 0 });
    });
  });

  describe('that shows when something was done already', () => {
    const CAPTURED = ['--stack', 'Captured'];
    const names = ['poison-a', 'poison-b'];
    let policy: PolicyDocument;

    beforeAll(async () => {
      policy = (await stage.tool.json('policy', ...CAPTURED, '--redrive')).document.policy;
      await stage.publish('Captured', `poison-a ${LARGE}`, `poison-b ${LARGE} ${LARGE}`);
      expect(await stage.deadLetters('Captured')).toEqual({ visible: 1, inFlight: 0 });
    });

    it.each(['s3:PutObject', 'sqs:SendMessage'])('%s, a dead letter that was taken in part is whole where it was', async (action) => {
      stage.processors.Captured.setBugs({ report: ['poison-b'] });
      const { exitCode, stdout, stderr } = await runWithout(action, policy, 'redrive', ...CAPTURED, '--yes');
      expect([exitCode, stderr]).toEqual([3, expect.stringContaining(`not allowed: ${action} on `)]);
      expect(stdout).toContain('RestNotKept: 1 of its records were taken');
      const { document } = await stage.tool.json('ls', ...CAPTURED);
      expect(document.messages).toMatchObject([{ recoveredRecords: 2 }]);
    });

    it('sqs:DeleteMessage, what was taken and is there still is called out', async () => {
      stage.processors.Captured.fix();
      const processed = stage.processedBy('Captured');
      const { exitCode, stderr } = await runWithout('sqs:DeleteMessage', policy, 'redrive', ...CAPTURED, '--yes');
      expect([exitCode, processed()]).toEqual([3, names]);
      expect(stderr).toMatch(/dead letter [\da-f]{32} was taken by arn:aws:lambda:\S+, but could not be removed .* would send it again/);
      expect(await stage.deadLetters('Captured')).toEqual({ visible: 1, inFlight: 0 });
    });

    it('sqs:ChangeMessageVisibility, a look ends with what it could not give back', async () => {
      const { exitCode, stderr } = await runWithout('sqs:ChangeMessageVisibility', policy, 'ls', ...CAPTURED);
      expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/1 message could not be made visible again .*sqs:ChangeMessageVisibility/)]);
      expect(stderr).not.toContain('back in the queue');
      expect(await stage.deadLetters('Captured')).toEqual({ visible: 0, inFlight: 1 });
    });
  });
});
