import type { IncomingMessage, ServerResponse } from 'node:http';
import { jsonError } from './error-bodies';
import { Listener } from './listener';
import type { ServiceServer } from './service-server';
import { serviceOf } from './signature';

/** One endpoint for all services, for `AWS_ENDPOINT_URL` and `--endpoint-url`. The signature of a request names its service. */
export async function startSharedEndpoint(servers: Readonly<Record<string, ServiceServer>>): Promise<Listener> {
  return Listener.start('AWS', async (incoming, outgoing) => {
    const service = serviceOf(incoming);
    if (service !== undefined && Object.hasOwn(servers, service)) await servers[service].handle(incoming, outgoing);
    else refuse(incoming, outgoing, service, Object.keys(servers));
  });
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, service: string | undefined, known: readonly string[]): void {
  const { status, headers, body } = service === undefined
    ? jsonError('MissingAuthenticationTokenException', 'The request is not signed: the Authorization header is missing', 403, 'application/json')
    : jsonError('NotImplemented', `the local gateway does not know the service ${service}, only ${known.join(', ')}`, 501, 'application/json');
  incoming.resume();
  outgoing.writeHead(status, headers as Record<string, string>).end(body);
}
