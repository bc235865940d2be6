import type { GetRecordsCommandOutput } from '@aws-sdk/client-kinesis';
import type { GatewayRequest, GatewayResponse, Middleware } from '../../local/gateway/types';
import type { EmulationOptions, StreamEmulation } from './source';
import type { StreamHistory } from './stream-history';

interface Place {
  readonly shardId: string;
  /** Of the next record. */
  readonly index: number;
  readonly stuck?: boolean;
}

interface IteratorInput {
  readonly ShardId: string;
  readonly ShardIteratorType: string;
  readonly StartingSequenceNumber?: string;
  /** Seconds. */
  readonly Timestamp?: number;
}

/**
 * Adds what the emulator does not have: a moving trim horizon, and a `MillisBehindLatest` that shows whether records are left.
 */
export class KinesisStreamEmulation implements StreamEmulation {
  private readonly places = new Map<string, Place>();

  constructor(
    private readonly history: StreamHistory,
    private readonly retentionMillis: number,
    private readonly options: EmulationOptions,
  ) {}

  readonly middleware: Middleware = async (request, next) => {
    if (request.service !== 'kinesis') return next();
    if (request.action === 'GetShardIterator') return this.iterator(request, next);
    if (request.action === 'GetRecords') return this.page(request, next);
    return next();
  };

  subjectOf({ action, input }: GatewayRequest): string | undefined {
    if (action === 'GetShardIterator') {
      const { ShardId, ShardIteratorType } = input as unknown as IteratorInput;
      return `${ShardId} ${ShardIteratorType} ${this.startOf(input as unknown as IteratorInput)}`;
    }
    const place = this.places.get(String(input.ShardIterator));
    return place && `${place.shardId} ${place.index} ${String(input.Limit)}`;
  }

  private startOf({ ShardId, ShardIteratorType, StartingSequenceNumber, Timestamp }: IteratorInput): number | undefined {
    const record = StartingSequenceNumber === undefined ? undefined : this.history.find(StartingSequenceNumber);
    if (ShardIteratorType === 'AT_SEQUENCE_NUMBER') return record?.index;
    if (ShardIteratorType === 'AFTER_SEQUENCE_NUMBER') return record && record.index + 1;
    if (ShardIteratorType === 'TRIM_HORIZON') return 0;
    const shard = this.history.shard(ShardId);
    const index = shard.findIndex(({ arrivedAt }) => arrivedAt >= Timestamp! * 1_000);
    return index < 0 ? shard.length : index;
  }

  private async iterator(request: GatewayRequest, next: () => Promise<GatewayResponse>): Promise<GatewayResponse> {
    const input = request.input as unknown as IteratorInput;
    const { ShardId: shardId, ShardIteratorType: type, StartingSequenceNumber: start } = input;
    const asked = this.startOf(input);
    // A sequence number that was never put, or the tip of the shard: the emulator's own answer will do.
    if (asked === undefined || asked >= this.history.shard(shardId).length) return next();

    const horizon = this.history.horizon(shardId);
    const how = asked < horizon && type === 'AT_SEQUENCE_NUMBER' ? this.options.trimmedStart(shardId, asked) : 'skipped';
    if (how === 'refused') {
      return request.error(
        'InvalidArgumentException',
        `StartingSequenceNumber ${start} used in GetShardIterator on shard ${shardId} in stream orders under account 123456789012 is invalid.`,
      );
    }
    const stuck = how === 'empty for ever';
    const index = stuck ? asked : Math.max(asked, horizon);
    const at = { ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: this.history.shard(shardId)[index].sequenceNumber };
    request.body = Buffer.from(JSON.stringify({ ...request.input, ...at, Timestamp: undefined }));
    const answer = await next();
    if (answer.status === 200) {
      const { ShardIterator } = JSON.parse(answer.body.toString()) as { ShardIterator: string };
      this.places.set(ShardIterator, { shardId, index, stuck });
    }
    return answer;
  }

  private async page(request: GatewayRequest, next: () => Promise<GatewayResponse>): Promise<GatewayResponse> {
    const token = String(request.input.ShardIterator);
    const place = this.places.get(token);
    if (place?.stuck) {
      const page = { Records: [], NextShardIterator: token, MillisBehindLatest: this.retentionMillis + 60_000 };
      return { status: 200, headers: { 'content-type': 'application/x-amz-json-1.1' }, body: Buffer.from(JSON.stringify(page)) };
    }
    const limit = request.input.Limit as number | undefined;
    const { pageLimit = Infinity } = this.options;
    if (limit !== undefined && limit > pageLimit) request.body = Buffer.from(JSON.stringify({ ...request.input, Limit: pageLimit }));
    const answer = await next();
    if (!place || answer.status !== 200) return answer;
    const page = JSON.parse(answer.body.toString()) as Omit<GetRecordsCommandOutput, '$metadata'>;
    const index = place.index + (page.Records?.length ?? 0);
    if (page.NextShardIterator) this.places.set(page.NextShardIterator, { shardId: place.shardId, index });
    const shard = this.history.shard(place.shardId);
    const lag = index >= shard.length ? 0 : Math.max(1, Date.now() - shard[Math.max(0, index - 1)].arrivedAt);
    return { ...answer, body: Buffer.from(JSON.stringify({ ...page, MillisBehindLatest: lag })) };
  }
}
