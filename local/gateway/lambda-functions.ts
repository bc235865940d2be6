import type { InvocableFunction } from '../account';
import { FunctionThrottledError, PayloadTooLargeError } from '../functions/errors';
import { type FunctionSpec, logGroupNameOf, versionOf } from '../functions/function-spec';
import { SYNC_PAYLOAD_BYTES } from '../functions/lambda-function';
import { jsonResponse } from './json-protocol';
import { functionNotFound, type LambdaRequest, namedFunctionArn } from './lambda-request';
import { type GatewayRequest, type GatewayResponse, type Operation, ServiceError, UnsupportedError } from './types';

const INVOCATIONS: Readonly<Record<string, (fn: InvocableFunction, request: GatewayRequest) => Promise<GatewayResponse>>> = {
  RequestResponse: invokeNow,
  Event: invokeLater,
  DryRun: async () => ({ status: 204, headers: {}, body: Buffer.alloc(0) }),
};

export function invoke({ name, query, account, headers }: LambdaRequest): Operation {
  const type = String(headers['x-amz-invocation-type'] ?? 'RequestResponse');
  if (!Object.hasOwn(INVOCATIONS, type)) {
    throw new ServiceError('InvalidParameterValueException', `InvocationType must be one of ${Object.keys(INVOCATIONS).join(', ')}, got: ${type}`);
  }
  if (headers['x-amz-log-type'] === 'Tail') {
    throw new UnsupportedError('the local gateway does not send the end of the log (LogType Tail): see the account\'s log groups');
  }
  const arn = namedFunctionArn(name, query.get('Qualifier'), account);
  return {
    name: 'Invoke',
    input: {},
    permissions: [{ action: 'lambda:InvokeFunction', resource: arn }],
    answer: async (request) => {
      const fn = account.functions.get(arn);
      if (!fn) throw functionNotFound(arn);
      return INVOCATIONS[type](fn, request);
    },
  };
}

async function invokeNow(fn: InvocableFunction, request: GatewayRequest): Promise<GatewayResponse> {
  if (request.body.length > SYNC_PAYLOAD_BYTES) {
    throw tooLarge(`Request must be smaller than ${SYNC_PAYLOAD_BYTES} bytes for the InvokeFunction operation`);
  }
  try {
    const { statusCode, executedVersion, functionError, payload } = await fn.invoke(eventOf(request));
    return {
      status: statusCode,
      headers: {
        'content-type': 'application/json',
        'x-amz-executed-version': executedVersion,
        ...(functionError !== undefined && { 'x-amz-function-error': functionError }),
      },
      body: Buffer.from(payload),
    };
  } catch (error) {
    if (!(error instanceof FunctionThrottledError)) throw error;
    const answer = request.error('TooManyRequestsException', 'Rate Exceeded.', 429);
    const body = { ...JSON.parse(answer.body.toString()), Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' };
    return { ...answer, body: Buffer.from(JSON.stringify(body)) };
  }
}

async function invokeLater(fn: InvocableFunction, request: GatewayRequest): Promise<GatewayResponse> {
  try {
    fn.invokeAsync(eventOf(request));
  } catch (error) {
    if (!(error instanceof PayloadTooLargeError)) throw error;
    throw tooLarge(`${error.bytes} byte payload is too large for the Event invocation type (limit ${error.maximum} bytes)`);
  }
  return { status: 202, headers: {}, body: Buffer.alloc(0) };
}

function eventOf({ body }: GatewayRequest): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new ServiceError('InvalidRequestContentException', `Could not parse request body into json: ${(error as Error).message}`);
  }
}

function tooLarge(message: string): ServiceError {
  return new ServiceError('RequestEntityTooLargeException', message, 413);
}

export function getFunctionConfiguration({ name, query, account }: LambdaRequest): Operation {
  const arn = namedFunctionArn(name, query.get('Qualifier'), account);
  return {
    name: 'GetFunctionConfiguration',
    input: {},
    permissions: [{ action: 'lambda:GetFunctionConfiguration', resource: arn }],
    answer: async () => {
      const spec = account.functions.get(arn)?.spec;
      if (!spec) throw functionNotFound(arn);
      return jsonResponse(configurationOf(spec, arn), 'application/json');
    },
  };
}

/** The function's own policy, made of the permissions that were added to it. */
export function getPolicy({ name, query, account }: LambdaRequest): Operation {
  const arn = namedFunctionArn(name, query.get('Qualifier'), account);
  return {
    name: 'GetPolicy',
    input: {},
    permissions: [{ action: 'lambda:GetPolicy', resource: arn }],
    answer: async () => {
      const policy = account.resourcePolicies.get(arn);
      if (!policy) throw new ServiceError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
      return jsonResponse({ Policy: JSON.stringify({ ...policy, Id: 'default' }) }, 'application/json');
    },
  };
}

function configurationOf(spec: FunctionSpec, arn: string): object {
  return {
    FunctionName: spec.functionName,
    FunctionArn: arn,
    Runtime: spec.runtime,
    Role: spec.roleArn,
    Handler: spec.handler,
    Timeout: spec.timeoutSeconds,
    MemorySize: spec.memorySize,
    Version: versionOf(spec),
    // Lambda leaves it out where there is none.
    ...(Object.keys(spec.environment).length > 0 && { Environment: { Variables: spec.environment } }),
    PackageType: 'Zip',
    Architectures: [spec.architecture ?? 'x86_64'],
    State: 'Active',
    LastUpdateStatus: 'Successful',
    LoggingConfig: { LogFormat: spec.logFormat ?? 'Text', LogGroup: logGroupNameOf(spec) },
  };
}
