import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Account } from '../../../local/account';
import { DynamoStream } from '../../../local/mapping/dynamo-stream';
import { IteratorExpiredError, StreamBusyError } from '../../../local/mapping/stream-reader';

const streamArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-01T00:00:00.000';

type Answer = object | { readonly status: number; readonly body: object } | 'cut';

let server: Server;
let stream: DynamoStream;
let answers: Answer[];
let requests: { readonly action: string; readonly input: unknown }[];

const error = (type: string, status = 400, message = 'no') => ({ status, body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message } });

async function answerTo(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  requests.push({ action: String(incoming.headers['x-amz-target']), input: await json(incoming) });
  const answer = answers.shift()!;
  if (answer === 'cut') {
    incoming.socket.destroy();
    return;
  }
  const { status, body } = 'status' in answer ? answer as { status: number; body: object } : { status: 200, body: answer };
  outgoing.writeHead(status).end(JSON.stringify(body));
}

beforeEach(async () => {
  [answers, requests] = [[], []];
  server = createServer((incoming, outgoing) => void answerTo(incoming, outgoing)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const account = new Account();
  stream = new DynamoStream({
    streamArn, awsRegion: account.region, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: account.credentialsFor(account.arn('iam', 'role/orders', { global: true })),
  });
});
afterEach(() => {
  stream.close();
  server.close();
  server.closeAllConnections();
});

it('lists the shards of every page, with their parents', async () => {
  answers = [
    { StreamDescription: { Shards: [{ ShardId: 's1', SequenceNumberRange: { StartingSequenceNumber: '1', EndingSequenceNumber: '2' } }], LastEvaluatedShardId: 's1' } },
    { StreamDescription: { Shards: [{ ShardId: 's2', ParentShardId: 's1', SequenceNumberRange: { StartingSequenceNumber: '3' } }] } },
  ];
  expect(await stream.listShards()).toEqual([
    { shardId: 's1', parentShardIds: [], closed: true }, { shardId: 's2', parentShardIds: ['s1'], closed: false },
  ]);
  expect(requests).toEqual([
    { action: 'DynamoDBStreams_20120810.DescribeStream', input: { StreamArn: streamArn } },
    { action: 'DynamoDBStreams_20120810.DescribeStream', input: { StreamArn: streamArn, ExclusiveStartShardId: 's1' } },
  ]);
});

it.each([
  ['is being throttled', error('ThrottlingException')],
  ['has too many readers', error('LimitExceededException')],
  ['has an error of its own', error('InternalServerError', 500)],
  ['is not available', { status: 503, body: {} }],
  ['cuts the connection', 'cut' as const],
])('is busy while the service %s', async (_, answer) => {
  answers = [answer];
  await expect(stream.read('s1', 'iterator')).rejects.toBeInstanceOf(StreamBusyError);
});

it.each([
  ['its iterator is too old', 'ExpiredIteratorException'],
  ['its records are gone', 'TrimmedDataAccessException'],
])('needs a new iterator when %s', async (_, type) => {
  answers = [error(type)];
  await expect(stream.read('s1', 'iterator')).rejects.toBeInstanceOf(IteratorExpiredError);
});

it.each([
  ['a permission that is missing', error('AccessDeniedException', 400, 'not authorized'), { name: 'AccessDeniedException', message: 'not authorized' }],
  ['what the gateway does not know', error('NotImplemented', 501, 'unknown'), { name: 'NotImplemented', message: 'unknown' }],
  ['an answer without words', { status: 400, body: {} }, { message: 'HTTP 400' }],
])('fails for good with %s', async (_, answer, expected) => {
  answers = [answer];
  await expect(stream.read('s1', 'iterator')).rejects.toMatchObject(expected);
});

it('goes on with the oldest record when what came next is gone', async () => {
  answers = [error('TrimmedDataAccessException'), { ShardIterator: 'oldest' }];
  expect(await stream.iterator('s1', { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: '7' })).toBe('oldest');
  expect(requests.map(({ input }) => input)).toEqual([
    { StreamArn: streamArn, ShardId: 's1', ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: '7' },
    { StreamArn: streamArn, ShardId: 's1', ShardIteratorType: 'TRIM_HORIZON' },
  ]);
});

it('fails to open a shard that is not there', async () => {
  answers = [error('ResourceNotFoundException')];
  await expect(stream.iterator('s1', { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: '7' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

it('has no position in time', async () => {
  await expect(stream.iterator('s1', { type: 'AT_TIMESTAMP', timestamp: new Date() })).rejects.toThrow('a DynamoDB stream has no position AT_TIMESTAMP');
});

it('gives an item the same ordering key whichever order its key\'s attributes come in, and ends with its shard', async () => {
  const record = (Keys: object) => ({ eventID: '1', dynamodb: { ApproximateCreationDateTime: 1_800_000_000, Keys, SequenceNumber: '1' } });
  const [pk, sk] = [{ pk: { S: 'a' } }, { sk: { N: '1' } }];
  answers = [{ Records: [record({ ...pk, ...sk }), record({ ...sk, ...pk })], NextShardIterator: null }];
  const { records: [one, other], nextIterator } = await stream.read('s1', 'iterator');
  expect(one.orderingKey).toBe(other.orderingKey);
  expect(nextIterator).toBeUndefined();
  expect(stream.formatArrival(one.arrivedAt)).toBe('2027-01-15T08:00:00Z');
});
