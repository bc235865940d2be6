import {
  CreateLogStreamCommand, DescribeLogStreamsCommand, type DescribeLogStreamsCommandInput, type InputLogEvent, PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
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
  fixture.allow(['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'], `${ARN}:*`);
  fixture.account.logGroups.set(GROUP, []);
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
  expect(fixture.account.logGroups.get(GROUP)).toEqual([
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
  fixture.account.logGroups.set(GROUP, []);
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

test('each action takes its permission on the group', async () => {
  for (const call of [async () => create('ada', 'other'), async () => put([], 'ada', 'other'), async () => describeStreams({ logGroupName: 'other' })]) {
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
