import { setTimeout } from 'node:timers/promises';
import {
  CreateLogStreamCommand, DescribeLogStreamsCommand, type DescribeLogStreamsCommandInput, FilterLogEventsCommand, type FilterLogEventsCommandInput,
  GetLogEventsCommand, type GetLogEventsCommandInput, type InputLogEvent, PutLogEventsCommand, PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { LogGroup } from '../../../local/cloudwatch-logs/log-group';
import { AccountFixture } from './fixture';

const GROUP = '/cdk-stream-dlq/audit';
const ARN = `arn:aws:logs:us-east-1:123456789012:log-group:${GROUP}`;

let fixture: AccountFixture;

beforeAll(async () => {
  fixture = await AccountFixture.start();
});
afterAll(async () => fixture?.stop());

beforeEach(() => {
  fixture.reset();
  // What LogGroup.grantWrite and a right to look give.
  fixture.allow(['CreateLogStream', 'PutLogEvents', 'DescribeLogStreams', 'FilterLogEvents', 'GetLogEvents'].map((it) => `logs:${it}`), `${ARN}:*`);
  fixture.account.logDelayMillis = 0;
  fixture.account.filterLogEventsPerSecond = Infinity;
  fixture.account.logGroups.set(GROUP, new LogGroup());
});

const create = async (logStreamName: string, logGroupName = GROUP) => (
  fixture.worker.logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
);
const put = async (logEvents: InputLogEvent[], logStreamName = 'ada', logGroupName = GROUP) => (
  fixture.worker.logs.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }))
);
const describeStreams = async (input: Partial<DescribeLogStreamsCommandInput> = {}) => (
  fixture.worker.logs.send(new DescribeLogStreamsCommand({ logGroupName: GROUP, ...input }))
);

test('events go into their group, and the streams are told', async () => {
  await create('ada');
  await put([{ timestamp: 1_000, message: 'one' }, { timestamp: 2_000, message: 'two' }]);
  await put([{ timestamp: 3_000, message: 'three' }]);
  expect(fixture.account.logGroups.get(GROUP)!.events).toMatchObject([
    { timestamp: 1_000, message: 'one' }, { timestamp: 2_000, message: 'two' }, { timestamp: 3_000, message: 'three' },
  ]);
  expect((await describeStreams()).logStreams).toMatchObject([
    { logStreamName: 'ada', creationTime: expect.any(Number), firstEventTimestamp: 1_000, lastEventTimestamp: 3_000 },
  ]);
});

