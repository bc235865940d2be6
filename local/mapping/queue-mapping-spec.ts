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
}

/** What a receive call gives at most. More in a batch takes a window to gather it in. */
const RECEIVE_LIMIT = 10;

/** The rules of CreateEventSourceMapping for a queue. */
export function validateQueueMappingSpec(spec: QueueMappingSpec): void {
  const { uuid, batchSize, maximumBatchingWindowSeconds: window, maximumConcurrency, queueArn } = spec;
  const fifo = queueArn.endsWith('.fifo');
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
}
