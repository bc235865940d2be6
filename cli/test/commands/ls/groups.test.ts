import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { toEventRecord as toDynamoEvent } from '../../../../lambda/shared/stream/dynamo-event-record';
import { toEventRecord } from '../../../../lambda/shared/stream/kinesis-event-record';
import { dynamoFailureRecord, dynamoRecord, TABLE_STREAM_ARN } from '../../../../test/support/dynamo-records';
import { SHARD_ID, STREAM_ARN, streamRecord } from '../../../../test/support/records';
import * as ls from '../../../commands/ls/run';
import { putFailed } from '../../support/failed-batches';
import { logsError } from '../../support/fake-logs';
import { deadLetterOf, Operation, QUEUE, type RunHow, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { lsOptions } from '../../support/peek-options';
import { skipWaits } from '../../support/skip-waits';

skipWaits();
let it: Operation;
beforeEach(() => {
  it = new Operation();
});
afterEach(() => it.close());

const HOUR = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * HOUR);
const list = (more: Parameters<typeof lsOptions>[0], how: RunHow = {}) => it.run(ls, lsOptions(more), how);

interface GroupsDocument {
  readonly groups: readonly Record<string, never>[];
  readonly notLookedUp: number;
  readonly logCalls: { readonly calls: number };
}
const groupsOf = async (more: Parameters<typeof lsOptions>[0]) => {
  const { document, ...run } = await list(more, { json: true });
  return { ...run, ...(document as unknown as GroupsDocument) };
};

/** Three of one error in three hours, and one of another. */
async function putErrors(): Promise<void> {
  for (const place of [0, 1, 2]) await putFailed(it, { from: place * 10, message: `order ${place} has no quantity`, failedAt: ago(3 - place) });
  await putFailed(it, { from: 40, type: 'TypeError', message: 'x is\u001b[31m not a function', failedAt: ago(1) });
}

