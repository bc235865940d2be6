import { Account } from '../../../local/account';
import type { BusEvent } from '../../../local/events/event-bus';
import { S3EventPublisher } from '../../../local/gateway/s3-events';
import type { HttpRequest, Operation } from '../../../local/gateway/types';

const account = new Account();
const told: BusEvent[] = [];
const request: HttpRequest = { method: 'POST', url: '/b/k?uploadId=1', headers: {}, body: Buffer.alloc(0) };
const seen = { request, query: new URLSearchParams('uploadId=1'), location: { bucket: 'b', key: 'k' }, account };
const operation = (name: string): Operation => ({ name, input: {}, permissions: [] });

beforeAll(() => {
  account.eventBridgeBuckets.add('b');
  account.events.add({ matches: () => true, deliver: (event) => told.push(event) });
});

test.each([
  ['CompleteMultipartUpload', 'late, with status 200', { status: 200, body: '<Error><Code>InternalError</Code></Error>' }],
  ['CompleteMultipartUpload', 'at once', { status: 500, body: '<ETag>"e"</ETag>' }],
  ['CopyObject', 'late, with status 200', { status: 200, body: '<Error><Code>InternalError</Code></Error>' }],
  ['CopyObject', 'at once', { status: 500, body: '<ETag>"e"</ETag>' }],
])('a %s that fails %s is no event', async (name, _, { status, body }) => {
  const watched = new S3EventPublisher().watch(operation(name), seen);
  await watched.afterwards!({ status, headers: {}, body: Buffer.from(body) }, async () => undefined);
  expect(told).toEqual([]);
});

test('an operation that creates nothing stays as it is', () => {
  const get = operation('GetObject');
  expect(new S3EventPublisher().watch(get, seen)).toBe(get);
});

test('what is told in place of an answer is told of a watched operation as well', async () => {
  const denial = { status: 403, headers: {}, body: Buffer.alloc(0) };
  const watched = new S3EventPublisher().watch({ ...operation('CopyObject'), afterwards: async () => denial }, seen);
  expect(await watched.afterwards!({ status: 404, headers: {}, body: Buffer.alloc(0) }, async () => undefined)).toBe(denial);
  expect(told).toEqual([]);
});
