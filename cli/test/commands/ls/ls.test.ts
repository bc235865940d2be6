import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { UNDELIVERABLE_REASON } from '../../../../src/contract';
import { failureRecord, notificationText, STREAM_ARN } from '../../../../test/support/records';
import { ls } from '../../../commands/ls/command';
import { type LsOptions, run } from '../../../commands/ls/run';
import { FIFO_QUEUE, deadLetterOf, Operation, PARKING_QUEUE, QUEUE, type RunHow, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { lsOptions } from '../../support/peek-options';
import { type TableDeadLetter, tableDeadLetter } from '../../support/table-dead-letter';

let operation: Operation;
beforeEach(() => {
  operation = new Operation();
  operation.dlq = { ...operation.dlq, retentionSeconds: 1_209_600 };
});
afterEach(() => operation.close());

const list = (given: Partial<LsOptions> = {}, how: RunHow = {}) => operation.run({ run }, lsOptions(given), how);

/** Rows of the table, cut at its columns. */
const rowsIn = (out: string) => out.split('\n\n')[0].split('\n').map((line) => line.split(/ {2,}/));

const withTimestamp = (body: string, time: number) => body.replace(/"timestamp":"[^"]+"/, `"timestamp":"${new Date(time).toISOString()}"`);

/** Messages are sent in the middle of a minute: a look that takes a while sees the same ages. */
const HALF_A_MINUTE = 30_000;

/** Puts a dead letter of a batch that failed so long ago. */
async function putAged(minutes: number, deadLetter = deadLetterOf()): Promise<string> {
  const id = await operation.put(deadLetter);
  const stored = operation.sqs.messages(QUEUE).find(({ messageId }) => messageId === id)!;
  const failedAt = Date.now() - minutes * 60_000;
  Object.assign(stored, { sentAt: failedAt + HALF_A_MINUTE, body: withTimestamp(stored.body, failedAt) });
  return deadLetter.hydration.deadLetterId;
}

describe('ls', () => {
  test('counts values on lines of their own: none of them makes up a line, or a colour', async () => {
    operation.sqs.put(PARKING_QUEUE, { body: JSON.stringify(deadLetterOf()), attributes: {
      [UNDELIVERABLE_REASON]: { DataType: 'String', StringValue: 'Error: one\n\u001b[32m  status     COMPLETE 99' },
    } });
    const { out } = await list({ parked: true });
    expect(out).toContain('  reason     Error: one\\u000a\\u001b[32m  status     COMPLETE 99 1\n');
  });

  test('has a row for each dead letter, the oldest first, and counts them', async () => {
    const second = await putAged(5, deadLetterOf({ from: 3, to: 5, status: 'SUPERSET' }));
    const first = await putAged(90);
    const third = await putAged(2, deadLetterOf({ from: 9, to: 11, status: 'PARTIAL' }));
    const { exitCode, out, err } = await list();
    expect(exitCode).toBe(0);
    expect(rowsIn(out)).toEqual([
      ['ID', 'STATUS', 'RECORDS', 'FUNCTION', 'CONDITION', 'SHARD', 'FAILED', 'EXPIRES', 'RECEIVES', 'SIZE'],
      [first.slice(0, 8), 'COMPLETE', '3/3', 'orders', 'RetryAttemptsExhausted', '000000', '1h', '13d', '1', '2.3 KiB'],
      [second.slice(0, 8), 'SUPERSET', '4/3', 'orders', 'RetryAttemptsExhausted', '000000', '5m', '13d', '1', '2.8 KiB'],
      [third.slice(0, 8), 'PARTIAL', '2/3', 'orders', 'RetryAttemptsExhausted', '000000', '2m', '13d', '1', expect.stringMatching(/KiB$/)],
    ]);
    expect(out.split('\n\n')[1]).toBe([
      '3 dead letters in Orders, 9 records, failed 1h to 2m ago',
      '  status     COMPLETE 1   PARTIAL 1   SUPERSET 1',
      '  function   orders 3',
      '  condition  RetryAttemptsExhausted 3',
      '  shard      shardId-000000000000 3',
      '  age        under 15m 2   1h to 1d 1',
      '',
    ].join('\n'));
    expect(err).toContain('looked at 3 messages (dead letters); all are in the queue again');
  });

  test('of one dead letter speaks of one', async () => {
    await putAged(5, deadLetterOf({ from: 0, to: 0 }));
    const { out, err } = await list();
    expect(out).toContain('1 dead letter in Orders, 1 record, failed 5m ago');
    expect(err).toContain('looked at 1 message (dead letters); all are in the queue again');
  });

  test('of an empty queue says so, and nothing else', async () => {
    const { exitCode, out, err } = await list();
    expect([exitCode, out, err]).toEqual([0, 'no dead letters in Orders\n', '']);
  });

  test('says that others have messages', async () => {
    operation.dlq = { ...operation.dlq, messages: { visible: 0, inFlight: 3, delayed: 0 } };
    expect((await list()).err).toContain('about 3 more are in flight or delayed');
  });

  test('says that others look at the same time, as far as SQS can tell', async () => {
    await putAged(5);
    operation.dlq = { ...operation.dlq, messages: { visible: 1_300, inFlight: 0, delayed: 0 } };
    const { err } = await list();
    expect(err).toContain('looked at 1 message (dead letters); all are in the queue again; about 1,299 more in the queue were not looked at\n');
    expect(err).toContain('SQS did not return them: another consumer has them, or the count of SQS is not exact');
    expect((await list({ limit: 1 })).err).not.toContain('those others did not come');
  });

  test('reads nothing of S3: where a body is, is in its message', async () => {
    await operation.put(deadLetterOf(), QUEUE, 1_024);
    operation.more = { s3: () => Promise.reject(new Error('S3 is not to be asked')) };
    expect(rowsIn((await list()).out)[1].at(-1)).toBe('S3 2.3 KiB');
  });

  test('looks at no more than its limit, and says about how many there are beside', async () => {
    for (let index = 0; index < 15; index++) await putAged(1, deadLetterOf({ from: index, to: index }));
    const { out, err } = await list({ limit: 4 });
    expect(rowsIn(out)).toHaveLength(5);
    expect(out).toContain('4 of about 15 dead letters in Orders looked at, a sample, 4 records, failed 1m ago\n');
    expect(err).toContain('looked at 4 messages (dead letters); all are in the queue again; about 11 more in the queue were not looked at');
    expect(operation.sqs.messages(QUEUE).filter(({ receives }) => receives > 0)).toHaveLength(4);
  });

  test('does not pass a sample for all that matches', async () => {
    for (let index = 0; index < 15; index++) await putAged(1, deadLetterOf({ from: index, to: index }));
    expect((await list({ limit: 4, filter: ['status=COMPLETE'] })).out).toContain(
      '4 of about 15 dead letters in Orders looked at, a sample, 4 dead letters, matching --filter status=COMPLETE, 4 records, failed 1m ago\n',
    );
    expect((await list({ limit: 4, filter: ['status=PARTIAL'] })).out).toContain(
      'none of 4 of about 15 dead letters in Orders looked at, matching --filter status=PARTIAL\n',
    );
  });

  test('groups the digits of large numbers', async () => {
    for (let index = 0; index < 1_001; index++) operation.sqs.put(QUEUE, { body: 'not JSON' });
    operation.dlq = { ...operation.dlq, messages: { visible: 1_001, inFlight: 2_000, delayed: 0 } };
    const { out, err } = await list({ limit: 2_000 });
    expect(out).toContain('1,001 dead letters in Orders');
    expect(out).toContain('  age  under 15m 1,001');
    expect(err).toContain('about 2,000 more are in flight');
  });

  test('shows what matches its filter', async () => {
    await putAged(5);
    await putAged(5, deadLetterOf({ from: 3, to: 5, status: 'PARTIAL' }));
    const { out } = await list({ filter: ['status=PARTIAL', 'since=1h'] });
    expect(rowsIn(out).slice(1).map((row) => row[1])).toEqual(['PARTIAL']);
    expect(out).toContain('1 dead letter in Orders, matching --filter status=PARTIAL,since=1h, 2 records');
    expect((await list({ filter: ['status=PARTIAL'] })).out).not.toContain('what there is to match');
  });

  test('says what there is where nothing matches its filter', async () => {
    await putAged(5);
    await putAged(5, deadLetterOf({ from: 3, to: 5, status: 'PARTIAL' }));
    const { exitCode, out } = await list({ filter: ['function=Order'] });
    expect(exitCode).toBe(0);
    expect(out).toBe([
      'no dead letters in Orders, matching --filter function=Order',
      'values that can be matched:',
      '  status     COMPLETE 1   PARTIAL 1',
      '  function   orders 2',
      '  condition  RetryAttemptsExhausted 2',
      '  shard      shardId-000000000000 2',
      '  age        under 15m 2',
      '',
    ].join('\n'));
    expect((await list({ filter: ['function=Order'] }, { json: true })).document).toMatchObject({ matched: 0, summary: {}, messages: [] });
  });

  test('goes by when a batch failed, and says when its message was sent where that was later', async () => {
    await putAged(5);
    const imported = await operation.put(deadLetterOf({ from: 3, to: 5 }));
    const stored = operation.sqs.messages(QUEUE).find(({ messageId }) => messageId === imported)!;
    Object.assign(stored, { sentAt: Date.now() - 3 * HALF_A_MINUTE, body: withTimestamp(stored.body, Date.now() - 3 * 3_600_000) });
    const { out } = await list();
    const [titles, ...rows] = rowsIn(out);
    expect(titles.slice(6, 8)).toEqual(['FAILED', 'SENT']);
    expect(rows.map((row) => row.slice(6, 8))).toEqual([['3h', '1m'], ['5m', '4m']]);
    expect(out).toContain('failed 3h to 5m ago');
    expect(out).toContain('  age        under 15m 1   1h to 1d 1');
    expect(rowsIn((await list({ filter: ['since=1h'] })).out)).toHaveLength(3);
  });

  test.each([['its body is in S3', 1_024, (body: string) => body], ['it does not say', 1_048_576, (body: string) => body.replace('timestamp', 'time')]])(
    'says how long ago a batch failed at least, where %s',
    async (_why, maxMessageBytes, change) => {
      await operation.put(deadLetterOf(), QUEUE, maxMessageBytes);
      const [stored] = operation.sqs.messages(QUEUE);
      Object.assign(stored, { sentAt: Date.now() - 7_300_000, body: change(stored.body) });
      const { out } = await list();
      expect(rowsIn(out)[1][6]).toBe('≥2h');
      expect(out).toContain('failed 2h ago');
      expect((await list({}, { json: true })).document?.messages).toEqual([expect.not.objectContaining({ failedAt: expect.anything() })]);
    },
  );

  test('fails if its filter is none, before anything is received', async () => {
    await putAged(5);
    expect((await list({ filter: ['state=x'] })).error).toMatchObject({ exitCode: 2 });
    expect((await list({ filter: ['status=PARTIAL'], undeliverables: true })).error).toMatchObject({ exitCode: 2 });
    expect(operation.sqs.callsOf('ReceiveMessage')).toEqual([]);
  });

  test.each([
    ['age', ['COMPLETE', 'PARTIAL', 'SUPERSET']],
    ['status', ['COMPLETE', 'PARTIAL', 'SUPERSET']],
    ['records', ['SUPERSET', 'COMPLETE', 'PARTIAL']],
    ['function', ['COMPLETE', 'PARTIAL', 'SUPERSET']],
    ['condition', ['COMPLETE', 'PARTIAL', 'SUPERSET']],
    ['shard', ['PARTIAL', 'COMPLETE', 'SUPERSET']],
  ] as const)('is sorted by %s, and by age where that is the same', async (sort, expected) => {
    await putAged(1, deadLetterOf({ from: 6, to: 8, status: 'SUPERSET' }));
    await putAged(3);
    await putAged(2, deadLetterOf({ from: 3, to: 5, status: 'PARTIAL' }));
    const partial = operation.sqs.messages(QUEUE).find(({ attributes }) => attributes.status.StringValue === 'PARTIAL')!;
    if (sort === 'shard') partial.attributes.shardId = { DataType: 'String', StringValue: 'shardId-000' };
    expect(rowsIn((await list({ sort })).out).slice(1).map((row) => row[1])).toEqual(expected);
  });

  test('names the most frequent of many values', async () => {
    for (let index = 0; index < 9; index++) {
      await putAged(1, deadLetterOf({ from: index, to: index }));
      operation.sqs.messages(QUEUE)[index].attributes.shardId = { DataType: 'String', StringValue: `shardId-00000000000${Math.max(1, index)}` };
    }
    const { out } = await list();
    expect(out).toContain('  shard      shardId-000000000001 2   shardId-000000000002 1   shardId-000000000003 1\n');
    expect(out).toContain(`${' '.repeat(13)}shardId-000000000004 1   shardId-000000000005 1   shardId-000000000006 1   and 2 others\n`);
    expect(out).toContain('9 dead letters in Orders, 9 records, failed 1m ago\n');
  });

  test('has a row for what is no dead letter, and says why it is none', async () => {
    const id = operation.sqs.put(QUEUE, { body: 'not JSON \u001b[31m' });
    const { exitCode, out } = await list();
    expect(exitCode).toBe(0);
    expect(rowsIn(out)[1].slice(0, 2)).toEqual([id.slice(0, 8), 'none']);
    expect(out).toContain('not a dead letter: the body must be JSON');
    expect(out).not.toContain('\u001b');
  });

  test('says why messages are parked', async () => {
    await operation.put(deadLetterOf(), PARKING_QUEUE);
    Object.assign(operation.sqs.messages(PARKING_QUEUE)[0].attributes, { [UNDELIVERABLE_REASON]: { DataType: 'String', StringValue: 'PoisonError: poison' } });
    const { out } = await list({ parked: true });
    expect(rowsIn(out)[0].at(-1)).toBe('PARKED BECAUSE');
    expect(rowsIn(out)[1].at(-1)).toBe('PoisonError: poison');
    expect(out).toContain('1 parked message in OrdersParking');
    expect(out).toContain('  reason     PoisonError: poison 1');
  });

  test('says where undeliverables come from, and why', async () => {
    operation.sqs.put(UNDELIVERABLE_QUEUE, {
      sentAt: Date.now() - 3 * HALF_A_MINUTE,
      body: notificationText(failureRecord()), attributes: { [UNDELIVERABLE_REASON]: { DataType: 'String', StringValue: 'another stream' } },
    });
    const { out } = await list({ undeliverables: true });
    expect(rowsIn(out)[0]).toEqual(['MESSAGE', 'FROM', 'SENT', 'EXPIRES', 'RECEIVES', 'SIZE', 'REASON']);
    expect(rowsIn(out)[1]).toEqual([
      operation.sqs.messages(UNDELIVERABLE_QUEUE)[0].messageId.slice(0, 8), 'hydrate function', '1m', expect.stringMatching(/^1[34]d$/), '1',
      expect.stringMatching(/KiB$/), 'another stream',
    ]);
    expect(out).toContain('1 undeliverable in OrdersUndeliverable, sent 1m ago');
    expect(out).toContain('  origin  hydrate function 1');
  });

  test('of a FIFO queue says that others come after those', async () => {
    for (let index = 0; index < 12; index++) await operation.put(deadLetterOf({ from: index, to: index }), FIFO_QUEUE);
    const { out, err } = await list({}, { queueUrl: FIFO_QUEUE });
    expect(rowsIn(out)).toHaveLength(11);
    expect(err).toContain('of a FIFO queue only the first messages of each shard are visible: the next ones follow when these are deleted');
    expect(err).toContain('about 2 more in the queue were not looked at');
  });

  test('knows a queue by itself, whose tags and retention nobody told', async () => {
    await putAged(5);
    operation.dlq = {};
    const { out } = await list();
    expect(rowsIn(out)[1]).toEqual([expect.any(String), 'COMPLETE', '3/3', 'orders', 'RetryAttemptsExhausted', '000000', '5m', '1', '2.3 KiB']);
  });

  test('says how many are of one failure', async () => {
    await putAged(5);
    await putAged(5);
    await putAged(5, deadLetterOf({ from: 3, to: 5 }));
    expect((await list()).out).toContain('\n  1 of these 3 messages is the same failure as another one: each is handled separately.\n');
    expect((await list({}, { json: true })).document).toMatchObject({ matched: 3, repeats: 1 });
  });

  describe('of a table', () => {
    const put = async (how: TableDeadLetter, maxMessageBytes?: number) => operation.put(tableDeadLetter(how), QUEUE, maxMessageBytes);
    const rehydrate = '\n    npx stream-dlq rehydrate\n';

    test('says how long its stream has what is missing', async () => {
      await put({ status: 'UNREADABLE', firstAge: 18.5, from: 0 });
      await put({ status: 'PARTIAL', firstAge: 20.5, lastAge: 10, from: 2, records: 1 });
      await put({ status: 'UNREADABLE', firstAge: 25, from: 4 });
      await put({ status: 'PARTIAL', firstAge: 1, from: 6, records: 1 }, 1_000);
      const { out } = await list();
      expect(out.replace(/\s+/g, ' ')).toMatch(new RegExp([
        String.raw`what is missing: 2 in the stream of the table still, the first until \S+Z \(in 3h\); 1 no longer; `,
        '1 not known, as the body is in S3: "show" says npx',
      ].join('')));
      expect(out).toContain(rehydrate);
      const { document } = await list({}, { json: true });
      expect(document).toMatchObject({ missing: { still: 2, until: expect.stringMatching(/Z$/), noLonger: 1, notKnown: 1 } });
      const inStreamUntil = { firstRecord: expect.stringMatching(/Z$/), lastRecord: expect.stringMatching(/Z$/) };
      expect(document?.messages).toEqual([...Array.from({ length: 3 }, () => expect.objectContaining({ inStreamUntil })), expect.any(Object)]);
    });

    test('says that it is leaving', async () => {
      await put({ status: 'UNREADABLE', firstAge: 24.5, lastAge: 20 });
      expect((await list()).out).toContain('what is missing: 1 in the stream of the table still, the first are leaving it now\n');
    });

    test('does not advise to read what is gone, by its message alone where its body is in S3', async () => {
      await put({ status: 'UNREADABLE', firstAge: 25 });
      await put({ status: 'PARTIAL', firstAge: 48, from: 2, records: 1 }, 1_000);
      Object.assign(operation.sqs.messages(QUEUE)[1], { sentAt: Date.now() - 86_400_000 });
      const { out } = await list();
      expect(out).toContain('  what is missing: 2 no longer in the stream of the table\n');
      expect(out).not.toContain(rehydrate);
    });

    test('says nothing of it where nothing is missing, or where it is known to be gone', async () => {
      await put({ status: 'COMPLETE', firstAge: 1, records: 2 });
      await put({ status: 'EXPIRED', firstAge: 1, from: 2 });
      expect((await list()).out).not.toContain('what is missing');
      expect((await list({}, { json: true })).document).not.toHaveProperty('missing');
    });

    test('says the same of undeliverables', async () => {
      const body = notificationText(tableDeadLetter({ status: 'UNREADABLE', firstAge: 18.5 }));
      operation.sqs.put(UNDELIVERABLE_QUEUE, { body });
      operation.sqs.put(UNDELIVERABLE_QUEUE, { body: notificationText(failureRecord()) });
      const { out } = await list({ undeliverables: true });
      expect(out).toMatch(/what is missing: 1 in the stream of the table still, the first until \S+Z \(in 5h\)\n/);
      expect(out).toContain('\n    npx stream-dlq rehydrate --undeliverables\n');
    });
  });

  test('says how long a Kinesis stream has what is missing, and asks it once', async () => {
    const arrival = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    const put = async (from: number, hours: number, maxMessageBytes?: number) => {
      const batch = { from, to: from + 2, approximateArrivalOfFirstRecord: arrival(hours), approximateArrivalOfLastRecord: arrival(hours) };
      const deadLetter = toDeadLetter(failureRecord(batch), { records: [], hasStart: false, hasEnd: false, unreadable: true });
      await operation.put(deadLetter, QUEUE, maxMessageBytes);
    };
    operation.retentions.set(STREAM_ARN, 48);
    await put(0, 42.5);
    await put(3, 50);
    await put(6, 1, 1_000);
    const { out } = await list();
    expect(out.replace(/\s+/g, ' ')).toMatch(new RegExp([
      String.raw`what is missing: 1 in the stream still, the first until \S+Z \(in 5h\); 1 no longer; 1 not known, as the body is in S3: "show" says `,
      'npx stream-dlq rehydrate',
    ].join('')));
    expect(operation.askedStreams).toEqual([STREAM_ARN]);
  });

  test('says nothing of how long a Kinesis stream has what is missing, where the operator may not ask it', async () => {
    await putAged(1, deadLetterOf({ status: 'UNREADABLE' }));
    expect((await list()).out).not.toContain('what is missing');
  });

  test('gives programs one document', async () => {
    const id = await putAged(5);
    operation.sqs.put(QUEUE, { messageId: 'strange', body: 'not JSON' });
    const { document, err } = await list({ filter: ['since=1h'] }, { json: true });
    const [stored] = operation.sqs.messages(QUEUE);
    expect(document).toEqual({
      command: 'test', version: 1, queueUrl: QUEUE, content: 'dead letters', filter: 'since=1h', looked: 2, aboutMore: 0, inFlight: 0, matched: 2, repeats: 0,
      summary: {
        status: { COMPLETE: 1 }, function: { orders: 1 }, condition: { RetryAttemptsExhausted: 1 }, shard: { 'shardId-000000000000': 1 }, age: { 'under 15m': 2 },
      },
      messages: [
        {
          messageId: stored.messageId, deadLetterId: id, status: 'COMPLETE', functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:orders',
          streamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/orders', shardId: 'shardId-000000000000', condition: 'RetryAttemptsExhausted',
          expectedRecords: 3, recoveredRecords: 3,
          failedAt: new Date(stored.sentAt - HALF_A_MINUTE).toISOString(), sentAt: new Date(stored.sentAt).toISOString(),
          expiresAt: new Date(stored.sentAt + 1_209_600_000).toISOString(), receives: 1, bytes: Buffer.byteLength(stored.body),
        },
        expect.objectContaining({ messageId: 'strange', notADeadLetter: expect.stringContaining('the body must be JSON') }),
      ],
    });
    expect(err).toBe('');
  });

  test('is a command that takes its options from data', () => {
    expect(ls.options.map(({ long }) => long)).toEqual(['--limit', '--by', '--no-logs', '--filter', '--where', '--group', '--sort', '--from', '--undeliverables', '--parked', '--count-receives']);
    expect(() => ls.check!([], lsOptions({ undeliverables: true, parked: true }))).toThrow(
      '--undeliverables cannot be used with --parked: run the command once for each of the two queues.',
    );
  });
});
