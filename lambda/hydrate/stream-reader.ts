import { BatchInfo } from '../shared/dead-letter/failure-record';
import { ReadResult } from '../shared/dead-letter/read-result';

export interface ReadContext {
  /** Aborted when there is just enough time left to end the invocation in good order. */
  readonly signal: AbortSignal;
}

/** Reads the records of a failed batch again. A kind of stream adds one of these. */
export interface StreamReader {
  /** @throws OutOfTimeError, and whatever Lambda should try again later */
  read(batch: BatchInfo, context: ReadContext): Promise<ReadResult>;
}

export class OutOfTimeError extends Error {
  constructor(batch: BatchInfo, records: number, cause?: unknown) {
    super(
      `no time remains to read ${batch.streamArn} ${batch.shardId} from ${batch.startSequenceNumber} to ` +
        `${batch.endSequenceNumber}, got: ${records} of ${batch.batchSize} records so far`,
      { cause },
    );
    this.name = 'OutOfTimeError';
  }
}
