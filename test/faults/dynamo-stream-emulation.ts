import type { GatewayRequest, GatewayResponse, Middleware } from '../../local/gateway/types';
import type { EmulationOptions, StreamEmulation } from './source';
import type { PastRecord, StreamHistory } from './stream-history';

/** The limits of one page. */
const PAGE_RECORDS = 1_000;
const PAGE_BYTES = 1024 * 1024;

interface Place {
  readonly shardId: string;
  /** Of the next record. */
  readonly index: number;
  /** The emulator's own iterator of it. */
  readonly iterator: string;
  readonly stuck?: boolean;
  readonly trimmed?: boolean;
}

interface IteratorInput {
  readonly StreamArn: string;
  readonly ShardId: string;
  readonly ShardIteratorType: 'AT_SEQUENCE_NUMBER' | 'AFTER_SEQUENCE_NUMBER' | 'TRIM_HORIZON';
  readonly SequenceNumber?: string;
}

type Next = () => Promise<GatewayResponse>;

/**
 * Adds what DynamoDB Local does not have: a moving trim horizon, shards that close and expire, and the size limit of a page. The shards are
 * those of the history. Each is a part of the emulator's only shard.
 */
export class DynamoStreamEmulation implements StreamEmulation {
  private readonly places = new Map<string, Place>();

  constructor(
    private readonly history: StreamHistory,
    /** The emulator's shard that a shard is a piece of. */
    private readonly emulatedShardId: (shardId: string) => string,
    private readonly options: EmulationOptions,
  ) {}

  readonly middleware: Middleware = async (request, next) => {
    if (request.service !== 'dynamodb') return next();
    if (request.action === 'GetShardIterator') return this.iterator(request, next);
    if (request.action === 'GetRecords') return this.page(request, next);
    return next();
  };

  subjectOf({ action, input }: GatewayRequest): string | undefined {
    if (action === 'GetShardIterator') {
      const { ShardId, ShardIteratorType } = input as unknown as IteratorInput;
      return `${this.nameOf(ShardId)} ${ShardIteratorType} ${this.startOf(input as unknown as IteratorInput)}`;
    }
    const place = this.places.get(String(input.ShardIterator));
    return place && `${this.nameOf(place.shardId)} ${place.index} ${String(input.Limit)}`;
  }

  /** Shards are called after the time they were made at. */
  private nameOf(shardId: string): number {
    return this.history.shardIds.indexOf(shardId);
  }

  private isOpen(shardId: string): boolean {
    return this.history.shardIds.at(-1) === shardId;
  }

  /** Index of the record that is asked for. Undefined where the shard never had it. */
  private startOf({ ShardId, ShardIteratorType: type, SequenceNumber }: IteratorInput): number | undefined {
    if (type === 'TRIM_HORIZON') return this.history.horizon(ShardId);
    const record = this.history.find(SequenceNumber!);
    if (record?.shardId !== ShardId) return undefined;
    return type === 'AT_SEQUENCE_NUMBER' ? record.index : record.index + 1;
  }

  private async iterator(request: GatewayRequest, next: Next): Promise<GatewayResponse> {
    const input = request.input as unknown as IteratorInput;
    const { StreamArn: streamArn, ShardId: shardId } = input;
    const shard = this.history.shard(shardId);
    const horizon = this.history.horizon(shardId);
    if (shard.length === 0 || (horizon >= shard.length && !this.isOpen(shardId))) {
      return request.error('ResourceNotFoundException', `Requested resource not found: Shard: ${shardId} in Stream: ${streamArn} not found`);
    }
    const asked = this.startOf(input);
    if (asked === undefined) return request.error('ValidationException', 'Invalid SequenceNumber parameter');

    const how = asked < horizon ? this.options.trimmedStart(shardId, asked) : undefined;
    if (how === 'refused') return request.error('TrimmedDataAccessException', trimmedText(streamArn));
    const index = how === 'skipped' ? horizon : asked;
    const answer = await this.emulated(request, next, shard, index);
    if (answer.status !== 200) return answer;
    const { ShardIterator: iterator } = JSON.parse(answer.body.toString()) as { ShardIterator: string };
    const place = { shardId, index, iterator, stuck: how === 'empty for ever', trimmed: how === 'refused on read' };
    return { ...answer, body: json({ ShardIterator: this.token(place) }) };
  }

  /** Has the emulator give an iterator of a record, or of what follows the last one. */
  private async emulated(request: GatewayRequest, next: Next, shard: readonly PastRecord[], index: number): Promise<GatewayResponse> {
    const at =
      index < shard.length
        ? { ShardIteratorType: 'AT_SEQUENCE_NUMBER', SequenceNumber: shard[index].sequenceNumber }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: shard[shard.length - 1].sequenceNumber };
    request.body = json({ StreamArn: request.input.StreamArn, ShardId: this.emulatedShardId(String(request.input.ShardId)), ...at });
    return next();
  }

  /** A name for a place: the emulator's own are the same for all who ask for one record. */
  private token(place: Place): string {
    const token = `${place.iterator}|${this.places.size}`;
    this.places.set(token, place);
    return token;
  }

  private async page(request: GatewayRequest, next: Next): Promise<GatewayResponse> {
    const place = this.places.get(String(request.input.ShardIterator));
    if (!place) return next();
    const { shardId, index, iterator, stuck, trimmed } = place;
    const asked = (request.input.Limit as number | undefined) ?? PAGE_RECORDS;
    if (asked > PAGE_RECORDS) return request.error('LimitExceededException', `Limit must be at most ${PAGE_RECORDS}, got: ${asked}`);
    if (trimmed || (!stuck && index < this.history.horizon(shardId))) {
      return request.error('TrimmedDataAccessException', trimmedText(iterator.split('|')[0]));
    }
    const shard = this.history.shard(shardId);
    const closed = !this.isOpen(shardId);
    if (stuck) return ok({ Records: [], NextShardIterator: this.token(place) });
    if (closed && index === shard.length) return ok({ Records: [] });

    request.body = json({ ShardIterator: iterator, Limit: Math.min(asked, this.options.pageLimit ?? Infinity, fitting(shard, index)) });
    const answer = await next();
    if (answer.status !== 200) return answer;
    const { Records, NextShardIterator } = JSON.parse(answer.body.toString()) as { Records: unknown[]; NextShardIterator: string };
    const after = index + Records.length;
    if (closed && after === shard.length) return { ...answer, body: json({ Records }) };
    return { ...answer, body: json({ Records, NextShardIterator: this.token({ shardId, index: after, iterator: NextShardIterator }) }) };
  }
}

/** How many records from an index on one page can hold. At least one: at the tip of a shard that is open, one may come. */
function fitting(shard: readonly PastRecord[], index: number): number {
  let bytes = 0;
  let end = index;
  while (end < shard.length && bytes + shard[end].bytes <= PAGE_BYTES) bytes += shard[end++].bytes;
  return Math.max(1, end - index);
}

function trimmedText(streamArn: string): string {
  return `The data you are trying to access has been trimmed. Stream: ${streamArn}`;
}

function json(body: object): Buffer {
  return Buffer.from(JSON.stringify(body));
}

function ok(body: object): GatewayResponse {
  return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: json(body) };
}