test('streams are told by prefix and in pages', async () => {
  for (const name of ['bob', 'ada-2', 'ada-1']) await create(name);
  const names = (answer: Awaited<ReturnType<typeof describeStreams>>) => answer.logStreams!.map(({ logStreamName }) => logStreamName);
  expect(names(await describeStreams({ logStreamNamePrefix: 'ada' }))).toEqual(['ada-1', 'ada-2']);
  const first = await describeStreams({ limit: 2 });
  expect(names(first)).toEqual(['ada-1', 'ada-2']);
  const second = await describeStreams({ limit: 2, nextToken: first.nextToken });
  expect(names(second)).toEqual(['bob']);
  expect(second.nextToken).toBeUndefined();
  await expect(describeStreams({ nextToken: 'gone' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
});

test('streams are forgotten with their group', async () => {
  await create('ada');
  fixture.account.logGroups.set(GROUP, new LogGroup());
  expect((await describeStreams()).logStreams).toEqual([]);
});

test.each<[string, () => Promise<unknown>, object]>([
  ['a stream that is there', async () => create('there'), { name: 'ResourceAlreadyExistsException', message: 'The specified log stream already exists' }],
  ['events without a stream', async () => put([{ timestamp: 1, message: 'a' }], 'gone'), {
    name: 'ResourceNotFoundException', message: 'The specified log stream does not exist.',
  }],
  ['no events', async () => put([], 'there'), { name: 'InvalidParameterException', message: 'logEvents must be 1 to 10000 events, got: 0' }],
  ['events out of order', async () => put([{ timestamp: 2, message: 'a' }, { timestamp: 1, message: 'b' }], 'there'), {
    name: 'InvalidParameterException', message: 'Log events in a single PutLogEvents request must be in chronological order.',
  }],
  ['events over 1 MiB', async () => put([{ timestamp: 1, message: 'x'.repeat(1_048_551) }], 'there'), {
    name: 'InvalidParameterException', message: 'Upload too large: 1048577 bytes exceeds limit of 1048576',
  }],
])('fails for %s', async (_, call, expected) => {
  await create('there');
  await expect(call()).rejects.toMatchObject(expected);
});

test('a group that does not exist has no streams', async () => {
  fixture.allow('logs:*');
  await expect(create('ada', 'gone')).rejects.toMatchObject({
    name: 'ResourceNotFoundException', message: 'The specified log group does not exist.',
  });
});

const filter = async (input: Partial<FilterLogEventsCommandInput> = {}) => (
  fixture.worker.logs.send(new FilterLogEventsCommand({ logGroupName: GROUP, ...input }))
);
const get = async (input: Partial<GetLogEventsCommandInput> = {}) => (
  fixture.worker.logs.send(new GetLogEventsCommand({ logGroupName: GROUP, logStreamName: 'ada', ...input }))
);
const messages = ({ events = [] }: { readonly events?: { readonly message?: string }[] }) => events.map(({ message }) => message);

describe('FilterLogEvents', () => {
  beforeEach(async () => {
    for (const name of ['ada', 'bob']) await create(name);
    await put([{ timestamp: 2_000, message: 'id-1 order "7" failed' }, { timestamp: 4_000, message: 'id-2 order failed' }]);
    await put([{ timestamp: 1_000, message: 'START id-1' }, { timestamp: 3_000, message: 'END id-1' }], 'bob');
  });

  test('has the events of all streams in the order of their time', async () => {
    const page = await filter();
    expect(messages(page)).toEqual(['START id-1', 'id-1 order "7" failed', 'END id-1', 'id-2 order failed']);
    expect(page.events![0]).toEqual({ timestamp: 1_000, message: 'START id-1', logStreamName: 'bob', ingestionTime: expect.any(Number), eventId: expect.any(String) });
    expect(new Set(page.events!.map(({ eventId }) => eventId)).size).toBe(4);
    expect([page.nextToken, page.searchedLogStreams]).toEqual([undefined, []]);
  });

  test.each<[string, Partial<FilterLogEventsCommandInput>, string[]]>([
    ['a quoted text', { filterPattern: '"id-1"' }, ['START id-1', 'id-1 order "7" failed', 'END id-1']],
    ['an escaped quote', { filterPattern: '"\\"7\\""' }, ['id-1 order "7" failed']],
    ['all of several words', { filterPattern: 'order failed' }, ['id-1 order "7" failed', 'id-2 order failed']],
    ['any of several optional terms', { filterPattern: '?"id-2" ?START' }, ['START id-1', 'id-2 order failed']],
    ['one optional term', { filterPattern: '?"id-2"' }, ['id-2 order failed']],
    ['the latest first', { startFromHead: false, filterPattern: '"id-1"' }, ['END id-1', 'id-1 order "7" failed', 'START id-1']],
    ['times, both ends included', { startTime: 2_000, endTime: 3_000 }, ['id-1 order "7" failed', 'END id-1']],
    ['streams', { logStreamNames: ['bob'] }, ['START id-1', 'END id-1']],
    ['a prefix of streams', { logStreamNamePrefix: 'a' }, ['id-1 order "7" failed', 'id-2 order failed']],
  ])('finds %s', async (_, input, expected) => {
    expect(messages(await filter(input))).toEqual(expected);
  });

  test('pages by a limit, and goes on behind the last event', async () => {
    const first = await filter({ limit: 3 });
    expect(messages(first)).toEqual(['START id-1', 'id-1 order "7" failed', 'END id-1']);
    const second = await filter({ limit: 3, nextToken: first.nextToken });
    expect([messages(second), second.nextToken]).toEqual([['id-2 order failed'], undefined]);
  });

  test('pages backwards, too', async () => {
    const first = await filter({ limit: 3, startFromHead: false });
    expect(messages(first)).toEqual(['id-2 order failed', 'END id-1', 'id-1 order "7" failed']);
    const second = await filter({ limit: 3, nextToken: first.nextToken });
    expect([messages(second), second.nextToken]).toEqual([['START id-1'], undefined]);
  });

  test('is throttled over so many calls a second, and not for longer', async () => {
    fixture.account.filterLogEventsPerSecond = 0;
    await expect(filter()).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
    fixture.account.filterLogEventsPerSecond = 1;
    for (let call = 0; call < 2; call++) {
      await setTimeout(1_001);
      await expect(filter()).resolves.toBeDefined();
    }
  });

  test('can have an empty page before the page with the event', async () => {
    await put(Array.from({ length: 10_000 }, () => ({ timestamp: 5_000, message: '.' })));
    await put([{ timestamp: 6_000, message: 'the last' }]);
    const first = await filter({ filterPattern: 'last' });
    expect([messages(first), first.nextToken]).toEqual([[], expect.any(String)]);
    expect(messages(await filter({ filterPattern: 'last', nextToken: first.nextToken }))).toEqual(['the last']);
  });

  test('has events only once their delay is over', async () => {
    fixture.account.logDelayMillis = 60_000;
    expect(messages(await filter())).toEqual([]);
    expect(messages(await get())).toEqual([]);
  });

  test.each<[string, Partial<FilterLogEventsCommandInput>, object]>([
    ['a limit over 10,000', { limit: 10_001 }, { name: 'InvalidParameterException' }],
    ['names and a prefix', { logStreamNames: ['ada'], logStreamNamePrefix: 'a' }, { name: 'InvalidParameterException' }],
    ['a token that is none', { nextToken: 'x' }, { name: 'InvalidParameterException' }],
    ['optional terms beside others', { filterPattern: '?a b' }, { message: expect.stringContaining('filterPattern must have only optional terms or none') }],
    ['a pattern for JSON', { filterPattern: '{ $.a = 1 }' }, { message: expect.stringContaining('filterPattern must consist of words and quoted texts') }],
  ])('fails for %s', async (_, input, expected) => {
    await expect(filter(input)).rejects.toMatchObject(expected);
  });
});

describe('GetLogEvents', () => {
  beforeEach(async () => {
    await create('ada');
    await put(['one', 'two', 'three', 'four'].map((message, index) => ({ timestamp: index + 1, message })));
  });

  test('reads a stream from its head to its end, where the token stays the same', async () => {
    const first = await get({ startFromHead: true, limit: 3 });
    expect(messages(first)).toEqual(['one', 'two', 'three']);
    const second = await get({ limit: 3, nextToken: first.nextForwardToken });
    expect(messages(second)).toEqual(['four']);
    const third = await get({ nextToken: second.nextForwardToken });
    expect([messages(third), third.nextForwardToken]).toEqual([[], second.nextForwardToken]);
  });

  test('reads the latest events first by default, and backwards', async () => {
    const latest = await get({ limit: 3 });
    expect(messages(latest)).toEqual(['two', 'three', 'four']);
    expect(messages(await get({ limit: 3, nextToken: latest.nextBackwardToken }))).toEqual(['one']);
  });

  test('has events between two times, without those of the end', async () => {
    expect(messages(await get({ startTime: 2, endTime: 4, startFromHead: true }))).toEqual(['two', 'three']);
  });

  test('fails for a stream that does not exist', async () => {
    await expect(get({ logStreamName: 'gone' })).rejects.toMatchObject({ name: 'ResourceNotFoundException', message: 'The specified log stream does not exist.' });
  });
});

test('each action takes its permission on the group', async () => {
  for (const call of [async () => create('ada', 'other'), async () => put([], 'ada', 'other'), async () => describeStreams({ logGroupName: 'other' }),
    async () => filter({ logGroupName: 'other' }), async () => get({ logGroupName: 'other' })]) {
    await expect(call()).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining('log-group:other:log-stream:') });
  }
});

test('an action that the gateway does not know is refused', async () => {
  fixture.allow('logs:*');
  const command = new PutRetentionPolicyCommand({ logGroupName: GROUP, retentionInDays: 1 });
  await expect(fixture.worker.logs.send(command)).rejects.toMatchObject({
    message: expect.stringContaining('does not know logs action PutRetentionPolicy'), $metadata: { httpStatusCode: 501 },
  });
});
