/** Why records could not be read, for a person. */
export interface ReadError {
  readonly name: string;
  readonly message: string;
}

/** What was found of a range when it was read again. */
export interface ReadResult {
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
  readonly unreadable?: boolean;
}
