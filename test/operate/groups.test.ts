import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { OperatorSession } from './operator-session';

let stage: OperatorSession;

beforeAll(async () => {
  stage = await OperatorSession.start('Orders');
});

afterAll(async () => stage?.stop());

const ORDERS = ['--stack', 'Orders'];

interface Group {
  readonly group: string;
  readonly error: { readonly type: string; readonly message: string };
  readonly deadLetters: number;
}

/** Bodies of the queue, by what is in them; all are visible again afterwards. */
async function bodies(): Promise<readonly string[]> {
  const { Messages = [] } = await stage.cloud.clients.sqs.send(new ReceiveMessageCommand({
    QueueUrl: stage.queueUrl('Orders'), MaxNumberOfMessages: 10, VisibilityTimeout: 0, MessageAttributeNames: ['All'],
  }));
  return Messages.map(({ Body, MessageAttributes }) => JSON.stringify([Body, MessageAttributes])).sort();
}

describe('a night with two bugs', () => {
  let groups: readonly Group[];

  it('begins with dead letters, whose groups are the bugs', async () => {
    stage.processors.Orders.setBugs({ throw: ['poison'], reject: ['broken'] });
    await stage.publish('Orders', 'poison-0', 'good-0', 'broken-0', 'poison-1', 'good-1', 'poison-2', 'broken-1');
    const { exitCode, document } = await stage.tool.json('ls', '--by', 'error', ...ORDERS);
    groups = document.groups;
    expect(groups).toMatchObject([
      { error: { type: 'TypeError', message: expect.stringMatching(/^poison-\d has no quantity$/) }, deadLetters: 3 },
      { error: { type: 'RangeError', message: expect.stringMatching(/^the total of broken-\d is below zero$/) }, deadLetters: 2 },
    ]);
    expect(exitCode).toBe(0);
    const { stdout } = await stage.tool.run('ls', '--by', 'error', ...ORDERS);
    expect(stdout).toMatch(new RegExp(`^${groups[0].group} +3 +3 .*TypeError: poison-\\d has no quantity`, 'm'));
  });

  it('goes on with one of them fixed, which is sent, and leaves exactly the rest, byte for byte', async () => {
    const before = await bodies();
    stage.processors.Orders.setBugs({ reject: ['broken'] });
    const processed = stage.processedBy('Orders');
    const { exitCode, document } = await stage.tool.json('redrive', '--group', groups[0].group.slice(0, 8), '--yes', ...ORDERS);
    expect([exitCode, document.counts.sent]).toEqual([0, 3]);
    expect([...processed()].sort()).toEqual(['poison-0', 'poison-1', 'poison-2']);
    const after = await bodies();
    expect(after).toHaveLength(2);
    expect(before).toEqual(expect.arrayContaining([...after]));
  });

  it('finds a record by what is in it, and discards that alone', async () => {
    const found = await stage.tool.json('ls', '--where', "data == 'broken-1'", ...ORDERS);
    expect(found.document).toMatchObject({ looked: 2, matched: 1, where: "data == 'broken-1'" });
    const { exitCode } = await stage.tool.run('discard', '--where', "data == 'broken-1'", '--reason', 'test order', '--yes', ...ORDERS);
    expect(exitCode).toBe(0);
    expect((await stage.tool.json('ls', '--by', 'key', ...ORDERS)).document.groups).toMatchObject([{ key: 'a', deadLetters: 1 }]);
  });

  it('says what is wrong with an expression, and does nothing', async () => {
    const { exitCode, stderr } = await stage.tool.run('redrive', '--where', "data = 'x'", '--yes', ...ORDERS);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('unexpected "=" at character 6')]);
  });
});
