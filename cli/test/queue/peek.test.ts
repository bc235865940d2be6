import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as exporting from '../../commands/export/run';
import * as ls from '../../commands/ls/run';
import * as show from '../../commands/show/run';
import type { CommandModule } from '../../context';
import { sqsError } from '../support/fake-sqs';
import { BUCKET, deadLetterOf, Operation, PARKING_QUEUE, QUEUE, UNDELIVERABLE_QUEUE } from '../support/operation';
import { exportOptions, lsOptions, showOptions } from '../support/peek-options';

/** What only looks, and what it is asked for: each way leads through the whole queue. */
const COMMANDS: readonly [name: string, command: CommandModule<never>, options: object, args: (operation: Operation) => string[]][] = [
  ['ls', ls, lsOptions(), () => []],
  ['show', show, showOptions(), () => ['0000']],
  ['export to a file', exporting, exportOptions(), ({ folder }) => [join(folder, 'letters.jsonl')]],
  ['export to stdout', exporting, exportOptions(), () => []],
];

let operation: Operation;
beforeEach(() => (operation = new Operation()));
afterEach(() => operation.close());

async function put(count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await operation.put(deadLetterOf({ from: index * 3, to: index * 3 + 2 }), QUEUE, index === 3 ? 1_024 : undefined);
  }
}

describe.each(COMMANDS)('%s', (name, command, options, argsOf) => {
  const run = (more: object = {}) => operation.run(command as CommandModule<object>, { ...options, ...more }, { args: argsOf(operation) });

  /** Nobody can tell that somebody has looked, but by the count. */
  function expectUntouched(messages: number, receives = 1): void {
    expect(operation.sqs.visible(QUEUE)).toHaveLength(messages);
    expect(operation.sqs.messages(QUEUE).map((it) => it.receives)).toEqual(Array(messages).fill(receives));
    expect(operation.sqs.callsOf('DeleteMessageBatch')).toEqual([]);
    expect(operation.sqs.callsOf('SendMessage')).toEqual([]);
  }

  test('gives every message back, and receives each once', async () => {
    await put(23);
    await run();
    expectUntouched(23);
  });

  test('gives every message back after Ctrl-C, and begins nothing more', async () => {
    await put(45);
    let polls = 0;
    operation.sqs.on('ReceiveMessage', () => void (++polls === 3 && operation.stop.abort()));
    const { exitCode, error } = await run();
    expect(error).toBeUndefined();
    expect(exitCode).toBe(130);
    expect(operation.sqs.visible(QUEUE)).toHaveLength(45);
    expect(operation.sqs.messages(QUEUE).filter(({ receives }) => receives > 0).length).toBeLessThan(45);
    expect(operation.sqs.callsOf('DeleteMessageBatch')).toEqual([]);
  });

  test('lets go of everything after a second Ctrl-C: it comes back by itself within half a minute', async () => {
    await put(23);
    operation.sqs.on('ReceiveMessage', () => {
      operation.stop.abort();
      operation.abort.abort();
    });
    await run();
    expect(operation.sqs.callsOf('ChangeMessageVisibilityBatch')).toEqual([]);
    operation.sqs.advance(30_001);
    expect(operation.sqs.visible(QUEUE)).toHaveLength(23);
  });

  test('gives every message back when SQS refuses half-way', async () => {
    await put(45);
    let polls = 0;
    operation.sqs.on('ReceiveMessage', () => {
      if (++polls === 4) throw sqsError('AccessDeniedException', 'not allowed any more');
    });
    const { error } = await run();
    expect(error?.message).toBe('not allowed any more');
    expect(operation.sqs.visible(QUEUE)).toHaveLength(45);
    expect(readdirSync(operation.folder)).toEqual([]);
  });

  test('says when messages could not be given back, and when they come back', async () => {
    await put(3);
    operation.sqs.failAlways('ChangeMessageVisibilityBatch', sqsError('AccessDeniedException', 'not allowed'));
    const { err } = await run();
    // What is left of the 30 by then.
    expect(err).toMatch(/3 messages could not be made visible again \(not allowed\): they are visible again within (30|[12]\d) seconds/);
  });

  test('does not look where a look counts, unless it is told to', async () => {
    await put(2);
    operation.dlq = { ...operation.dlq, redrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:us-east-1:123456789012:elsewhere', maxReceiveCount: 3 } };
    const { error } = await run();
    expect(error).toMatchObject({
      exitCode: 2,
      message: `${QUEUE} has a RedrivePolicy: a message that was received 3 times goes to arn:aws:sqs:us-east-1:123456789012:elsewhere at the next receive, ` +
        'and whatever looks at a message receives it. Add --count-receives to go on all the same.',
    });
    expect(operation.sqs.callsOf('ReceiveMessage')).toEqual([]);
    expect(readdirSync(operation.folder)).toEqual([]);
    await run({ countReceives: true });
    expectUntouched(2);
  });

  test('looks at the undeliverable queue, whose own policy counts there', async () => {
    operation.sqs.createQueue(UNDELIVERABLE_QUEUE, { RedrivePolicy: '{"deadLetterTargetArn":"arn:elsewhere","maxReceiveCount":"2"}' });
    operation.sqs.put(UNDELIVERABLE_QUEUE, { messageId: '00001' });
    expect((await run({ undeliverables: true })).error?.message).toContain('a message that was received 2 times goes to arn:elsewhere');
    operation.sqs.createQueue(UNDELIVERABLE_QUEUE);
    operation.sqs.put(UNDELIVERABLE_QUEUE, { messageId: '00001' });
    await run({ undeliverables: true });
    expect(operation.sqs.visible(UNDELIVERABLE_QUEUE).map(({ receives }) => receives)).toEqual([1]);
  });

  test('looks at the parking queue', async () => {
    operation.sqs.put(PARKING_QUEUE, { messageId: '00001' });
    await run({ parked: true });
    expect(operation.sqs.visible(PARKING_QUEUE).map(({ receives }) => receives)).toEqual([1]);
  });

  test.each([
    ['undeliverables', '--undeliverables: nothing is known of an undeliverable queue.'],
    ['parked', '--parked: nothing is known of a parking queue: only a RedriveFunction has one.'],
  ])('fails if it is to look at --%s and no such queue is known', async (option, message) => {
    operation.dlq = {};
    const { error } = await run({ [option]: true });
    expect(error).toMatchObject({ exitCode: 3 });
    expect(error?.message).toContain(message);
  });

  if (name !== 'ls') {
    test('gives every message back when a body cannot be fetched', async () => {
      await put(5);
      operation.more = { s3: async () => ({ send: async () => Promise.reject(new Error(`no way to ${BUCKET}`)) }) as never };
      operation.sqs.put(QUEUE, { messageId: '00001', body: operation.sqs.messages(QUEUE)[3].body, attributes: operation.sqs.messages(QUEUE)[3].attributes });
      const { error } = await run();
      expect(error?.message).toBe(`no way to ${BUCKET}`);
      expectUntouched(6);
      expect(readdirSync(operation.folder)).toEqual([]);
    });
  }
});
