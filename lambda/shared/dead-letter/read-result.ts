/** Why records could not be read. */
export interface ReadError {
  readonly name: string;
  readonly message: string;
}

/** The result of reading the range of a failed batch. */
export interface ReadResult {
  /** The records in the order of their sequence numbers, each in the form of a Lambda event. */
  readonly records: readonly unknown[];
  /** Whether the first record of the range was still in the stream. */
  readonly hasStart: boolean;
  /** Whether the last record of the range was still in the stream. */
  readonly hasEnd: boolean;
  /** Whether records between the two are missing, or may be. */
  readonly hasGap?: boolean;
  /** The error of the stream, if any. */
  readonly error?: ReadError;
  /** Whether no retry can read the records. */
  readonly unreadable?: boolean;
}
