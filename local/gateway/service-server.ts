import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../account';
import type { Authorizer } from '../iam/authorizer';
import { Forwarder } from './forward';
import { keyDenial } from './key-use';
import { Listener } from './listener';
import { accessKeyOf } from './signature';
import {
  type GatewayRequest,
  type GatewayResponse,
  type HttpRequest,
  type Middleware,
  type Operation,
  type Permission,
  type Refusal,
  type ServiceAdapter,
  ServiceError,
  UnsupportedError,
} from './types';

export interface ServiceServerOptions {
  readonly adapter: ServiceAdapter;
  readonly account: Account;
  readonly authorizer: Authorizer;
  /** The emulator's endpoint, for a service that has one. */
  readonly upstream?: string;
  readonly middleware: readonly Middleware[];
}

/** The endpoint of one service: authenticates and authorizes a request, then forwards it to the emulator or answers it for the account. */
export class ServiceServer {
  static async start(options: ServiceServerOptions): Promise<ServiceServer> {
    const server = new ServiceServer(options);
    server.listener = await Listener.start(options.adapter.name, async (incoming, outgoing) => server.handle(incoming, outgoing));
    return server;
  }

  private readonly forwarder?: Forwarder;
  private listener!: Listener;

  private constructor(private readonly options: ServiceServerOptions) {
    if (options.upstream !== undefined) this.forwarder = new Forwarder(options.upstream);
  }

  get endpoint(): string {
    return this.listener.endpoint;
  }

  async stop(): Promise<void> {
    const stopped = this.listener.stop();
    await this.options.adapter.close?.();
    this.forwarder?.close();
    await stopped;
  }

  /** Answers one request, from the service's own endpoint or from the shared one. */
  async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { adapter } = this.options;
    let request: HttpRequest | undefined;
    try {
      request = {
        method: incoming.method!,
        url: incoming.url!,
        headers: incoming.headers,
        body: await readBody(incoming),
      };
      const answer = await this.answer(request, incoming);
      if (answer) await respond(outgoing, answer, request);
    } catch (error) {
      // The client closed the connection, or the gateway stops.
      if (!request || incoming.socket.destroyed) return;
      if (error instanceof ServiceError) {
        await respond(outgoing, adapter.error(error.code, error.message, error.status, request), request);
      } else if (error instanceof UnsupportedError) {
        await respond(outgoing, adapter.error('NotImplemented', error.message, 501, request), request);
      } else {
        const message = `the local gateway failed: ${error instanceof Error ? error.stack : String(error)}`;
        process.emitWarning(message);
        await respond(outgoing, adapter.error('InternalFailure', message, 500, request), request);
      }
    }
  }

  private async answer(request: HttpRequest, incoming: IncomingMessage): Promise<GatewayResponse | undefined> {
    const { adapter, account, authorizer } = this.options;
    const refuse = (reason: Refusal, message: string) => {
      const { code, status } = adapter.refusals[reason];
      return adapter.error(code, message, status, request);
    };

    const accessKeyId = accessKeyOf(request);
    if (accessKeyId === undefined)
      return refuse('noCredentials', 'The request is not signed: the Authorization header is missing');
    const role = account.roleByAccessKey(accessKeyId);
    if (!role) return refuse('unknownCredentials', 'The security token included in the request is invalid');

    const principal = { roleArn: role.arn };
    const operation = adapter.parse(request, account);
    const permits = async (permission: Permission): Promise<string | undefined> => {
      const { allowed, message } = await authorizer.authorize({ principal, ...permission });
      return allowed ? undefined : message;
    };
    for (const permission of operation.permissions) {
      const denial = await permits(permission);
      if (denial !== undefined) return refuse('access', denial);
    }
    const refusal = await keyDenial(operation, adapter.name, principal, account, authorizer);
    if (refusal) return refuse(refusal.reason, refusal.message);

    const seen = this.describe(request, operation, role.arn, incoming);
    return this.throughMiddleware(seen, async () => {
      const answer = await (operation.answer?.(seen) ?? this.forwarder!.send(seen));
      return (await operation.afterwards?.(answer, permits)) ?? answer;
    });
  }

  private describe(
    request: HttpRequest,
    operation: Operation,
    roleArn: string,
    incoming: IncomingMessage,
  ): GatewayRequest {
    const { adapter } = this.options;
    return {
      ...request,
      service: adapter.name,
      action: operation.name,
      roleArn,
      resources: operation.permissions.map((permission) => permission.resource),
      input: operation.input,
      error: (code, message, status = 400) => adapter.error(code, message, status, request),
      destroy: () => void incoming.socket.destroy(),
    };
  }

  /** The middleware that was added last is the outermost. */
  private async throughMiddleware(
    request: GatewayRequest,
    last: () => Promise<GatewayResponse>,
  ): Promise<GatewayResponse | undefined> {
    let next: () => Promise<GatewayResponse | undefined> = last;
    for (const middleware of this.options.middleware) {
      const inner = next as () => Promise<GatewayResponse>;
      next = async () => middleware(request, inner);
    }
    return next();
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function respond(outgoing: ServerResponse, answer: GatewayResponse, { method }: HttpRequest): Promise<void> {
  const { status, headers, body, delivery } = answer;
  if (outgoing.destroyed) return;
  outgoing.writeHead(status, { ...headers, ...(method !== 'HEAD' && { 'content-length': body.length }) });
  if (delivery) await deliver(outgoing, body, delivery);
  else outgoing.end(body);
}

const PIECES = 10;

/** Sends a body piece by piece, as far as it goes. */
async function deliver(
  outgoing: ServerResponse,
  body: Buffer,
  { cutAfter, millis = 0 }: NonNullable<GatewayResponse['delivery']>,
): Promise<void> {
  const sent = body.subarray(0, cutAfter);
  const size = Math.max(1, Math.ceil(sent.length / PIECES));
  for (let start = 0; start < sent.length && !outgoing.destroyed; start += size) {
    outgoing.write(sent.subarray(start, start + size));
    await sleep(millis / PIECES);
  }
  if (cutAfter === undefined) outgoing.end();
  else outgoing.destroy();
}
