import { BatchInfo } from './failure-record';

/** Why records could not be read, for a person. */
export interface ReadError {
  readonly name: string;
  readonly message: string;
}

/** What was found of a range when it was read again. */
export interface Reading {
  /** The records, in the order of their sequence numbers, each as Lambda gives it to a function. */
  readonly records: readonly unknown[];
  /** Whether the first record of the range was still in the stream. */
  readonly hasStart: boolean;
  /** Whether the last record of the range was still in the stream. */
  readonly hasEnd: boolean;
  /** Whether records between the two are known to have left the stream. */
  readonly hasGap?: boolean;
  /** What the stream said against it, if it did. */
  readonly error?: ReadError;
  /** Whether the stream refused the read for good. */
  readonly refused?: boolean;
}

export interface ReadContext {
  /** Role of the processor, where it is known. */
  readonly invokeIdentityArn?: string;
  /** Aborted when there is just enough time left to end the invocation in good order. */
  readonly signal: AbortSignal;
}

/** Reads the records of a failed batch again. A kind of stream adds one of these. */
export interface StreamReader {
  /** ARN of the stream that it reads. */
  readonly streamArn: string;
  /** @throws OutOfTimeError, and whatever Lambda should try again later */
  read(batch: BatchInfo, context: ReadContext): Promise<Reading>;
}

export class OutOfTimeError extends Error {
  constructor(batch: BatchInfo, records: number, cause?: unknown) {
    super(
      `no time left to read ${batch.streamArn} ${batch.shardId} from ${batch.startSequenceNumber} to ` +
        `${batch.endSequenceNumber}, got: ${records} of ${batch.batchSize} records so far`,
      { cause },
    );
    this.name = 'OutOfTimeError';
  }
}