describe('ls --by error', () => {
  test('counts dead letters of the same reason, the largest group first, with an id for --group', async () => {
    await putErrors();
    const { out, exitCode } = await list({ by: 'error' });
    expect(exitCode).toBe(0);
    const [title, first, second] = out.split('\n');
    expect(title).toMatch(/^group +dead letters +records +first +last +one of them +error +function/i);
    expect(first).toMatch(/^[\da-f]{12} +3 +9 +3h +1h +\w{8} +OrderError: order \d has no quantity +orders/);
    expect(second).toMatch(/^[\da-f]{12} +1 +3 +1h +1h +\w{8} +TypeError: x is\\u001b\[31m not a function/);
    expect(out).toMatch(new RegExp(`After a fix, send the first group again:\n {4}npx stream-dlq redrive --group ${first.slice(0, 12)}`));
  });

  test('leads to show, not to redrive, where a group holds no records, as in a queue of plain failure records', async () => {
    const { deadLetter: { payload: _, hydration: __, ...plain } } = await putFailed(it, { from: 0, queueUrl: UNDELIVERABLE_QUEUE });
    it.sqs.put(QUEUE, { body: JSON.stringify(plain) });
    const { out } = await list({ by: 'error' });
    expect(out).toMatch(/^[\da-f]{12} +1 +0 +1h +1h +\w{8} +OrderError: no quantity/m);
    expect(out).toMatch(/The first group holds no records to send\. See how to get those of one of its dead letters:\n {4}npx stream-dlq show \w{8}/);
    expect(out).not.toContain('redrive');
  });

  test('gives programs the groups, and what it took', async () => {
    await putErrors();
    const { groups, notLookedUp, logCalls } = await groupsOf({ by: 'error' });
    expect(groups).toEqual([
      expect.objectContaining({
        group: expect.any(String), error: { type: 'OrderError', message: expect.any(String) }, deadLetters: 3, records: 9, functions: ['orders'],
      }),
      expect.objectContaining({ error: { type: 'TypeError', message: 'x is\u001b[31m not a function' }, deadLetters: 1, records: 3 }),
    ]);
    expect([notLookedUp, logCalls.calls]).toEqual([0, it.logs.calls.length]);
  });

  test('reads the log of a failure once: the next time the reason is known', async () => {
    await putErrors();
    await list({ by: 'error' });
    const calls = it.logs.calls.length;
    const { groups } = await groupsOf({ by: 'error', logs: false });
    expect(it.logs.calls).toHaveLength(calls);
    expect(groups.map(({ deadLetters }) => deadLetters)).toEqual([3, 1]);
  });

  test('reads the logs of the newest 100, or of all that --limit allows', async () => {
    for (let place = 0; place < 103; place++) await putFailed(it, { from: place * 10, failedAt: ago(place + 1) });
    it.logs.pageLines = 1_000;
    const newest = await groupsOf({ by: 'error' });
    expect([newest.groups[0].deadLetters, newest.notLookedUp]).toEqual([100, 3]);
    expect((await list({ by: 'error' })).err).toContain(
      'the logs of 3 dead letters were not read: the newest come first, and --limit with a number looks up all of them');
    expect((await groupsOf({ by: 'error', limit: 200 }))).toMatchObject({ groups: [{ deadLetters: 103 }], notLookedUp: 0 });
  });

  test('reads no log with --no-logs: the failure record says why a batch was too old', async () => {
    await putErrors();
    const whole = deadLetterOf({ from: 90, to: 92 });
    const { responseContext: _, ...aged } = whole;
    await it.put({ ...aged, requestContext: { ...whole.requestContext, condition: 'RecordAgeExceeded' } } as typeof whole);
    const { groups, notLookedUp, err } = await groupsOf({ by: 'error', logs: false });
    expect(groups).toMatchObject([{ error: { type: 'RecordAgeExceeded' }, deadLetters: 1 }]);
    expect(notLookedUp).toBe(4);
    expect(err).toContain('the logs of 4 dead letters were not read: --no-logs');
    expect(it.logs.calls).toEqual([]);
  });

  test('says why no reason was found, and what to do', async () => {
    await putErrors();
    await putFailed(it, { from: 60, isUnlogged: true, failedAt: ago(1) });
    it.logs.failNext('FilterLogEvents', logsError('AccessDeniedException', 'no'));
    const { out } = await list({ by: 'error' });
    expect(out).toContain('no reason found (Denied)');
    expect(out).toMatch(/dead letters?, Denied: not allowed/);
    const after = await list({ by: 'error' });
    expect(after.out).toContain('1 dead letter, NoLogLine: ');
    expect(after.out.indexOf('no reason found')).toBeGreaterThan(after.out.indexOf('TypeError'));
  });

  test('finds the reason of a dead letter whose body is in S3', async () => {
    await putFailed(it, { from: 0, maxMessageBytes: 100 });
    expect((await groupsOf({ by: 'error' })).groups).toMatchObject([{ error: { type: 'OrderError' }, deadLetters: 1 }]);
  });

  test('prints the groups so far after Ctrl-C', async () => {
    await putErrors();
    const { clients } = it;
    it.more = { logReader: async (region) => {
      it.stop.abort();
      return clients.logReader(region);
    } };
    const { exitCode, out } = await list({ by: 'error' });
    expect(exitCode).toBe(130);
    expect(out).toContain('Stopped: the search was stopped');
    expect(it.sqs.visible(QUEUE)).toHaveLength(4);
  });

  test('counts what is no dead letter for itself', async () => {
    it.sqs.put(QUEUE, { body: 'hello' });
    expect((await groupsOf({ by: 'error' })).groups).toMatchObject([{ notFound: { name: 'NotADeadLetter' }, deadLetters: 1, records: 0 }]);
  });
});

describe('ls --by', () => {
  test.each([
    ['function', { function: 'orders' }], ['shard', { shard: SHARD_ID }],
  ] as const)('%s counts by what is known without bodies', async (by, document) => {
    for (const from of [0, 10, 20]) await putFailed(it, { from, maxMessageBytes: 100 });
    it.objects.clear();
    expect((await groupsOf({ by })).groups).toMatchObject([{ ...document, deadLetters: 3, records: 9 }]);
    expect(it.logs.calls).toEqual([]);
  });

  test('hour counts by the hour of the failure, of undeliverables by the hour that they were sent in', async () => {
    const hour = (hours: number) => ago(hours).toISOString().replace(/:.*/, ':00Z');
    for (const [place, hours] of [5, 5, 2].entries()) await putFailed(it, { from: place * 10, failedAt: ago(hours) });
    expect((await groupsOf({ by: 'hour' })).groups).toMatchObject([{ hour: hour(5), deadLetters: 2 }, { hour: hour(2), deadLetters: 1 }]);
    it.sqs.put(UNDELIVERABLE_QUEUE, { body: '{}' });
    expect((await groupsOf({ by: 'hour', undeliverables: true })).groups).toMatchObject([{ deadLetters: 1 }]);
    const { error } = await list({ by: 'error', undeliverables: true });
    expect(error?.message).toBe('--by error is for dead letters: undeliverables can be grouped by hour.');
  });

  test('key counts a dead letter in the group of each of its keys', async () => {
    const record = (place: number, PartitionKey: string) =>
      toEventRecord(streamRecord(place, { PartitionKey }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
    await it.put(deadLetterOf({ records: [record(0, 'mia'), record(1, 'mia'), record(2, 'noa')] }));
    await it.put(deadLetterOf({ from: 3, to: 3, records: [record(3, 'mia')] }), QUEUE, 100);
    const Keys = { id: { S: 'order-1' }, line: { N: '2' } };
    const change = toDynamoEvent(dynamoRecord(0, { Keys }), TABLE_STREAM_ARN);
    await it.put(toDeadLetter(dynamoFailureRecord({ from: 0, to: 0 }), { records: [change], hasStart: true, hasEnd: true }));
    const { groups, exitCode } = await groupsOf({ by: 'key' });
    const { first: _first, last: _last, example: _example, ...mia } = groups[0] as Record<string, unknown>;
    expect(mia).toEqual({ key: 'mia', deadLetters: 2, records: 3, functions: ['orders'] });
    expect(groups.slice(1)).toEqual(expect.arrayContaining([
      expect.objectContaining({ keys: { id: 'order-1', line: 2 }, deadLetters: 1, records: 1 }), expect.objectContaining({ key: 'noa', deadLetters: 1, records: 1 }),
    ]));
    expect(exitCode).toBe(0);
    it.objects.clear();
    expect(await list({ by: 'key' })).toMatchObject({
      exitCode: 1, err: expect.stringContaining('1 dead letter could not be read: the body of the dead letter cannot be read'),
    });
  });

  test('goes with what chooses messages', async () => {
    await putErrors();
    const { groups: [{ group }] } = await groupsOf({ by: 'error' });
    expect((await groupsOf({ by: 'hour', group })).groups).toHaveLength(3);
    expect((await groupsOf({ by: 'error', where: 'data.order == `41`' })).groups).toMatchObject([{ error: { type: 'TypeError' } }]);
  });
});
