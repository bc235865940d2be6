import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ServerClock } from '../../queue/server-clock';

let server: Server;
let client: SQSClient;
/** How far the clock of the service is ahead of this machine's. */
let aheadMillis: number;

beforeAll(async () => {
  // As HTTP has it: without what is below a second.
  server = createServer((_, response) => response.setHeader('Date', new Date(Date.now() + aheadMillis).toUTCString()).end('{}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = new SQSClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'operator', secretAccessKey: 'operator' },
  });
});

afterAll(() => {
  client.destroy();
  server.close();
});

async function compared(): Promise<number> {
  const clock = new ServerClock();
  // As in a run: the client has been used, and receives begin together.
  await client.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
  await Promise.all(Array.from({ length: 3 }, async () => {
    const command = new ReceiveMessageCommand({ QueueUrl: 'orders' });
    clock.watch(command);
    await client.send(command);
  }));
  return clock.at(0);
}

test('a clock that the answers do not prove wrong is right to the millisecond', async () => {
  aheadMillis = 0;

  expect(await compared()).toBe(0);
  expect(new ServerClock().at(1_000)).toBe(1_000);
});

test.each([60_000, -60_000])('a clock that is wrong by %d ms is fixed, to the second', async (ahead) => {
  aheadMillis = ahead;

  const began = performance.now();
  const offset = await compared();
  // An answer proves no more than what its way leaves open.
  expect(Math.abs(offset - ahead)).toBeLessThanOrEqual(1_000 + Math.ceil(performance.now() - began));
});
