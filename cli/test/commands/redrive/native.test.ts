import type { SendMessageCommandInput, StartMessageMoveTaskCommandInput } from '@aws-sdk/client-sqs';
import { redrive } from '../../../commands/redrive/command';
import { ExitCode } from '../../../exit-code';
import { sqsError } from '../../support/fake-sqs';
import { arnOf, DLQ, FIFO_DLQ, FIFO_ORDERS, NativeOperation, ORDERS, REFUNDS } from '../../support/native-operation';
import { QUEUE } from '../../support/operation';

let it: NativeOperation;
beforeEach(() => (it = new NativeOperation()));
afterEach(() => it.close());

describe('all messages of a native dead-letter queue', () => {
  test('are moved by a task of SQS, each to its own queue, with a plan that says what SQS resets', async () => {
    it.move('first');
    it.move('second', { from: REFUNDS });
    it.answers = [true];
    const { exitCode, out, err } = await it.redrive({ yes: false, rate: 50 });
    expect(err).toContain('1 to SourceOrders');
    expect(err).toContain('SQS moves all messages of the queue with one task (StartMessageMoveTask), also those that come until it ends, at most 50 a second.');
    expect(err).toContain('each has a new message ID, a new sent time, a receive count of 0');
    expect(it.questions).toEqual(['Move all messages of OrdersDlq to the queues that they come from?']);
    expect(out).toContain('SQS moved about 2 messages.');
    expect(exitCode).toBe(ExitCode.DONE);
    expect(it.sqs.callsOf<StartMessageMoveTaskCommandInput>('StartMessageMoveTask')).toEqual([
      { SourceArn: arnOf(DLQ), DestinationArn: undefined, MaxNumberOfMessagesPerSecond: 50 },
    ]);
    expect([it.bodies(ORDERS), it.bodies(REFUNDS), it.bodies(DLQ)]).toEqual([['first'], ['second'], []]);
    expect(it.audit.map(({ result, reason }) => [result, reason])).toEqual([['move started', undefined], ['move ended', 'COMPLETED']]);
  });

  test('go to the queue of --to-queue', async () => {
    it.move('first');
    expect(await it.redrive({ toQueue: 'SourceRefunds' })).toMatchObject({ exitCode: ExitCode.DONE });
    expect(it.sqs.moves).toMatchObject([{ DestinationArn: arnOf(REFUNDS), Status: 'COMPLETED' }]);
    expect(it.bodies(REFUNDS)).toEqual(['first']);
  });

  test('are not moved by a second task while one runs: it is named, with the command that cancels it', async () => {
    it.move('first');
    it.sqs.moves.push({
      Status: 'RUNNING', SourceArn: arnOf(DLQ), TaskHandle: 'other', StartedTimestamp: Date.UTC(2026, 0, 1), ApproximateNumberOfMessagesMoved: 7, ApproximateNumberOfMessagesToMove: 9,
    });
    // The fake moves a message at each look.
    it.move('second');
    const { exitCode, out } = await it.redrive();
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(out).toContain('A move task of OrdersDlq is RUNNING, started 2026-01-01T00:00:00.000Z, to the source queues: it has moved about 8 messages of 9.');
    expect(out).toContain('aws sqs cancel-message-move-task --task-handle other');
    expect(it.sqs.callsOf('StartMessageMoveTask')).toEqual([]);
  });

  test('are left to a task that began after the plan, or whose answer was lost', async () => {
    it.move('first');
    it.move('second');
    it.sqs.on('StartMessageMoveTask', () => {
      it.sqs.moves.push({ Status: 'RUNNING', SourceArn: arnOf(DLQ), TaskHandle: 'other', StartedTimestamp: Date.UTC(2026, 0, 1) });
    });
    const { exitCode, out } = await it.redrive();
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(out).toContain('A move task of OrdersDlq is RUNNING, started 2026-01-01T00:00:00.000Z');
    expect(it.sqs.callsOf('SendMessage')).toEqual([]);
    expect(it.audit.map(({ result, reason }) => [result, reason])).toEqual([['move started', undefined], ['move ended', 'refused']]);
  });

  test('stay where the move is cancelled by Ctrl-C, but for those that were moved', async () => {
    for (let number = 0; number < 20; number++) it.move(`message ${number}`);
    let looks = 0;
    it.sqs.on('ListMessageMoveTasks', () => {
      if (++looks === 4) it.stop.abort();
    });
    const { exitCode, out } = await it.redrive();
    expect(exitCode).toBe(ExitCode.INTERRUPTED);
    expect(it.sqs.moves).toMatchObject([{ Status: 'CANCELLED' }]);
    const moved = it.bodies(ORDERS).length;
    expect(moved).toBeGreaterThan(0);
    expect(moved + it.bodies(DLQ).length).toBe(20);
    expect(out).toContain(`Cancelled: SQS had moved about ${moved} messages; the others stay.`);
    expect(it.audit.map(({ result }) => result)).toEqual(['move started', 'move cancelled', 'move ended']);
  });

  test('go on without the tool where it cannot watch the task any more, which it says', async () => {
    it.move('first');
    it.move('second');
    let looks = 0;
    it.sqs.on('ListMessageMoveTasks', () => {
      if (++looks > 1) throw sqsError('ExpiredToken', 'The security token included in the request is expired');
    });
    const { error, err } = await it.redrive();
    expect(error?.name).toBe('ExpiredToken');
    expect(err).toContain(`the task goes on in AWS: watch it by \`aws sqs list-message-move-tasks --source-arn ${arnOf(DLQ)}\``);
    expect(it.sqs.moves).toMatchObject([{ Status: 'RUNNING' }]);
  });

  test('are reported as moved where the queue cannot be looked at afterwards', async () => {
    it.move('first');
    it.sqs.on('StartMessageMoveTask', () => it.sqs.failAlways('GetQueueAttributes', sqsError('AccessDenied', 'no')));
    const { exitCode, out } = await it.redrive();
    expect([exitCode, out]).toEqual([ExitCode.DONE, expect.stringContaining('SQS moved about 1 message.')]);
  });

  test('are reported with the reason of a task that fails', async () => {
    it.move('first');
    it.sqs.on('StartMessageMoveTask', () => {
      it.sqs.put(DLQ, { body: 'from nowhere' });
    });
    const { exitCode, out } = await it.redrive();
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(out).toContain('The task ended with FAILED after about 1 message: CouldNotDetermineMessageSource.');
    expect(out).toContain('About 1 message is in OrdersDlq now');
    expect(it.audit.map(({ result, reason }) => [result, reason])).toEqual([['move started', undefined], ['move ended', 'FAILED']]);
  });

  test('are sent one by one where a task would fail on one, which stays with a reason', async () => {
    it.move('first');
    it.sqs.put(DLQ, { body: 'from nowhere' });
    const { exitCode, out, err } = await it.redrive();
    expect(err).toContain('The tool sends them message by message: a move task of SQS fails where a message can go nowhere, and 1 message cannot.');
    expect(out).toContain('NoSource: it does not name the queue that it comes from: --to-queue NAME says where it goes');
    expect(exitCode).toBe(ExitCode.LEFT);
    expect([it.bodies(ORDERS), it.bodies(DLQ)]).toEqual([['first'], ['from nowhere']]);
  });

  test.each([
    ['SQS refuses a task', () => it.sqs.failNext('StartMessageMoveTask', sqsError('UnsupportedOperation', 'no')), 'SQS starts no move task (UnsupportedOperation: no)'],
    ['no task may be listed', () => it.sqs.failNext('ListMessageMoveTasks', sqsError('AccessDenied', 'no')), 'SQS does not say which move tasks there are (AccessDenied: no)'],
    ['no source queue is known', () => (it.dlq = { functions: [], native: { sourceArns: [] } }), 'no queue is known that has this one as its dead-letter queue'],
  ])('are sent one by one where %s', async (_, arrange, reason) => {
    arrange();
    it.move('first');
    const { exitCode, err } = await it.redrive();
    expect(err).toContain(reason);
    expect(exitCode).toBe(ExitCode.DONE);
    expect(it.bodies(ORDERS)).toEqual(['first']);
  });

  test('are sent one by one at a rate that SQS does not take', async () => {
    it.move('first');
    expect((await it.redrive({ rate: 0.5 })).err).toContain('the rate of a move task of SQS is a whole number from 1 to 500, got: --rate 0.5');
    expect(it.bodies(ORDERS)).toEqual(['first']);
  });
});

