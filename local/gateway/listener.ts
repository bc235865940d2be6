import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint on loopback, on a port that the kernel picks. */
export class Listener {
  static async start(
    name: string,
    handle: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
  ): Promise<Listener> {
    // No time limits: requests wait in long polls, and in middleware.
    const server = createServer(
      { keepAliveTimeout: 60_000, requestTimeout: 0 },
      (incoming, outgoing) => void handle(incoming, outgoing),
    );
    server.on('clientError', (error: NodeJS.ErrnoException & { rawPacket?: Buffer }, socket) => {
      if (error.rawPacket?.toString('latin1').startsWith('PRI * HTTP/2')) process.emitWarning(speaksHttp2(name));
      socket.destroy();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Listener(server);
  }

  private constructor(private readonly server: Server) {}

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

function speaksHttp2(name: string): string {
  return (
    `a client spoke HTTP/2 to the local ${name} gateway, which speaks HTTP/1.1: give the client `
    + '`requestHandler: new NodeHttpHandler()` of @smithy/node-http-handler (the SDK has HTTP/2 as the default for Kinesis)'
  );
}
