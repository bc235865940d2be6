import { BatchInfo } from './failure-record';

/** What was found of a range when it was read again. */
export interface Reading {
  /** The records, in the order of their sequence numbers, each as Lambda gives it to a function. */
  readonly records: readonly unknown[];
  /** Whether the first record of the range was still in the stream. */
  readonly hasStart: boolean;
  /** Whether the last record of the range was still in the stream. */
  readonly hasEnd: boolean;
}

export interface ReadContext {
  /** Role of the processor, where it is known. */
  readonly invokeIdentityArn?: string;
  /** Milliseconds left for reading. */
  readonly remainingMillis: () => number;
}

/** Reads the records of a failed batch again. A kind of stream adds one of these. */
export interface StreamReader {
  read(batch: BatchInfo, context: ReadContext): Promise<Reading>;
}
