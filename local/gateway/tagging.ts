import type { Account } from '../account';
import { jsonError } from './error-bodies';
import { JSON_REFUSALS, jsonResponse, jsonRequest } from './json-protocol';
import { type GatewayResponse, type HttpRequest, type Operation, type ServiceAdapter, ServiceError, UnsupportedError } from './types';

interface TagFilter {
  readonly Key?: string;
  readonly Values?: readonly string[];
}

interface GetResourcesInput {
  readonly TagFilters?: readonly TagFilter[];
  readonly ResourceTypeFilters?: readonly string[];
  readonly ResourcesPerPage?: number;
  readonly PaginationToken?: string;
}

const KNOWN_INPUT = ['TagFilters', 'ResourceTypeFilters', 'ResourcesPerPage', 'PaginationToken'];
const DEFAULT_PAGE = 50;

/** The Resource Groups Tagging API: which resources have which tags. */
export class TaggingAdapter implements ServiceAdapter {
  readonly name = 'tagging';
  readonly refusals = JSON_REFUSALS;

  parse(request: HttpRequest, account: Account): Operation {
    const { name, action, input } = jsonRequest(request, 'tagging', 'ResourceGroupsTaggingAPI_20170126', { GetResources: getResources });
    return {
      name,
      input,
      permissions: [{ action: `tag:${name}`, resource: '*' }],
      answer: async () => jsonResponse(action(input, account)),
    };
  }

  error(code: string, message: string, status: number): GatewayResponse {
    return jsonError(code, message, status, 'application/x-amz-json-1.1');
  }
}

function getResources(input: GetResourcesInput, account: Account): object {
  const unknown = Object.keys(input).filter((name) => !KNOWN_INPUT.includes(name));
  if (unknown.length > 0) {
    throw new UnsupportedError(`the local gateway knows ${KNOWN_INPUT.join(', ')} of GetResources, got: ${unknown.join(', ')}`);
  }
  const { TagFilters: filters = [], ResourceTypeFilters: types = [], PaginationToken: token = '' } = input;
  const size = input.ResourcesPerPage ?? DEFAULT_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > 100) throw invalid(`ResourcesPerPage must be 1 to 100, got: ${size}`);
  for (const { Key: key } of filters) if (!key) throw invalid('every one of TagFilters must have a Key');

  const found = [...account.tags]
    .filter(([arn, tags]) => (types.length === 0 || types.some((type) => isOfType(arn, type))) && filters.every((filter) => matches(tags, filter)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const from = token === '' ? 0 : found.findIndex(([arn]) => arn === Buffer.from(token, 'base64url').toString());
  if (from < 0) throw new ServiceError('PaginationTokenExpiredException', 'The PaginationToken has expired');
  const next = found[from + size]?.[0];
  return {
    PaginationToken: next === undefined ? '' : Buffer.from(next).toString('base64url'),
    ResourceTagMappingList: found.slice(from, from + size).map(([arn, tags]) => ({
      ResourceARN: arn,
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    })),
  };
}

/** `lambda` is every resource of the service, `lambda:function` those of one type. */
function isOfType(arn: string, type: string): boolean {
  const [service, kind] = type.split(':');
  const [, , ofService, , , ofKind] = arn.split(/[:/]/);
  return service === ofService && (kind === undefined || kind === ofKind);
}

/** Any of the values, or any value at all. */
function matches(tags: Readonly<Record<string, string>>, { Key: key = '', Values: values = [] }: TagFilter): boolean {
  return Object.hasOwn(tags, key) && (values.length === 0 || values.includes(tags[key]));
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}
