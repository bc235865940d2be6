import { gzipSync } from 'node:zlib';
import { DeadLetter, toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import type { FailureRecord } from '../../../../lambda/shared/dead-letter/failure-record';
import { remainderOf } from '../../../../lambda/shared/redrive/remainder';
import { toEventRecord as toDynamoEvent } from '../../../../lambda/shared/stream/dynamo-event-record';
import { toEventRecord } from '../../../../lambda/shared/stream/kinesis-event-record';
import { HydrationStatus, UNDELIVERABLE_REASON } from '../../../../src/contract';
import { dynamoFailureRecord, dynamoRecord, TABLE_STREAM_ARN } from '../../../../test/support/dynamo-records';
import { failureRecord, SHARD_ID, notificationText, STREAM_ARN, streamRecord } from '../../../../test/support/records';
import { show } from '../../../commands/show/command';
import { run, type ShowOptions } from '../../../commands/show/run';
import { eventRecords, deadLetterOf, Operation, PARKING_QUEUE, QUEUE, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { showOptions } from '../../support/peek-options';
import { dataIn } from '../../support/shown-data';

let operation: Operation;
beforeEach(() => (operation = new Operation()));
afterEach(() => operation.close());

const showIt = (id: string, given: Partial<ShowOptions> = {}, json = false) => operation.run({ run }, showOptions(given), { args: [id], json });

const DISCARD = 'discard ID --reason "restored from the source"';

describe('show', () => {
  test('shows an unknown condition as it is', async () => {
    const deadLetter = JSON.parse(JSON.stringify(deadLetterOf()).replace('RetryAttemptsExhausted', 'constructor')) as DeadLetter;
    await operation.put(deadLetter);
    expect((await showIt(deadLetter.hydration.deadLetterId)).out).toMatch(/\ncondition +constructor\n/);
  });

  test('says all that is known of a dead letter', async () => {
    operation.dlq = { ...operation.dlq, retentionSeconds: 1_209_600 };
    const deadLetter = deadLetterOf();
    const id = deadLetter.hydration.deadLetterId;
    await operation.put(deadLetter);
    const { exitCode, out, err } = await showIt(id.slice(0, 8));
    expect(exitCode).toBe(0);
    const lines = out.split('\n\n')[0].split('\n');
    const commands = lines.filter((line) => line.startsWith(' '));
    expect(commands).toEqual([
      `    npx stream-dlq redrive ${id.slice(0, 8)}`,
      '    aws logs filter-log-events --log-group-name /aws/lambda/orders --region us-east-1 --start-time 1795247109671 --end-time 1795248069671 ' +
        '--filter-pattern \'"3b1c5b1e-5d36-4d7b-a0f0-5f0b6f3e0a77"\' --query \'events[].[logStreamName]\' --output text | sort -u | ' +
        'xargs -I{} aws logs get-log-events --log-group-name /aws/lambda/orders --region us-east-1 --start-time 1795247109671 --end-time 1795248069671 ' +
        '--log-stream-name {} --start-from-head --query \'events[].[message]\' --output text | ' +
        'sed -n \'/3b1c5b1e-5d36-4d7b-a0f0-5f0b6f3e0a77/,/END RequestId: 3b1c5b1e-5d36-4d7b-a0f0-5f0b6f3e0a77/p\'',
    ]);
    const fields = Object.fromEntries(lines.filter((line) => !commands.includes(line)).map((line) => line.split(/ {2,}(.*)/s) as [string, string]));
    expect(fields).toEqual({
      reason: expect.stringContaining('not found: there is no log group /aws/lambda/orders in us-east-1, and '),
      'dead letter': id,
      status: 'COMPLETE: every record of the failed batch, and no other',
      'to do': 'fix the processor, then send it again:',
      function: 'arn:aws:lambda:us-east-1:123456789012:function:orders',
      condition: 'RetryAttemptsExhausted: the processor failed on it as often as retryAttempts allows',
      attempts: 'about 4',
      'last answer': 'function error Unhandled: it threw, timed out or ran out of memory (status 200, version $LATEST)',
      'its log': 'read it with this command, unless the function logs elsewhere:',
      request: '3b1c5b1e-5d36-4d7b-a0f0-5f0b6f3e0a77',
      'failed at': expect.stringMatching(/^2026-11-21T08:00:09.671Z \(\d+\w ago\)$/),
      stream: STREAM_ARN,
      shard: SHARD_ID,
      range: expect.stringMatching(/^\d{56} to \d{56}$/),
      arrived: '2026-11-21T08:00:00.120Z to 2026-11-21T08:00:02.480Z',
      records: '3 of 3',
      message: operation.sqs.messages(QUEUE)[0].messageId,
      'sent at': expect.stringMatching(/Z \(\d+s ago\)$/),
      expires: expect.stringMatching(/Z \(in 13d\)$/),
      receives: '1, this look included',
      body: '2.3 KiB',
    });
    expect(out.split('\n\n').slice(1).map((part) => part.split('\n')[0])).toEqual(['record 1 of 3', 'record 2 of 3', 'record 3 of 3']);
    expect(out).toContain('record 2 of 3\n  partition key  customer-1\n  sequence       4964');
    expect(dataIn(out)[0]).toBe('JSON, 11 B');
    expect(err).toContain('looked at 1 message (dead letters); all are in the queue again');
  });

  test.each(Object.values(HydrationStatus))('says what %s means, and what to do about it', async (status) => {
    const deadLetter = deadLetterOf({ status });
    await operation.put(deadLetter);
    const { out, exitCode } = await showIt(deadLetter.hydration.deadLetterId);
    expect(exitCode).toBe(0);
    expect(out).toMatch(new RegExp(`status +${status}: .{10}`));
    expect(out).toMatch(/to do +\S.{10}/);
    const commands: Record<HydrationStatus, string[]> = {
      COMPLETE: ['redrive ID'],
      SUPERSET: ['redrive ID --include SUPERSET'],
      PARTIAL: ['rehydrate ID', 'redrive ID --include PARTIAL', DISCARD],
      EXPIRED: [DISCARD],
      UNREADABLE: ['rehydrate ID', 'redrive ID --include UNREADABLE', DISCARD],
    };
    expect(out.match(/npx .*/g)).toEqual(commands[status].map((command) => `npx stream-dlq ${command.replace('ID', deadLetter.hydration.deadLetterId.slice(0, 8))}`));
    if (status === 'UNREADABLE') expect(out).toMatch(/because +AccessDeniedException: no\n/);
    else expect(out).not.toContain('because');
    if (status === 'EXPIRED') expect(out).toContain('\nno records\n');
    // A stack with S3 capture alone has nothing that reads the stream.
    expect(out.replaceAll(/\s+/g, ' ').includes('with S3 capture alone deploy keepCapture: FailureCapture.hydrate() before): npx stream-dlq rehydrate'))
      .toBe(commands[status].includes('rehydrate ID'));
  });

  test.each([
    [{ responseContext: undefined }, 'last answer  none: the failure record has no response.'],
    [{ responseContext: { statusCode: 200, executedVersion: '7', functionError: null } }, 'no function error: it reported records by batchItemFailures'],
    [{ requestContext: { ...failureRecord().requestContext, condition: 'RecordAgeExceeded' } }, 'RecordAgeExceeded: its records became older than maxRecordAge allows'],
    [{ requestContext: { ...failureRecord().requestContext, condition: 'SomethingNew' } }, 'condition    SomethingNew\n'],
  ])('explains what Lambda said: %j', async (fields, text) => {
    const deadLetter = toDeadLetter(failureRecord({}, fields), { records: eventRecords(), hasStart: true, hasEnd: true });
    await operation.put(deadLetter);
    expect((await showIt(deadLetter.hydration.deadLetterId)).out).toContain(text);
  });

  test('leaves out what a failure record that was written by hand does not say', async () => {
    const { version, timestamp, requestContext: { requestId, functionArn, condition }, KinesisBatchInfo: batch } = failureRecord();
    const { approximateArrivalOfFirstRecord: _, approximateArrivalOfLastRecord: __, ...range } = batch!;
    const written = { version, timestamp, requestContext: { requestId, functionArn, condition }, KinesisBatchInfo: range } as FailureRecord;
    const deadLetter = toDeadLetter(written, { records: eventRecords(), hasStart: true, hasEnd: true });
    await operation.put(deadLetter);
    const { out } = await showIt(deadLetter.hydration.deadLetterId);
    expect(out).toContain('last answer  none: the failure record has no response.');
    expect(out).not.toContain('undefined');
    expect(out).not.toMatch(/^(attempts|arrived) /m);
  });

  test('says of what is left of another dead letter which one that was', async () => {
    const whole = deadLetterOf();
    const received = parseDeadLetter(JSON.stringify(whole), 'the message');
    const left = remainderOf(received, { remaining: eventRecords({ from: 1, to: 2 }), reason: { name: 'PoisonError', message: 'poison' }, allFailed: true }, new Date('2026-11-22T01:00Z'), 'orders');
    await operation.put(left);
    const { out } = await showIt(left.hydration.deadLetterId);
    expect(out).toContain(`left of      ${whole.hydration.deadLetterId}, of which others were taken at 2026-11-22T01:00:00.000Z; these were not: PoisonError: poison`);
  });

  test('says why a dead letter was parked', async () => {
    const deadLetter = deadLetterOf();
    await operation.put(deadLetter, PARKING_QUEUE);
    Object.assign(operation.sqs.messages(PARKING_QUEUE)[0].attributes, { [UNDELIVERABLE_REASON]: { DataType: 'String', StringValue: 'PoisonError: poison' } });
    const { out } = await showIt(deadLetter.hydration.deadLetterId, { parked: true });
    expect(out).toContain('parked       PoisonError: poison\n');
    expect(out).toContain(`npx stream-dlq redrive ${deadLetter.hydration.deadLetterId.slice(0, 8)} --parked\n`);
  });

  test('does not say how long a Kinesis stream has what is missing, where the operator may not ask it', async () => {
    const deadLetter = deadLetterOf({ status: 'UNREADABLE' });
    await operation.put(deadLetter);
    const { out } = await showIt(deadLetter.hydration.deadLetterId);
    expect(out).not.toContain('in stream');
    expect(out).not.toContain('point-in-time recovery');
    expect(operation.askedStreams).toEqual([STREAM_ARN]);
  });

  test('asks no stream about a dead letter that is whole, nor what is no stream', async () => {
    const deadLetter = deadLetterOf();
    await operation.put(deadLetter);
    await showIt(deadLetter.hydration.deadLetterId);
    operation.sqs.put(UNDELIVERABLE_QUEUE, { messageId: 'strange', body: notificationText({ KinesisBatchInfo: { streamArn: 'arn:x:kinesis:y' } }) });
    await showIt('strange', { undeliverables: true });
    expect(operation.askedStreams).toEqual([]);
  });

  test('fetches a body that is in S3', async () => {
    const deadLetter = deadLetterOf();
    await operation.put(deadLetter, QUEUE, 1_024);
    const { out } = await showIt(deadLetter.hydration.deadLetterId);
    expect(out).toMatch(/body +2\.3 KiB in s3:\/\/overflow\/dead-letters\/2026\/11\/21\//);
    expect(out).toContain('record 3 of 3');
  });

  test.each([[true, 'NoSuchKey'], [false, 's3:ListBucket']])('says what is known of a dead letter whose body is gone: may list %p', async (mayList, word) => {
    operation.mayList = mayList;
    const deadLetter = deadLetterOf();
    await operation.put(deadLetter, QUEUE, 1_024);
    operation.objects.clear();
    const { exitCode, out, err } = await showIt(deadLetter.hydration.deadLetterId);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/status +COMPLETE\nfunction +arn:aws:lambda/);
    expect(err).toContain('warning: the body of the dead letter cannot be read: s3://overflow/');
    expect((await showIt(deadLetter.hydration.deadLetterId, {}, true)).document).toMatchObject({ lostBody: expect.stringContaining(word) });
    const { error } = await showIt(deadLetter.hydration.deadLetterId, { raw: true });
    expect(error).toMatchObject({ exitCode: 1, message: expect.stringContaining(word) });
  });

  test('shows a change of an item, with what became of each attribute', async () => {
    const Keys = { id: { S: 'order-1' } };
    const record = toDynamoEvent(dynamoRecord(0, {
      Keys,
      OldImage: { ...Keys, status: { S: 'open' }, note: { S: 'x' }, total: { N: '12.50' } },
      NewImage: { ...Keys, status: { S: 'cl\u001bosed' }, total: { N: '12.50' }, 'shipped\u001b': { BOOL: true } },
    }), TABLE_STREAM_ARN);
    const deadLetter = toDeadLetter(dynamoFailureRecord({ from: 0, to: 0 }), { records: [record], hasStart: true, hasEnd: true });
    await operation.put(deadLetter);
    const { out } = await showIt(deadLetter.hydration.deadLetterId);
    expect(out.split('\n\n')[1].split('\n')).toEqual([
      'record 1 of 1',
      '  change         INSERT of id = "order-1"',
      expect.stringMatching(/^ {2}sequence {7}\d+$/),
      '  created        2026-11-21T08:00:00.000Z',
      '  view           NEW_AND_OLD_IMAGES',
      '    ~ status         "open" → "cl\\u001bosed"',
      '    - note           "x"',
      '      total          12.50',
      '    + shipped\\u001b  true',
      '',
    ]);
    const { document } = await showIt(deadLetter.hydration.deadLetterId, {}, true);
    expect(document?.records).toEqual([{
      number: 1, event: 'INSERT', sequenceNumber: expect.any(String), time: '2026-11-21T08:00:00.000Z', size: expect.any(Number), view: 'NEW_AND_OLD_IMAGES',
      keys: { id: 'order-1' },
      oldImage: { id: 'order-1', status: 'open', note: 'x', total: 12.5 },
      newImage: { id: 'order-1', status: 'cl\u001bosed', total: 12.5, 'shipped\u001b': true },
      changed: [{ name: 'status', kind: 'changed' }, { name: 'note', kind: 'removed' }, { name: 'shipped\u001b', kind: 'added' }],
      dynamodb: (record as { dynamodb: object }).dynamodb,
    }]);
  });

  test.each([
    ['time to live', { principalId: 'dynamodb.amazonaws.com', type: 'Service' }, 'time to live'],
    ['somebody else, whose name is data as well', { principalId: 'mia\u001b[31m', type: 'User' }, '{"principalId":"mia\\u001b[31m","type":"User"}'],
  ])('says of an item that it was removed by %s', async (_, userIdentity, expected) => {
    const record = { ...toDynamoEvent(dynamoRecord(0), TABLE_STREAM_ARN), eventName: 'REMOVE', userIdentity };
    const deadLetter = toDeadLetter(dynamoFailureRecord({ from: 0, to: 0 }), { records: [record], hasStart: true, hasEnd: true });
    await operation.put(deadLetter);
    expect((await showIt(deadLetter.hydration.deadLetterId)).out).toContain(`  change         REMOVE of id = "order-0", by ${expected}\n`);
    expect((await showIt(deadLetter.hydration.deadLetterId, {}, true)).document?.records).toEqual([expect.objectContaining({ userIdentity })]);
  });

  test('cuts a long attribute off, unless all was asked for', async () => {
    const record = toDynamoEvent(dynamoRecord(0, { NewImage: { text: { S: 'x'.repeat(2_000) } } }), TABLE_STREAM_ARN);
    const deadLetter = toDeadLetter(dynamoFailureRecord({ from: 0, to: 0 }), { records: [record], hasStart: true, hasEnd: true });
    await operation.put(deadLetter);
    expect((await showIt(deadLetter.hydration.deadLetterId)).out).toContain(`"${'x'.repeat(799)}… (--all)`);
    expect((await showIt(deadLetter.hydration.deadLetterId, { all: true })).out).toContain(`"${'x'.repeat(2_000)}"`);
  });

  test('shows what is no record as it is', async () => {
    const deadLetter = deadLetterOf({ records: [{ odd: 1 }] });
    await operation.put(deadLetter);
    expect((await showIt(deadLetter.hydration.deadLetterId)).out).toContain('record 1 of 1\n  not a record of Kinesis or DynamoDB\n    {\n      "odd": 1\n    }');
    expect((await showIt(deadLetter.hydration.deadLetterId, {}, true)).document?.records).toEqual([{ number: 1, record: { odd: 1 } }]);
  });

  test('prints the body as it is, and nothing else', async () => {
    const deadLetter = deadLetterOf();
    await operation.put(deadLetter, QUEUE, 1_024);
    const { out, err } = await showIt(deadLetter.hydration.deadLetterId, { raw: true });
    expect(out).toBe(`${JSON.stringify(deadLetter)}\n`);
    expect(err).not.toContain('looked at');
  });

  test('shows the records that match --where, and how many they are', async () => {
    const deadLetter = deadLetterOf({ from: 0, to: 29 });
    await operation.put(deadLetter);
    const { out } = await showIt(deadLetter.hydration.deadLetterId, { where: 'data.order >= `28`' });
    expect(out.match(/^record \d+ of 30$/gm)).toEqual(['record 29 of 30', 'record 30 of 30']);
    expect(out).toContain('\n2 records of 30 matching --where data.order >= `28`\n');
    const most = await showIt(deadLetter.hydration.deadLetterId, { where: 'data.order < `15`' });
    expect(most.out.match(/^record \d+ of 30$/gm)).toHaveLength(10);
    expect(most.out).toContain('… 5 more records: --all\n');
    const { document } = await showIt(deadLetter.hydration.deadLetterId, { where: 'number == `7`', records: { first: 5, last: 9 } }, true);
    expect(document).toMatchObject({ where: 'number == `7`', recordCount: 30, records: [{ number: 7, data: { order: 6 } }] });
    const { error } = await showIt(deadLetter.hydration.deadLetterId, { where: '!' });
    expect(error?.message).toBe('--where must be a JMESPath expression, got: !; the end is missing.');
  });

  test('gives programs one document', async () => {
    const deadLetter = deadLetterOf({ from: 0, to: 0 });
    await operation.put(deadLetter);
    const { document, err } = await showIt(deadLetter.hydration.deadLetterId, {}, true);
    expect(document).toMatchObject({
      command: 'test', version: 1, queueUrl: QUEUE, content: 'dead letters', recordCount: 1,
      message: { deadLetterId: deadLetter.hydration.deadLetterId, status: 'COMPLETE' },
      failure: failureRecord({ from: 0, to: 0 }),
      records: [{
        number: 1, key: 'customer-0', shard: SHARD_ID, time: '2026-11-21T08:00:00.120Z', size: 11, form: 'json', layers: [], data: { order: 0 },
      }],
    });
    expect(err).toBe('');
  });

  test('gives programs bytes as base64, and the records of an aggregate', async () => {
    const record = (Data: Buffer) => toEventRecord(streamRecord(0, { Data }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
    const aggregator = new (jest.requireActual('aws-kinesis-agg').RecordAggregator)();
    aggregator.addUserRecord({ partitionKey: 'user', data: Buffer.from('hi') });
    const deadLetter = deadLetterOf({ from: 0, to: 1, records: [record(gzipSync(Buffer.from([0, 1]))), record(aggregator.build().data)] });
    await operation.put(deadLetter);
    expect((await showIt(deadLetter.hydration.deadLetterId, {}, true)).document?.records).toMatchObject([
      { number: 1, layers: ['gzip'], form: 'binary', data: null, base64: 'AAE=' },
      { number: 2, userRecords: [{ key: 'user', form: 'text', data: 'hi', size: 2, original: Buffer.from('hi').toString('base64') }] },
    ]);
  });

  test.each([
    ['a packed struct, some of which reads as deflate', Buffer.from('SwAAAAAArEEAAIBW/rx4Qu++rd4AAAAA', 'base64')],
    ['JSON', Buffer.from('{ "a":1}')],
    ['text that was compressed', gzipSync('text')],
    ['gzip with something after it', Buffer.concat([gzipSync('text'), Buffer.from([0, 0])])],
    ['nothing', Buffer.alloc(0)],
  ])('gives programs the bytes that came in, whatever they are taken for: %s', async (_, Data) => {
    const record = toEventRecord(streamRecord(0, { Data }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
    const deadLetter = deadLetterOf({ from: 0, to: 0, records: [record] });
    await operation.put(deadLetter);
    const { document } = await showIt(deadLetter.hydration.deadLetterId, {}, true);
    expect(document?.records).toMatchObject([{ original: Data.toString('base64'), size: Data.length }]);
  });

  test('is a command that takes its options from data', () => {
    const records = show.options.find(({ long }) => long === '--records')!.parseArg!;
    expect([records('3', undefined), records('3-7', undefined), records('3-', undefined)]).toEqual([
      { first: 3, last: 3 }, { first: 3, last: 7 }, { first: 3, last: Infinity },
    ]);
    for (const text of ['', '0', '7-3', 'a', '-3', '1-2-3', '3.5']) expect(() => records(text, undefined)).toThrow('It must be a number from 1, or a range such as 3-7 or 3-.');
    expect(() => show.check!(['id'], showOptions({ raw: true, records: { first: 1, last: 1 } }))).toThrow('--records cannot be used with --raw');
    expect(() => show.check!(['id'], showOptions({ raw: true }))).not.toThrow();
  });
});
