import { parseObject } from '../json';
import { known, type HttpRequest, type ServiceAdapter, type ServiceName, UnsupportedError } from './types';

/** What a service of the AWS JSON protocol refuses with, where it has no errors of its own for keys. */
export const JSON_REFUSALS: ServiceAdapter['refusals'] = {
  access: { code: 'AccessDeniedException', status: 400 },
  keyAccess: { code: 'AccessDeniedException', status: 400 },
  keyMissing: { code: 'AccessDeniedException', status: 400 },
  unknownCredentials: { code: 'UnrecognizedClientException', status: 400 },
  noCredentials: { code: 'MissingAuthenticationTokenException', status: 400 },
};

export interface JsonRequest<Action> {
  readonly name: string;
  readonly action: Action;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Reads a request of the AWS JSON protocol, whose X-Amz-Target header names the action. */
export function jsonRequest<Action>(
  request: HttpRequest,
  service: ServiceName,
  api: string,
  actions: Readonly<Record<string, Action>>,
): JsonRequest<Action> {
  const target = String(request.headers['x-amz-target'] ?? '');
  if (!target.startsWith(`${api}.`)) {
    throw new UnsupportedError(`the local gateway speaks ${service} in AWS JSON with an X-Amz-Target header of ${api}, got: ${target || 'none'}`);
  }
  const name = target.slice(api.length + 1);
  const action = known(actions, service, name);
  return { name, action, input: parseObject(request.body) };
}

export function jsonResponse(output: object, contentType = 'application/x-amz-json-1.1', status = 200) {
  return { status, headers: { 'content-type': contentType }, body: Buffer.from(JSON.stringify(output)) };
}
