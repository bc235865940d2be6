import type { Account } from '../account';
import { parseObject } from '../json';
import { jsonError } from './error-bodies';
import { JSON_REFUSALS } from './json-protocol';
import {
  known,
  type GatewayResponse,
  type HttpRequest,
  type KeyUse,
  type Operation,
  type Permission,
  required,
  type ServiceAdapter,
  ServiceError,
  UnsupportedError,
} from './types';

type Input = Readonly<Record<string, unknown>>;

/** What an action is allowed on, by the permission it takes there. */
interface Access {
  /** Without the prefix. */
  readonly permission: string;
  readonly resource: string;
}

interface Action {
  readonly accesses: (input: Input, account: Account, name: string) => readonly Access[];
  readonly keyActions?: readonly string[];
}

const READ_KEY = ['kms:Decrypt'];
const WRITE_KEY = ['kms:Encrypt'];

const onTable: Action['accesses'] = (input, account, name) => [{ permission: name, resource: tableArn(account, required(input, 'TableName')) }];
const onTableOrIndex: Action['accesses'] = (input, account, name) => {
  const table = tableArn(account, required(input, 'TableName'));
  return [{ permission: name, resource: typeof input.IndexName === 'string' ? `${table}/index/${input.IndexName}` : table }];
};
const onTables: Action['accesses'] = (input, account, name) => Object.keys((input.RequestItems ?? {}) as object)
  .map((table) => ({ permission: name, resource: tableArn(account, table) }));
/** A transaction takes the permissions of its parts. */
const onTransaction: Action['accesses'] = (input, account) => ((input.TransactItems ?? []) as Record<string, Input>[])
  .flatMap((item) => Object.entries(item))
  .map(([part, of]) => ({
    permission: part === 'ConditionCheck' ? 'ConditionCheckItem' : `${part}Item`, resource: tableArn(account, required(of, 'TableName')),
  }));
const onStream: Action['accesses'] = (input, _, name) => [{ permission: name, resource: streamArn(required(input, 'StreamArn')) }];
const onEverything: Action['accesses'] = (_, __, name) => [{ permission: name, resource: '*' }];

/** By the protocol's target: the two APIs share a prefix in IAM, and nothing else. */
const ACTIONS: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
  DynamoDB_20120810: {
    BatchGetItem: { accesses: onTables, keyActions: READ_KEY },
    BatchWriteItem: { accesses: onTables, keyActions: WRITE_KEY },
    DeleteItem: { accesses: onTable, keyActions: WRITE_KEY },
    DescribeTable: { accesses: onTable },
    DescribeTimeToLive: { accesses: onTable },
    GetItem: { accesses: onTable, keyActions: READ_KEY },
    ListTables: { accesses: onEverything },
    PutItem: { accesses: onTable, keyActions: WRITE_KEY },
    Query: { accesses: onTableOrIndex, keyActions: READ_KEY },
    Scan: { accesses: onTableOrIndex, keyActions: READ_KEY },
    TransactGetItems: { accesses: onTransaction, keyActions: READ_KEY },
    TransactWriteItems: { accesses: onTransaction, keyActions: WRITE_KEY },
    UpdateItem: { accesses: onTable, keyActions: WRITE_KEY },
  },
  DynamoDBStreams_20120810: {
    DescribeStream: { accesses: onStream },
    // An iterator begins with the stream that it is for.
    GetRecords: {
      accesses: (input, _, name) => [{ permission: name, resource: streamArn(required(input, 'ShardIterator').split('|')[0]) }],
      keyActions: READ_KEY,
    },
    GetShardIterator: { accesses: onStream },
    ListStreams: { accesses: onEverything },
  },
};

/** The JSON protocol of DynamoDB and of DynamoDB Streams, which is a service of its own to clients and none to IAM. */
export class DynamoDbAdapter implements ServiceAdapter {
  readonly name = 'dynamodb';
  readonly refusals = JSON_REFUSALS;

  parse(request: HttpRequest, account: Account): Operation {
    const target = String(request.headers['x-amz-target'] ?? '');
    const [api, name] = target.split('.');
    if (!Object.hasOwn(ACTIONS, api)) {
      throw new UnsupportedError(
        `the local gateway speaks DynamoDB in AWS JSON with an X-Amz-Target header of ${Object.keys(ACTIONS).join(' or ')}, got: ${target || 'none'}`,
      );
    }
    const action = known(ACTIONS[api], 'dynamodb', name);
    const input = parseObject(request.body);
    const accesses = action.accesses(input, account, name);
    return {
      name,
      input,
      permissions: accesses.map(({ permission, resource }): Permission => ({ action: `dynamodb:${permission}`, resource })),
      ...(action.keyActions && { keyUse: keyUses(accesses, action.keyActions) }),
    };
  }

  error(code: string, message: string, status: number): GatewayResponse {
    return jsonError(code, message, status, 'application/x-amz-json-1.0');
  }
}

/** Indexes and streams are encrypted with the key of their table. */
function keyUses(accesses: readonly Access[], actions: readonly string[]): readonly KeyUse[] {
  const tables = new Set(accesses.map(({ resource }) => resource.split('/').slice(0, 2).join('/')));
  return [...tables].map((resource) => ({ resource, actions }));
}

function tableArn(account: Account, name: string): string {
  if (name.startsWith('arn:')) {
    throw new UnsupportedError(`the local gateway knows tables by name, as DynamoDB Local does, got: ${name}`);
  }
  return account.arn('dynamodb', `table/${name}`);
}

function streamArn(arn: string): string {
  if (!/^arn:[^:]+:dynamodb:[^:]+:\d{12}:table\/[^/]+\/stream\/[^/]+$/.test(arn)) {
    throw new ServiceError('ValidationException', `Invalid StreamArn or ShardIterator: ${arn} is not the ARN of a stream`);
  }
  return arn;
}
