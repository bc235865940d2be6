import { BatchInfo } from '../dead-letter/failure-record';
import { ReadResult } from '../dead-letter/read-result';

export interface ReadContext {
  /** Aborts when just enough time remains to write the dead letter. */
  readonly signal: AbortSignal;
}

/** Reads the records of a failed batch from their stream. Each kind of stream has one. */
export interface StreamReader {
  /** @throws OutOfTimeError, and any error that Lambda should retry */
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
