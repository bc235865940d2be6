import type { Account } from '../account';
import { getFunctionConfiguration, getPolicy, invoke } from './lambda-functions';
import { getMapping, listMappings, updateMapping } from './lambda-mappings';
import type { LambdaRequest } from './lambda-request';
import { type GatewayResponse, type HttpRequest, type Operation, type ServiceAdapter, UnsupportedError } from './types';

interface Route {
  readonly method: string;
  /** Its group is the function or the mapping. */
  readonly path: RegExp;
  readonly operation: (request: LambdaRequest) => Operation;
}

const FUNCTION = '/2015-03-31/functions/([^/]+)';
const MAPPINGS = '/2015-03-31/event-source-mappings';

const ROUTES: readonly Route[] = [
  { method: 'POST', path: new RegExp(`^${FUNCTION}/invocations$`), operation: invoke },
  { method: 'GET', path: new RegExp(`^${FUNCTION}/configuration$`), operation: getFunctionConfiguration },
  { method: 'GET', path: new RegExp(`^${FUNCTION}/policy$`), operation: getPolicy },
  { method: 'GET', path: new RegExp(`^${MAPPINGS}/?()$`), operation: listMappings },
  { method: 'GET', path: new RegExp(`^${MAPPINGS}/([^/]+)$`), operation: getMapping },
  { method: 'PUT', path: new RegExp(`^${MAPPINGS}/([^/]+)$`), operation: updateMapping },
];

/** The REST protocol of Lambda. The account has the functions. */
export class LambdaAdapter implements ServiceAdapter {
  readonly name = 'lambda';
  readonly refusals = {
    access: { code: 'AccessDeniedException', status: 403 },
    keyAccess: { code: 'KMSAccessDeniedException', status: 502 },
    keyMissing: { code: 'KMSNotFoundException', status: 502 },
    unknownCredentials: { code: 'UnrecognizedClientException', status: 403 },
    noCredentials: { code: 'MissingAuthenticationTokenException', status: 403 },
  };

  parse(request: HttpRequest, account: Account): Operation {
    const { pathname, searchParams: query } = new URL(request.url, 'http://lambda');
    for (const { method, path, operation } of ROUTES) {
      const found = method === request.method ? path.exec(pathname) : null;
      if (found) return operation({ ...request, name: decodeURIComponent(found[1]), query, account });
    }
    throw new UnsupportedError(
      `the local gateway does not know this request of Lambda (${request.method} ${pathname}): add it to local/gateway/lambda.ts`,
    );
  }

  error(code: string, message: string, status: number): GatewayResponse {
    return lambdaError(code, message, status);
  }
}

/** Whether it is the service's fault or the caller's, the body says; the code is in a header. */
function lambdaError(code: string, message: string, status: number): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': code },
    body: Buffer.from(JSON.stringify({ Type: status >= 500 ? 'Service' : 'User', Message: message })),
  };
}