describe('chosen messages of a native dead-letter queue', () => {
  test('are sent as they are, with all attributes, and deleted after that', async () => {
    const attributes = { kind: { DataType: 'String', StringValue: 'refund' }, raw: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) } };
    it.move('{"amount":10}', { attributes, system: { AWSTraceHeader: 'Root=1-2-3' } });
    it.move('{"amount":2}');
    const { exitCode, out } = await it.redrive({ where: 'body.amount > `5` && attributes.kind == \'refund\' && source == \'SourceOrders\'' });
    expect(out).toContain('1 message sent.');
    expect(exitCode).toBe(ExitCode.DONE);
    expect(it.sqs.callsOf<SendMessageCommandInput>('SendMessage')).toEqual([{
      QueueUrl: ORDERS, MessageBody: '{"amount":10}', MessageAttributes: attributes,
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-2-3' } },
    }]);
    expect(it.bodies(DLQ)).toEqual(['{"amount":2}']);
    expect(it.audit.map(({ result, to }) => [result, to])).toEqual([['begun', arnOf(ORDERS)], ['sent', arnOf(ORDERS)]]);
  });

  test('are those of the ids that are given, or as many as --limit says', async () => {
    it.move('first');
    const id = it.move('second');
    it.move('third');
    expect(await it.redrive({}, { args: [id] })).toMatchObject({ exitCode: ExitCode.DONE });
    expect(it.bodies(ORDERS)).toEqual(['second']);
    expect(await it.redrive({ limit: 1 })).toMatchObject({ exitCode: ExitCode.DONE });
    expect(it.bodies(ORDERS)).toHaveLength(2);
    expect(it.sqs.callsOf('StartMessageMoveTask')).toEqual([]);
  });

  test('stay where their queue does not accept them, and the run goes on with other queues', async () => {
    it.move('first');
    it.move('second');
    it.move('third', { from: REFUNDS });
    it.sqs.on('SendMessage', ({ QueueUrl }: SendMessageCommandInput) => {
      if (QueueUrl === ORDERS) throw sqsError('AccessDenied', 'User: mia is not authorized to perform: sqs:sendmessage');
    });
    const { exitCode, out } = await it.redrive({ limit: 10, concurrency: 1 });
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(out).toContain('nothing can be sent to SourceOrders');
    expect([it.bodies(REFUNDS), it.bodies(DLQ)]).toEqual([['third'], ['first', 'second']]);
    expect(it.sqs.callsOf('SendMessage')).toHaveLength(2);
  });

  test('that are over the limit of their queue stay', async () => {
    it.sqs.createQueue(ORDERS, { MaximumMessageSize: '1024' });
    it.move('x'.repeat(1_025));
    const { exitCode, err } = await it.redrive({ limit: 5 });
    expect(err).toContain('a message of SourceOrders must have at most 1024 bytes, got: 1025; raise the limit of the queue, or give --to-queue NAME');
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(it.bodies(DLQ)).toHaveLength(1);
  });

  test('of exactly the limit of SQS go with ten attributes, bytes among them', async () => {
    const attributes = Object.fromEntries(Array.from({ length: 10 }, (_, place) => [
      `attribute${place}`, place % 2 ? { DataType: 'Binary.gif', BinaryValue: new Uint8Array([place, 255]) } : { DataType: 'Number', StringValue: '5' },
    ]));
    // Names, types and values count.
    const body = 'x'.repeat(1_048_576 - 10 * 'attribute0'.length - 5 * ('Binary.gif'.length + 2) - 5 * ('Number'.length + 1));
    it.move(body, { attributes });
    it.move(`${body}x`, { attributes });
    const { exitCode, err } = await it.redrive({ limit: 5 });
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(err).toContain('must have at most 1048576 bytes, got: 1048577');
    expect(it.sqs.callsOf<SendMessageCommandInput>('SendMessage')).toMatchObject([{ MessageBody: body, MessageAttributes: attributes }]);
    expect(it.bodies(DLQ)).toEqual([`${body}x`]);
  });

  test('of the Extended Client are sent as they are: the object stays where it is', async () => {
    const pointer = JSON.stringify(['software.amazon.payloadoffloading.PayloadS3Pointer', { s3BucketName: 'theirs', s3Key: 'gone' }]);
    const attributes = { ExtendedPayloadSize: { DataType: 'Number', StringValue: '300000' } };
    it.move(pointer, { attributes });
    expect(await it.redrive({ limit: 1 })).toMatchObject({ exitCode: ExitCode.DONE });
    expect(it.sqs.callsOf<SendMessageCommandInput>('SendMessage')).toMatchObject([{ MessageBody: pointer, MessageAttributes: attributes }]);
  });

  test('that were sent but cannot be deleted are reported: the next run would send them again', async () => {
    it.move('first');
    it.sqs.failAlways('DeleteMessageBatch', sqsError('AccessDenied', 'User: mia is not authorized to perform: sqs:deletemessage'));
    const { error, err } = await it.redrive({ limit: 1 });
    expect(error?.name).toBe('AccessDenied');
    expect(err).toContain('could not be removed from ');
    expect(it.audit.map(({ result }) => result)).toEqual(['begun', 'sent', 'not deleted']);
  });
});

