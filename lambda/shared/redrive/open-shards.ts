import { KinesisClient, ListShardsCommand, ListShardsCommandOutput } from '@aws-sdk/client-kinesis';

/** A shard that accepts records, with its range of hash keys. */
export interface OpenShard {
  readonly shardId: string;
  readonly firstHashKey: bigint;
  readonly lastHashKey: bigint;
}

export function holdsAll({ firstHashKey, lastHashKey }: OpenShard, hashKeys: readonly bigint[]): boolean {
  return hashKeys.every((hashKey) => firstHashKey <= hashKey && hashKey <= lastHashKey);
}

/** The open shards of streams. Lists the shards of a stream once, and again after the stream was resharded. */
export class OpenShards {
  private readonly known = new Map<string, Promise<readonly OpenShard[]>>();

  constructor(private readonly client: KinesisClient) {}

  async of(streamArn: string, signal: AbortSignal): Promise<readonly OpenShard[]> {
    const known = this.known.get(streamArn) ?? this.list(streamArn, signal);
    this.known.set(streamArn, known);
    try {
      return await known;
    } catch (error) {
      this.forget(streamArn);
      throw error;
    }
  }

  forget(streamArn: string): void {
    this.known.delete(streamArn);
  }

  private async list(streamArn: string, abortSignal: AbortSignal): Promise<readonly OpenShard[]> {
    const found: OpenShard[] = [];
    let token: string | undefined;
    do {
      // A request with NextToken must not name the stream.
      const input = token ? { NextToken: token } : { StreamARN: streamArn, ShardFilter: { Type: 'AT_LATEST' } as const };
      const { Shards: shards = [], NextToken }: ListShardsCommandOutput = await this.client.send(new ListShardsCommand(input), { abortSignal });
      for (const { ShardId: shardId, HashKeyRange: range, SequenceNumberRange: numbers } of shards) {
        const isOpen = numbers?.EndingSequenceNumber === undefined;
        if (isOpen) found.push({ shardId: shardId!, firstHashKey: BigInt(range!.StartingHashKey!), lastHashKey: BigInt(range!.EndingHashKey!) });
      }
      token = NextToken;
    } while (token);
    return found;
  }
}
