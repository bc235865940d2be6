import type { Stack } from 'aws-cdk-lib';
import type { GatewayRequest, Middleware, ServiceName } from '../../local/gateway/types';
import type { FailureRecordSource } from '../../local/mapping/failure-record';
import type { StreamProcessorOptions } from '../../src';
import type { Pipeline, Processor } from '../pipeline/pipeline';
import type { PutRecord, StreamHistory } from './stream-history';

/** What a stream is reported to do with a start that it has dropped. Most of it is not documented. */
export type TrimmedStart = 'refused' | 'refused on read' | 'skipped' | 'empty for ever';

export interface EmulationOptions {
  readonly trimmedStart: (shardId: string, index: number) => TrimmedStart;
  /** The most records of a page. Default: as many as are asked for. */
  readonly pageLimit?: number;
}

/** What the emulator leaves out of a stream. */
export interface StreamEmulation {
  readonly middleware: Middleware;
  /** What a request is about, without sequence numbers or tokens, which no two runs share. */
  subjectOf(request: GatewayRequest): string | undefined;
}

/** A kind of stream, as a bench makes one, fills it and breaks it. */
export interface Source<Datum> extends Pick<FailureRecordSource, 'batchInfoKey' | 'formatArrival'> {
  readonly service: ServiceName;
  /** A processor on a stream with a key of its own. */
  define(stack: Stack, shards: number, options: StreamProcessorOptions & { readonly enabled: boolean }): Processor;
  streamArn(pipeline: Pipeline): string;
  /** Puts on the stream what one call takes or more, and tells what is on it now that was not before, shard by shard in order. */
  put(pipeline: Pipeline, data: readonly Datum[], shards: number): Promise<readonly PutRecord[]>;
  emulation(history: StreamHistory, options: EmulationOptions): StreamEmulation;
}

export function* pages<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
