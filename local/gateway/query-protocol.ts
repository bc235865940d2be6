import { randomUUID } from 'node:crypto';
import { escapeXml } from './error-bodies';
import { type GatewayResponse, type HttpRequest, type ServiceName, UnsupportedError } from './types';

/** The parameters of a request of the AWS query protocol. */
export function queryInput(request: HttpRequest, service: ServiceName): Readonly<Record<string, string>> {
  const contentType = request.headers['content-type'] ?? '';
  if (!contentType.startsWith('application/x-www-form-urlencoded')) {
    throw new UnsupportedError(
      `the local gateway speaks ${service.toUpperCase()} in the query protocol, got: ${contentType || 'no content type'}`,
    );
  }
  return Object.fromEntries(new URLSearchParams(request.body.toString()));
}

export function queryResponse(namespace: string, action: string, result: string): GatewayResponse {
  return xml(200, `<${action}Response xmlns="${namespace}"><${action}Result>${result}</${action}Result>`
    + `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`);
}

export function queryError(namespace: string, code: string, message: string, status: number): GatewayResponse {
  return xml(status, `<ErrorResponse xmlns="${namespace}"><Error>`
    + `<Type>${status >= 500 ? 'Receiver' : 'Sender'}</Type><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`
    + `</Error><RequestId>${randomUUID()}</RequestId></ErrorResponse>`);
}

function xml(status: number, body: string): GatewayResponse {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
}