describe('messages of a FIFO dead-letter queue', () => {
  const fifo = { queueUrl: FIFO_DLQ };
  const put = (body: string, groupId: string) =>
    it.move(body, { to: FIFO_DLQ, from: FIFO_ORDERS, groupId, system: { MessageDeduplicationId: body } });

  test('keep their group and order, and have a new deduplication id in each run', async () => {
    for (const body of ['a1', 'b1', 'a2', 'a3']) put(body, body[0]);
    const { exitCode, err } = await it.redrive({ limit: 100 }, fifo);
    expect(exitCode).toBe(ExitCode.DONE);
    expect(err).toContain('each message gets a new deduplication ID');
    expect(it.sqs.messages(FIFO_ORDERS).filter(({ groupId }) => groupId === 'a').map(({ body }) => body)).toEqual(['a1', 'a2', 'a3']);
    // What was sent fails again at once, and comes back.
    const sent = () => it.sqs.callsOf<SendMessageCommandInput>('SendMessage').map(({ MessageDeduplicationId: id }) => id);
    const [first] = sent();
    const message = it.sqs.messages(FIFO_DLQ);
    expect(message).toEqual([]);
    it.move('a1', { to: FIFO_DLQ, from: FIFO_ORDERS, groupId: 'a', messageId: first!.slice(0, 36) });
    expect(await it.redrive({ limit: 100 }, fifo)).toMatchObject({ exitCode: ExitCode.DONE });
    expect(new Set(sent()).size).toBe(5);
    expect(it.bodies(FIFO_ORDERS)).toHaveLength(5);
  });

  test('are not sent behind one of their group that was not accepted', async () => {
    for (const body of ['a1', 'a2', 'b1']) put(body, body[0]);
    it.sqs.on('SendMessage', ({ MessageBody }: SendMessageCommandInput) => {
      if (MessageBody === 'a1') throw sqsError('InvalidMessageContents', 'no');
    });
    const { exitCode, out } = await it.redrive({ limit: 100 }, fifo);
    expect(exitCode).toBe(ExitCode.LEFT);
    expect(out).toContain('Behind: an earlier message of the same group was not sent, and the queue keeps the order');
    expect([it.bodies(FIFO_ORDERS), it.bodies(FIFO_DLQ)]).toEqual([['b1'], ['a1', 'a2']]);
  });

  test('that are chosen from behind others of their group are warned of', async () => {
    for (const body of ['a1', 'b1', 'a2']) put(body, body[0]);
    const { err } = await it.redrive({ where: 'body == \'a2\'', dryRun: true }, fifo);
    expect(err).toContain('1 chosen message of a FIFO group has others of the group in front that stay: it arrives before those');
  });

  test('go to no standard queue', async () => {
    put('a1', 'a');
    expect((await it.redrive({ toQueue: 'SourceOrders' }, fifo)).error?.message)
      .toBe('--to-queue must be a FIFO queue, as OrdersDlq.fifo is, got: SourceOrders, a standard queue.');
  });
});

