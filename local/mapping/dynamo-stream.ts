import type { Credentials } from '../account';
import { Forwarder } from '../gateway/forward';
import type { GatewayResponse } from '../gateway/types';
import { parseObject } from '../json';
import { dynamoEventRecord, type WireRecord } from './dynamo-event';
import { IteratorExpiredError, StreamBusyError, type StreamPage, type StreamReader, type StreamPosition, type StreamShard } from './stream-reader';

export interface DynamoStreamOptions {
  readonly streamArn: string;
  readonly awsRegion: string;
  readonly endpoint: string;
  readonly credentials: Credentials;
}

interface WireShard {
  readonly ShardId: string;
  readonly ParentShardId?: string;
  readonly SequenceNumberRange?: { readonly EndingSequenceNumber?: string };
}

/** An answer that says what went wrong, by the service's name for it. */
class StreamError extends Error {
  constructor(override readonly name: string, message: string, readonly status: number) {
    super(message);
  }
}

const BUSY = new Set([
  'ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'LimitExceededException', 'InternalServerError',
]);
const CUT = new Set(['ECONNRESET', 'EPIPE']);
/** What the gateway answers to what it does not know: that is no better later. */
const NOT_IMPLEMENTED = 501;

/** The stream of a DynamoDB table, read as the wire has it: the SDK would make other types of the values. */
export class DynamoStream implements StreamReader {
  readonly batchInfoKey = 'DDBStreamBatchInfo';
  private readonly forwarder: Forwarder;

  constructor(private readonly options: DynamoStreamOptions) {
    this.forwarder = new Forwarder(options.endpoint);
  }

  async listShards(): Promise<StreamShard[]> {
    const shards: WireShard[] = [];
    let last: string | undefined;
    do {
      const { StreamDescription: page } = await this.call<{ StreamDescription: { Shards?: WireShard[]; LastEvaluatedShardId?: string } }>(
        'DescribeStream', { StreamArn: this.options.streamArn, ExclusiveStartShardId: last },
      );
      shards.push(...(page.Shards ?? []));
      last = page.LastEvaluatedShardId;
    } while (last !== undefined);
    return shards.map((shard) => ({
      shardId: shard.ShardId,
      parentShardIds: shard.ParentShardId === undefined ? [] : [shard.ParentShardId],
      closed: shard.SequenceNumberRange?.EndingSequenceNumber !== undefined,
    }));
  }

  async iterator(shardId: string, position: StreamPosition): Promise<string> {
    if (position.type === 'AT_TIMESTAMP') throw new Error('a DynamoDB stream has no position AT_TIMESTAMP');
    if (position.type !== 'AFTER_SEQUENCE_NUMBER') return this.open(shardId, { ShardIteratorType: position.type });
    try {
      return await this.open(shardId, { ShardIteratorType: position.type, SequenceNumber: position.sequenceNumber });
    } catch (error) {
      // What was to come next is gone: it goes on with the oldest there is.
      if (!isTrimmed(error)) throw error;
      return this.open(shardId, { ShardIteratorType: 'TRIM_HORIZON' });
    }
  }

  async read(_: string, iterator: string): Promise<StreamPage> {
    try {
      const page = await this.call<{ Records: WireRecord[]; NextShardIterator?: string | null }>('GetRecords', { ShardIterator: iterator });
      return {
        records: page.Records.map((record) => ({
          sequenceNumber: record.dynamodb.SequenceNumber,
          orderingKey: orderingKey(record),
          arrivedAt: record.dynamodb.ApproximateCreationDateTime * 1000,
          event: dynamoEventRecord(record, this.options.streamArn),
        })),
        nextIterator: page.NextShardIterator ?? undefined,
      };
    } catch (error) {
      if (isTrimmed(error) || (error as Error).name === 'ExpiredIteratorException') {
        throw new IteratorExpiredError((error as Error).message, { cause: error });
      }
      throw error;
    }
  }

  /** To the second. */
  formatArrival(arrivedAt: number): string {
    return new Date(arrivedAt).toISOString().replace(/\.\d{3}Z$/, 'Z');
  }

  close(): void {
    this.forwarder.close();
  }

  private async open(ShardId: string, position: object): Promise<string> {
    const input = { StreamArn: this.options.streamArn, ShardId, ...position };
    return (await this.call<{ ShardIterator: string }>('GetShardIterator', input)).ShardIterator;
  }

  private async call<T>(action: string, input: object): Promise<T> {
    try {
      const answer = await this.send(action, input);
      if (answer.status !== 200) throw refusal(answer);
      return JSON.parse(answer.body.toString()) as T;
    } catch (error) {
      const { name, message, code, status = 0 } = error as StreamError & { code?: string };
      if (BUSY.has(name) || CUT.has(code ?? '') || (status >= 500 && status !== NOT_IMPLEMENTED)) {
        throw new StreamBusyError(`${name}: ${message}`, { cause: error });
      }
      throw error;
    }
  }

  private async send(action: string, input: object): Promise<GatewayResponse> {
    const { awsRegion, credentials } = this.options;
    const scope = `${new Date().toISOString().slice(0, 10).replaceAll('-', '')}/${awsRegion}/dynamodb/aws4_request`;
    return this.forwarder.send({
      method: 'POST',
      url: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDBStreams_20120810.${action}`,
        // The gateway goes by the access key, and verifies no signature.
        'authorization': `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=host, Signature=0`,
      },
      body: Buffer.from(JSON.stringify(input)),
    });
  }
}

function refusal({ status, body }: GatewayResponse): StreamError {
  const { __type: type = '', ...error } = parseObject(body) as { __type?: string; message?: string; Message?: string };
  return new StreamError(type.slice(type.indexOf('#') + 1), error.message ?? error.Message ?? `HTTP ${status}`, status);
}

function isTrimmed(error: unknown): boolean {
  return (error as Error).name === 'TrimmedDataAccessException';
}

/** The item's key, whichever order its attributes come in. */
function orderingKey({ dynamodb }: WireRecord): string {
  return JSON.stringify(Object.entries(dynamodb.Keys).sort(([a], [b]) => (a < b ? -1 : 1)));
}
