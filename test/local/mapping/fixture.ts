import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { InvokeResult } from '../../../local/functions/lambda-function';
import { MappingSpec } from '../../../local/mapping/event-source-mapping';
import { IteratorExpiredError, StreamBusyError, StreamPage, StreamReader, StreamPosition, StreamRecord, StreamShard } from '../../../local/mapping/stream-reader';

export const account = new Account();
export const functionArn = account.arn('lambda', 'function:orders');
export const roleArn = account.arn('iam', 'role/orders', { global: true });
export const streamArn = account.arn('kinesis', 'stream/orders');

/** When virtual time begins. */
export const NOW = Date.now();

export const OK: InvokeResult = { statusCode: 200, executedVersion: '$LATEST', payload: 'null' };
export const ERROR: InvokeResult = { ...OK, functionError: 'Unhandled', payload: '{"errorType":"Error","errorMessage":"boom"}' };

export function answer(payload: unknown): InvokeResult {
  return { ...OK, payload: JSON.stringify(payload) };
}

/** The answer that reports item failures. */
export function failed(...itemIdentifiers: unknown[]): InvokeResult {
  return answer({ batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })) });
}

export function mappingSpec(overrides: Partial<MappingSpec> = {}): MappingSpec {
  return {
    uuid: 'a0b1c2d3',
    functionArn,
    eventSourceArn: streamArn,
    streamArn,
    batchSize: 100,
    maximumBatchingWindowSeconds: 0,
    parallelizationFactor: 1,
    startingPosition: 'TRIM_HORIZON',
    maximumRetryAttempts: -1,
    maximumRecordAgeSeconds: -1,
    bisectBatchOnFunctionError: false,
    reportBatchItemFailures: false,
    enabled: true,
    ...overrides,
  };
}

export interface TestRecord extends StreamRecord {
  readonly event: { readonly data: string; readonly sequenceNumber: string };
}

export function record(sequenceNumber: number | string, overrides: { key?: string; arrivedAt?: number; data?: string } = {}): TestRecord {
  const { key = 'k', arrivedAt = NOW, data = '' } = overrides;
  return {
    sequenceNumber: String(sequenceNumber), orderingKey: key, arrivedAt, event: { data, sequenceNumber: String(sequenceNumber) },
  };
}

/** The sequence numbers in a function's event. */
export function numbersIn(event: unknown): number[] {
  return (event as { Records: { sequenceNumber: string }[] }).Records.map(({ sequenceNumber }) => Number(sequenceNumber));
}

/** Sleeps not at all, and remembers how long it was asked to. Only sleeping makes its time pass. */
export class VirtualClock extends Clock {
  readonly slept: number[] = [];
  private passed = 0;

  override age(wallMillis: number): number {
    return NOW + this.passed - wallMillis;
  }

  override async sleep(millis: number): Promise<void> {
    this.slept.push(millis);
    this.passed += millis;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface FakeShard {
  readonly parents: readonly string[];
  readonly records: StreamRecord[];
  closed: boolean;
}

/** A stream in memory. An iterator is a shard and an index. */
export class FakeStream implements StreamReader {
  readonly batchInfoKey = 'KinesisBatchInfo';
  readonly shards = new Map<string, FakeShard>();
  readonly opened: { readonly shardId: string; readonly position: StreamPosition }[] = [];
  /** Thrown by the next reads, one each. */
  readonly readErrors: Error[] = [];
  pageSize = 10_000;
  reads = 0;
  private sequence = 0;

  constructor(...shardIds: string[]) {
    for (const shardId of shardIds) this.addShard(shardId);
  }

  addShard(shardId: string, ...parents: string[]): void {
    this.shards.set(shardId, { parents, records: [], closed: false });
  }

  put(shardId: string, count: number, overrides: { key?: string; arrivedAt?: number; data?: string } = {}): StreamRecord[] {
    const added = Array.from({ length: count }, () => record(++this.sequence, { arrivedAt: Date.now(), ...overrides }));
    this.shards.get(shardId)!.records.push(...added);
    return added;
  }

  async listShards(): Promise<StreamShard[]> {
    return [...this.shards].map(([shardId, { parents, closed }]) => ({ shardId, parentShardIds: parents, closed }));
  }

  async iterator(shardId: string, position: StreamPosition): Promise<string> {
    this.opened.push({ shardId, position });
    const { records } = this.shards.get(shardId)!;
    if (position.type === 'LATEST') return `${shardId}/${records.length}`;
    if (position.type === 'AT_TIMESTAMP') {
      const index = records.findIndex(({ arrivedAt }) => arrivedAt >= position.timestamp.getTime());
      return `${shardId}/${index === -1 ? records.length : index}`;
    }
    if (position.type !== 'AFTER_SEQUENCE_NUMBER') return `${shardId}/0`;
    return `${shardId}/${records.findIndex(({ sequenceNumber }) => sequenceNumber === position.sequenceNumber) + 1}`;
  }

  async read(shardId: string, iterator: string): Promise<StreamPage> {
    this.reads++;
    const error = this.readErrors.shift();
    if (error) throw error;
    const { records, closed } = this.shards.get(shardId)!;
    const start = Number(iterator.split('/')[1]);
    const page = records.slice(start, start + this.pageSize);
    const end = start + page.length;
    return { records: page, ...(!(closed && end === records.length) && { nextIterator: `${shardId}/${end}` }) };
  }

  formatArrival(arrivedAt: number): string {
    return new Date(arrivedAt).toISOString();
  }

  close(): void {}
}

export { IteratorExpiredError, StreamBusyError };
