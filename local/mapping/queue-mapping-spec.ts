import { MessageFilter } from './message-filter';

export interface QueueMappingSpec {
  readonly uuid: string;
  /** As the mapping names it, an alias or version kept. */
  readonly functionArn: string;
  readonly queueArn: string;
  readonly batchSize: number;
  readonly maximumBatchingWindowSeconds: number;
  /** Unset: what the poller begins with. */
  readonly maximumConcurrency?: number;
  readonly reportBatchItemFailures: boolean;
  readonly enabled: boolean;
  /** Event patterns. Lambda deletes a message that matches none of them. */
  readonly filters?: readonly string[];
  /** Whether it emits the metrics of `EventCount`. Default: false. */
  readonly countsEvents?: boolean;
  /** Accepted; the number of pollers is not emulated. */
  readonly provisionedPollers?: { readonly minimumPollers?: number; readonly maximumPollers?: number };
}

/** What a receive call gives at most. More in a batch takes a window to gather it in. */
const RECEIVE_LIMIT = 10;

/** The rules of CreateEventSourceMapping for a queue. */
export function validateQueueMappingSpec(spec: QueueMappingSpec): void {
  const { uuid, batchSize, maximumBatchingWindowSeconds: window, maximumConcurrency, queueArn } = spec;
  const fifo = isFifo(queueArn);
  const within = (name: string, value: number, from: number, to: number) => {
    if (Number.isInteger(value) && value >= from && value <= to) return;
    throw new Error(`mapping ${uuid}: ${name} must be ${from} to ${to}${fifo ? ' for a FIFO queue' : ''}, got: ${value}`);
  };
  within('batchSize', batchSize, 1, fifo ? RECEIVE_LIMIT : 10_000);
  within('maximumBatchingWindowSeconds', window, 0, fifo ? 0 : 300);
  if (maximumConcurrency !== undefined) within('maximumConcurrency', maximumConcurrency, 2, 1_000);
  if (batchSize > RECEIVE_LIMIT && window === 0) {
    throw new Error(
      `mapping ${uuid}: maximumBatchingWindowSeconds must be at least 1 with a batchSize over ${RECEIVE_LIMIT}, got: ${window} with ${batchSize}`,
    );
  }
  const { minimumPollers: minimum = 2, maximumPollers: maximum = 200 } = spec.provisionedPollers ?? {};
  within('minimumPollers', minimum, 2, 200);
  within('maximumPollers', maximum, 2, 10_000);
  if (minimum > maximum) throw new Error(`mapping ${uuid}: minimumPollers must be at most maximumPollers, got: ${minimum} and ${maximum}`);
  if (spec.provisionedPollers && maximumConcurrency !== undefined) {
    throw new Error(`mapping ${uuid}: maximumConcurrency must be unset with provisionedPollers, got: ${maximumConcurrency}`);
  }
  try {
    new MessageFilter(spec.filters ?? []);
  } catch (error) {
    throw new Error(`mapping ${uuid}: ${(error as Error).message}`, { cause: error });
  }
}

export function isFifo(queueArn: string): boolean {
  return queueArn.endsWith('.fifo');
}
