import { NativeSession } from './native-session';

const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => from + place);

describe('the tool on native dead letters', () => {
  let session: NativeSession;

  beforeAll(async () => {
    session = await NativeSession.start();
  }, 120_000);

  afterAll(async () => session?.stop());

  const redrive = (queue: Parameters<NativeSession['url']>[0], ...options: readonly string[]) => ['redrive', '--queue', session.url(queue), '--yes', ...options];
  const bodies = async (queue: Parameters<NativeSession['take']>[0]) => (await session.take(queue)).map(({ Body }) => Body);

  test.each(['Orders', 'OrdersFifo'] as const)('sends poison of %s to its processor again, first one that is chosen and then all', async (queue) => {
    const group = queue === 'OrdersFifo' ? (id: string) => ({ MessageGroupId: id, MessageDeduplicationId: id }) : () => ({});
    const dlq = queue === 'OrdersFifo' ? 'OrdersDlqFifo' : 'OrdersDlq';
    const names = ['poison-a', 'good-a', 'poison-b', 'good-b', 'poison-c'];
    await session.send(queue, names.map((name) => ({ MessageBody: JSON.stringify({ name }), ...group(name) })));
    await session.wait(dlq, 3);
    session.processor.fix();
    const before = session.processor.processed.length;
    const chosen = await session.tool.json(...redrive(dlq, '--where', 'body.name == \'poison-b\''));
    expect(chosen).toMatchObject({ exitCode: 0, document: { counts: { sent: 1 } } });
    const all = await session.tool.json(...redrive(dlq));
    expect(all).toMatchObject({ exitCode: 0, document: { task: { status: 'COMPLETED', moved: 2 } } });
    await session.pipeline.settle();
    expect([...session.processor.processed.slice(before)].sort()).toEqual(['poison-a', 'poison-b', 'poison-c']);
    expect(await session.messages(dlq)).toEqual({ visible: 0, inFlight: 0 });
    session.processor.setBugs({ throw: ['poison'] });
  }, 120_000);

  test('sends a FIFO message that fails again within five minutes once more, and SQS does not drop it', async () => {
    await session.fail('RefundsFifo', 'SharedDlqFifo', [{ MessageBody: 'again', MessageGroupId: 'g', MessageDeduplicationId: 'the same' }]);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await session.tool.run(...redrive('SharedDlqFifo', '--limit', '1'))).toMatchObject({ exitCode: 0 });
      expect(await session.messages('RefundsFifo')).toEqual({ visible: 1, inFlight: 0 });
      expect(await session.messages('SharedDlqFifo')).toEqual({ visible: 0, inFlight: 0 });
      await session.fail('RefundsFifo', 'SharedDlqFifo', []);
    }
    expect(await bodies('SharedDlqFifo')).toEqual(['again']);
  }, 120_000);

  test('moves all messages of two queues back to their own by one task', async () => {
    await session.fail('Payments', 'SharedDlq', numbers(1, 5).map((number) => ({ MessageBody: `payment ${number}` })));
    await session.fail('Refunds', 'SharedDlq', numbers(1, 3).map((number) => ({ MessageBody: `refund ${number}` })));
    expect(await session.tool.json(...redrive('SharedDlq'))).toMatchObject({ exitCode: 0, document: { task: { status: 'COMPLETED', moved: 8 } } });
    expect((await bodies('Payments')).sort()).toEqual(numbers(1, 5).map((number) => `payment ${number}`));
    expect((await bodies('Refunds')).sort()).toEqual(numbers(1, 3).map((number) => `refund ${number}`));
  }, 120_000);

  test('cancels the task on Ctrl-C: what was moved is in its queue, and the others stay', async () => {
    await session.fail('Payments', 'SharedDlq', numbers(1, 30).map((number) => ({ MessageBody: `payment ${number}` })));
    const { child, ended } = session.tool.start(...redrive('SharedDlq', '--rate', '2'));
    while ((await session.messages('Payments')).visible < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGINT');
    const { exitCode, stdout } = await ended;
    expect(exitCode).toBe(130);
    expect(stdout).toMatch(/Cancelled: SQS had moved about \d+ messages; the others stay/);
    const [moved, left] = [await bodies('Payments'), await bodies('SharedDlq')];
    expect(left.length).toBeGreaterThan(0);
    expect(new Set([...moved, ...left]).size).toBe(30);
  }, 120_000);

  test('names a task that a killed run has left, and starts no second one', async () => {
    await session.fail('Payments', 'SharedDlq', numbers(1, 12).map((number) => ({ MessageBody: `payment ${number}` })));
    const { child, ended } = session.tool.start(...redrive('SharedDlq', '--rate', '1'));
    while ((await session.messages('Payments')).visible < 1) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill('SIGKILL');
    expect((await ended).exitCode).toBeNull();
    const { exitCode, stdout } = await session.tool.run(...redrive('SharedDlq'));
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/A move task of \S+ is RUNNING, started .*, at most 1 a second: it has moved about \d+ messages? of 12/);
    // The task goes on without the tool.
    await session.wait('Payments', 12);
    expect(new Set(await bodies('Payments')).size).toBe(12);
    while ((await session.tool.run(...redrive('SharedDlq'))).stdout.includes('is RUNNING')) await new Promise((resolve) => setTimeout(resolve, 200));
  }, 120_000);

  test('sends the messages of a file to their queues, with the policy that it prints', async () => {
    const policy = JSON.parse((await session.tool.run('policy', '--redrive', '--queue', session.url('SharedDlqFifo'))).stdout);
    const tool = session.toolOf('FromFile', policy);
    const Messages = numbers(1, 3).map((number) => ({ MessageBody: `refund ${number}`, MessageGroupId: 'g', MessageDeduplicationId: `id-${number}` }));
    for (const message of Messages) await session.fail('RefundsFifo', 'SharedDlqFifo', [message]);
    const queue = ['--queue', session.url('SharedDlqFifo')];
    expect(await tool.run('discard', ...queue, '--all', '--reason', 'later', '--export', 'later.jsonl', '--yes')).toMatchObject({ exitCode: 0 });
    expect(await session.messages('SharedDlqFifo')).toEqual({ visible: 0, inFlight: 0 });
    expect(await tool.json('redrive', '--from', 'later.jsonl', '--where', 'body == \'refund 1\'', '--yes')).toMatchObject({ exitCode: 0, document: { counts: { sent: 1 } } });
    const rest = await tool.run('redrive', '--from', 'later.jsonl', '--yes');
    expect(rest).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('2 messages sent.') });
    expect(await bodies('RefundsFifo')).toEqual(['refund 1', 'refund 2', 'refund 3']);
    expect(await tool.run('redrive', '--from', 'later.jsonl', '--yes')).toMatchObject({ exitCode: 0, stdout: 'Nothing to send.\n' });
  }, 120_000);

  test('works with the policies that it prints, and no more', async () => {
    const policy = JSON.parse((await session.tool.run('policy', '--redrive', '--logs', '--queue', session.url('SharedDlq'))).stdout);
    const tool = session.toolOf('Restricted', policy);
    await session.fail('Payments', 'SharedDlq', numbers(1, 4).map((number) => ({ MessageBody: `payment ${number}` })));
    const queue = ['--queue', session.url('SharedDlq')];
    expect(await tool.run('ls', ...queue)).toMatchObject({ exitCode: 0 });
    expect(await tool.json(...redrive('SharedDlq', '--limit', '1'))).toMatchObject({ exitCode: 0, document: { counts: { sent: 1 } } });
    expect(await tool.json(...redrive('SharedDlq'))).toMatchObject({ exitCode: 0, document: { task: { status: 'COMPLETED', moved: 3 } } });
    expect(await session.messages('Payments')).toEqual({ visible: 4, inFlight: 0 });
  }, 120_000);
});
