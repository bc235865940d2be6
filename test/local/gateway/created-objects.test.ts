import { Account } from '../../../local/account';
import type { BusEvent } from '../../../local/events/event-bus';
import { CreatedObjects } from '../../../local/gateway/created-objects';
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
  ['late, with status 200', { status: 200, body: '<Error><Code>InternalError</Code></Error>' }],
  ['at once', { status: 500, body: '<ETag>"e"</ETag>' }],
])('an upload that fails %s is no event', async (_, { status, body }) => {
  const watched = new CreatedObjects().watch(operation('CompleteMultipartUpload'), seen);
  await watched.afterwards!({ status, headers: {}, body: Buffer.from(body) }, async () => undefined);
  expect(told).toEqual([]);
});

test('an operation that creates nothing stays as it is', () => {
  const get = operation('GetObject');
  expect(new CreatedObjects().watch(get, seen)).toBe(get);
});
