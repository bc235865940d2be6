import { Agent, request as httpRequest } from 'node:http';
import type { GatewayResponse, HttpRequest } from './types';

/** About one connection, not about the message. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'expect',
  'host',
  'content-length',
  'upgrade',
  'te',
  'trailer',
];

/** How a connection fails whose other end was closed before the request: by its answer, or, of a large body, by its second half. */
const CLOSED = ['ECONNRESET', 'EPIPE'];

/** Sends requests on to one emulator over connections that are kept. */
export class Forwarder {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly upstream: URL;

  constructor(endpoint: string) {
    this.upstream = new URL(endpoint);
  }

  async send(request: HttpRequest): Promise<GatewayResponse> {
    for (;;) {
      try {
        return await this.sendOnce(request);
      } catch (error) {
        // An idle connection that the emulator closed just as it was taken up again: it never saw the request. The next idle one may
        // be no better, a new one is.
        if (!(error as { staleConnection?: boolean }).staleConnection) throw error;
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async sendOnce({ method, url, headers, body }: HttpRequest): Promise<GatewayResponse> {
    return new Promise((resolve, reject) => {
      const outgoing = httpRequest(
        {
          agent: this.agent,
          host: this.upstream.hostname,
          port: this.upstream.port,
          method,
          path: url,
          headers: { ...passedOn(headers), 'content-length': String(body.length) },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming
            .on('data', (chunk: Buffer) => chunks.push(chunk))
            .on('error', reject)
            .on('end', () => {
              resolve({
                status: incoming.statusCode!,
                // The length of an answer to HEAD tells the object's size; any other is that of the body.
                headers: {
                  ...passedOn(incoming.headers),
                  ...(method === 'HEAD' && { 'content-length': incoming.headers['content-length'] }),
                },
                body: Buffer.concat(chunks),
              });
            });
        },
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        reject(Object.assign(error, { staleConnection: outgoing.reusedSocket && CLOSED.includes(error.code!) }));
      });
      outgoing.end(body);
    });
  }
}

function passedOn<T extends Record<string, unknown>>(headers: T): Partial<T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name))) as Partial<T>;
}
