import type { Account } from '../account';
import { parseObject } from '../json';
import { jsonError } from './error-bodies';
import {
  known,
  type GatewayResponse,
  type HttpRequest,
  type Operation,
  operationOn,
  required,
  type ServiceAdapter,
  ServiceError,
  UnsupportedError,
} from './types';

type Target = 'stream' | 'consumer' | 'none';

/** What each action is authorized for. */
const ACTIONS: Readonly<Record<string, { readonly target: Target; readonly keyActions?: readonly string[] }>> = {
  DescribeLimits: { target: 'none' },
  DescribeStream: { target: 'stream' },
  DescribeStreamConsumer: { target: 'consumer' },
  DescribeStreamSummary: { target: 'stream' },
  GetRecords: { target: 'stream', keyActions: ['kms:Decrypt'] },
  GetShardIterator: { target: 'stream' },
  ListShards: { target: 'stream' },
  ListStreamConsumers: { target: 'stream' },
  ListStreams: { target: 'none' },
  PutRecord: { target: 'stream', keyActions: ['kms:GenerateDataKey'] },
  PutRecords: { target: 'stream', keyActions: ['kms:GenerateDataKey'] },
};

const REMEMBERED = 100_000;

/** The JSON protocol of Kinesis. A request may carry nothing but an iterator or a page token: their streams are kept. */
export class KinesisAdapter implements ServiceAdapter {
  readonly name = 'kinesis';
  readonly refusals = {
    access: { code: 'AccessDeniedException', status: 400 },
    keyAccess: { code: 'KMSAccessDeniedException', status: 400 },
    keyMissing: { code: 'KMSNotFoundException', status: 400 },
    unknownCredentials: { code: 'UnrecognizedClientException', status: 400 },
    noCredentials: { code: 'MissingAuthenticationTokenException', status: 400 },
  };

  private readonly streams = new Map<string, string>();

  parse(request: HttpRequest, account: Account): Operation {
    const contentType = request.headers['content-type'] ?? '';
    if (!contentType.startsWith('application/x-amz-json-1.1')) {
      throw new UnsupportedError(
        `the local gateway speaks Kinesis in application/x-amz-json-1.1, got: ${contentType || 'no content type'}`,
      );
    }
    const name = String(request.headers['x-amz-target'] ?? '').replace(/^Kinesis_\d+\./, '');
    const action = known(ACTIONS, 'kinesis', name);
    const input = parseObject(request.body);
    const resource = this.resource(action.target, input, account);
    return {
      ...operationOn(resource, { name, input, action: `kinesis:${name}`, keyActions: action.keyActions }),
      afterwards: async (answer) => this.remember(resource, answer),
    };
  }

  error(code: string, message: string, status: number): GatewayResponse {
    return jsonError(code, message, status, 'application/x-amz-json-1.1');
  }

  private resource(target: Target, input: Record<string, unknown>, account: Account): string {
    if (target === 'none') return '*';
    if (target === 'consumer' && typeof input.ConsumerARN === 'string') return input.ConsumerARN;

    const named =
      typeof input.StreamARN === 'string'
        ? streamArn(input.StreamARN)
        : typeof input.StreamName === 'string'
          ? account.arn('kinesis', `stream/${input.StreamName}`)
          : undefined;
    const token = input.ShardIterator ?? input.NextToken;
    if (typeof token !== 'string') return named ?? streamArn(required(input, 'StreamARN'));

    const remembered = this.streams.get(token);
    if (remembered === undefined) {
      throw new ServiceError(
        'InvalidArgumentException',
        'Invalid ShardIterator or NextToken: it was not issued through this endpoint',
      );
    }
    if (named !== undefined && named !== remembered) {
      throw new ServiceError(
        'InvalidArgumentException',
        `The ShardIterator or NextToken is for ${remembered}, not for ${named}`,
      );
    }
    return remembered;
  }

  private remember(resource: string, answer: GatewayResponse): void {
    if (answer.status !== 200) return;
    // Not JSON.parse: an answer may hold megabytes of records.
    for (const [, token] of answer.body
      .toString('latin1')
      .matchAll(/"(?:NextShardIterator|ShardIterator|NextToken)"\s*:\s*"([^"\\]+)"/g)) {
      this.streams.set(token, resource);
    }
    for (const token of this.streams.keys()) {
      if (this.streams.size <= REMEMBERED) break;
      this.streams.delete(token);
    }
  }
}

function streamArn(arn: string): string {
  if (!/^arn:[^:]+:kinesis:[^:]*:\d{12}:stream\/[A-Za-z0-9_.-]+$/.test(arn)) {
    throw new ServiceError('InvalidArgumentException', `StreamARN ${arn} is not the ARN of a stream`);
  }
  return arn;
}