describe('options', () => {
  test.each([
    [{ toStream: true }, '--to-stream'], [{ function: 'orders' }, '--function'], [{ onlyFailedRecords: true }, '--only-failed-records'],
    [{ include: ['SUPERSET'] as const }, '--include'], [{ pick: true, where: 'body' }, '--pick'], [{ check: true }, '--check'], [{ remote: 'status' as const }, '--remote'],
  ])('%j is refused: it is for dead letters of a stream', async (options, name) => {
    expect((await it.redrive(options)).error?.message).toContain(`${name} is for dead letters of a stream, got: ${DLQ}`);
  });

  test('filters by what only dead letters of a stream have are refused', async () => {
    expect((await it.redrive({ filter: ['status=COMPLETE'] })).error?.message)
      .toBe('--filter status= is for dead letters: messages that SQS moved here can be chosen by id, since, until.');
  });

  test('--to-queue is refused for the queue of a StreamDlq, and for the dead-letter queue itself', async () => {
    expect((await it.redrive({ toQueue: 'OrdersDlq' })).error?.message).toBe('--to-queue must be another queue than the dead-letter queue, got: OrdersDlq.');
    it.dlq = { functions: [{ role: 'hydrate', functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:hydrate' }] };
    expect((await it.redrive({ toQueue: 'SourceOrders' }, { queueUrl: QUEUE })).error?.message).toContain('the queue of a StreamDlq; leave --to-queue out');
  });

  test('--to-queue goes with a queue alone', () => {
    const options = { include: [], filter: [], skip: [], toQueue: 'orders', parked: true };
    expect(() => redrive.check!([], options as never)).toThrow('--to-queue cannot be used with --parked');
  });
});

test('a message among dead letters of a stream that SQS moved there is left, and --to-queue sends it', async () => {
  it.dlq = { functions: [] };
  it.move('first');
  const { exitCode, err } = await it.redrive();
  expect(exitCode).toBe(ExitCode.LEFT);
  expect(err).toContain('SQS moved it here from SourceOrders as it was sent: "redrive ID --to-queue NAME" sends it to a queue');
  expect(await it.redrive({ toQueue: 'SourceOrders' })).toMatchObject({ exitCode: ExitCode.DONE });
  expect(it.bodies(ORDERS)).toEqual(['first']);
});
