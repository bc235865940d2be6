import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Forwarder } from '../../../local/gateway/forward';

const request = {
  method: 'POST',
  url: '/path?query',
  headers: { 'x-kept': 'yes', connection: 'close', host: 'front' },
  body: Buffer.from('body'),
};
let server: Server;
let forwarder: Forwarder;

async function serve(listener: RequestListener): Promise<void> {
  server = createServer({ keepAliveTimeout: 60_000 }, listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  forwarder = new Forwarder(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

afterEach(async () => {
  forwarder.close();
  server.closeAllConnections();
  server.close();
});

test('a request goes on as it is, but for what is about the connection', async () => {
  await serve((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    incoming.once('data', (chunk: Buffer) =>
      outgoing.end(JSON.stringify({ method, url, headers, body: chunk.toString() })),
    );
  });
  const { status, body } = await forwarder.send(request);
  expect(status).toBe(200);
  expect(JSON.parse(body.toString())).toEqual({
    method: 'POST',
    url: '/path?query',
    headers: {
      'x-kept': 'yes',
      connection: 'keep-alive',
      'content-length': '4',
      host: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    },
    body: 'body',
  });
});

test('connections are kept, and one that the emulator closed in the meantime is replaced', async () => {
  const requests = new Map<Socket, number>();
  await serve((incoming, outgoing) => {
    const count = (requests.get(incoming.socket) ?? 0) + 1;
    requests.set(incoming.socket, count);
    if (count === 3) incoming.socket.destroy();
    else outgoing.end('ok');
  });
  for (let index = 0; index < 3; index++) expect((await forwarder.send(request)).body.toString()).toBe('ok');
  expect([...requests.values()]).toEqual([3, 1]);
});

test.each([4, 3_000_000])('connections that were closed and are not known to be are replaced, for a body of %d bytes', async (length) => {
  await serve((incoming, outgoing) => void incoming.resume().once('end', () => outgoing.end('ok')));
  const connections: Socket[] = [];
  server.on('connection', (socket) => connections.push(socket));
  const send = async () => (await forwarder.send({ ...request, body: Buffer.alloc(length) })).body.toString();
  await Promise.all([send(), send()]);
  // In the same turn: nobody has been told.
  for (const connection of connections) connection.destroy();
  expect([await send(), connections.length]).toEqual(['ok', 3]);
});

test('an emulator that is gone is an error', async () => {
  await serve(() => {});
  server.close();
  await once(server, 'close');
  await expect(forwarder.send(request)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
