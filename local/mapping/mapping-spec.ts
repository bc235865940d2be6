import { RecordFilter } from '../../cli/mapping-filters/record-filter';

export interface MappingSpec {
  readonly uuid: string;
  /** As the mapping names it, an alias or version kept. */
  readonly functionArn: string;
  /** A Kinesis stream, a registered consumer of one, or the stream of a table. */
  readonly eventSourceArn: string;
  readonly streamArn: string;
  readonly batchSize: number;
  readonly maximumBatchingWindowSeconds: number;
  readonly parallelizationFactor: number;
  readonly startingPosition: 'TRIM_HORIZON' | 'LATEST' | 'AT_TIMESTAMP';
  readonly startingPositionTimestamp?: Date;
  /** -1: no limit. N retries are N + 1 calls. */
  readonly maximumRetryAttempts: number;
  /** -1: no limit. */
  readonly maximumRecordAgeSeconds: number;
  readonly bisectBatchOnFunctionError: boolean;
  readonly reportBatchItemFailures: boolean;
  readonly onFailureArn?: string;
  readonly enabled: boolean;
  /** Event patterns. A record is skipped that matches none of them. */
  readonly filters?: readonly string[];
  /** 0 or undefined: none. */
  readonly tumblingWindowSeconds?: number;
  /** Whether it emits the metrics of `EventCount`. Default: false. */
  readonly countsEvents?: boolean;
}

/** The rules of CreateEventSourceMapping that matter here, and what this mapping does not do. */
export function validateMappingSpec(spec: MappingSpec): void {
  const within = (name: string, value: number, ranges: readonly (readonly [number, number])[]) => {
    if (Number.isInteger(value) && ranges.some(([from, to]) => value >= from && value <= to)) return;
    const allowed = ranges.map(([from, to]) => from === to ? `${from}` : `${from} to ${to}`).join(' or ');
    throw new Error(`mapping ${spec.uuid}: ${name} must be ${allowed}, got: ${value}`);
  };
  within('batchSize', spec.batchSize, [[1, 10_000]]);
  within('maximumBatchingWindowSeconds', spec.maximumBatchingWindowSeconds, [[0, 300]]);
  within('parallelizationFactor', spec.parallelizationFactor, [[1, 10]]);
  within('maximumRetryAttempts', spec.maximumRetryAttempts, [[-1, 10_000]]);
  within('maximumRecordAgeSeconds', spec.maximumRecordAgeSeconds, [[-1, -1], [60, 604_800]]);
  if ((spec.startingPosition === 'AT_TIMESTAMP') !== (spec.startingPositionTimestamp !== undefined)) {
    throw new Error(
      `mapping ${spec.uuid}: startingPositionTimestamp goes with startingPosition AT_TIMESTAMP and only with it, got: ${spec.startingPosition}`,
    );
  }
  if (spec.startingPosition === 'AT_TIMESTAMP' && isTableStreamArn(spec.eventSourceArn)) {
    throw new Error(`mapping ${spec.uuid}: startingPosition must be TRIM_HORIZON or LATEST for a DynamoDB stream, got: AT_TIMESTAMP`);
  }
  within('tumblingWindowSeconds', spec.tumblingWindowSeconds ?? 0, [[0, 900]]);
  if (spec.tumblingWindowSeconds && spec.parallelizationFactor > 1) {
    throw new Error(`mapping ${spec.uuid}: Parallelization factor must be equal to 1 when tumbling window period is configured`);
  }
  if (spec.tumblingWindowSeconds && spec.filters?.length) {
    throw new Error(`mapping ${spec.uuid}: filters must be empty with a tumbling window, got: ${spec.filters.length}`);
  }
  try {
    new RecordFilter(spec.filters ?? []);
  } catch (error) {
    throw new Error(`mapping ${spec.uuid}: ${(error as Error).message}`, { cause: error });
  }
}

export function isConsumerArn(arn: string): boolean {
  return /:stream\/[^/]+\/consumer\/[^/]+$/.test(arn);
}

export function isTableStreamArn(arn: string): boolean {
  return arn.split(':')[2] === 'dynamodb';
}
