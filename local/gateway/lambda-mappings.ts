import { parseObject } from '../json';
import type { MappingLifecycle } from '../mapping/mapping-lifecycle';
import { jsonResponse } from './json-protocol';
import { type LambdaRequest, namedFunctionArn } from './lambda-request';
import { type GatewayResponse, type Operation, ServiceError, UnsupportedError } from './types';

const DEFAULT_PAGE = 100;

export function listMappings({ query, account }: LambdaRequest): Operation {
  return {
    name: 'ListEventSourceMappings',
    input: {},
    permissions: [{ action: 'lambda:ListEventSourceMappings', resource: '*' }],
    answer: async () => {
      const source = query.get('EventSourceArn');
      const functionName = query.get('FunctionName');
      const functionArn = functionName === null ? null : namedFunctionArn(functionName, null, account);
      const found = [...account.mappings.values()].filter(({ configuration }) => (
        (source === null || configuration.EventSourceArn === source)
        && (functionArn === null || configuration.FunctionArn === functionArn)
      ));
      const from = Number(query.get('Marker') ?? 0);
      const to = from + Number(query.get('MaxItems') ?? DEFAULT_PAGE);
      return answerOf({
        EventSourceMappings: found.slice(from, to).map(described),
        ...(found.length > to && { NextMarker: String(to) }),
      });
    },
  };
}

export function getMapping(request: LambdaRequest): Operation {
  return onMapping(request, 'GetEventSourceMapping', (mapping) => answerOf(described(mapping)));
}

/** The switch only: what else may be updated is refused. */
export function updateMapping(request: LambdaRequest): Operation {
  const change = parseObject(request.body) as { readonly Enabled?: boolean };
  const { Enabled: enabled, ...others } = change;
  if (Object.keys(others).length > 0) {
    throw new UnsupportedError(`the local gateway knows Enabled of UpdateEventSourceMapping, got: ${Object.keys(others).join(', ')}`);
  }
  return onMapping(request, 'UpdateEventSourceMapping', (mapping) => {
    if (mapping.inTransition) {
      throw new ServiceError('ResourceInUseException', 'Cannot update the event source mapping because it is in use.');
    }
    if (enabled !== undefined) mapping.setEnabled(enabled);
    return answerOf(described(mapping), 202);
  });
}

function onMapping({ name, account }: LambdaRequest, action: string, answer: (mapping: MappingLifecycle) => GatewayResponse): Operation {
  return {
    name: action,
    input: {},
    permissions: [{ action: `lambda:${action}`, resource: account.arn('lambda', `event-source-mapping:${name}`) }],
    answer: async () => {
      const mapping = account.mappings.get(name);
      if (!mapping) throw new ServiceError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
      return answer(mapping);
    },
  };
}

function described({ configuration, state, lastModified, lastProcessingResult, failure }: MappingLifecycle): object {
  const isOnQueue = configuration.EventSourceArn.split(':')[2] === 'sqs';
  return {
    ...configuration,
    State: state,
    StateTransitionReason: failure ? failure.message : isOnQueue ? 'USER_INITIATED' : 'User action',
    LastModified: lastModified.getTime() / 1000,
    LastProcessingResult: lastProcessingResult,
  };
}

function answerOf(output: object, status = 200): GatewayResponse {
  return jsonResponse(output, 'application/json', status);
}
