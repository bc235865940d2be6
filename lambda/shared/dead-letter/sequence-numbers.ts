/** The sequence number of a record of a Lambda event, for either kind of stream. Undefined where the value is not such a record. */
export function sequenceNumberOf(record: unknown): string | undefined {
  const { kinesis, dynamodb } = (record ?? {}) as { kinesis?: { sequenceNumber?: unknown }; dynamodb?: { SequenceNumber?: unknown } };
  const sequenceNumber = kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber;
  return typeof sequenceNumber === 'string' && /^\d+$/.test(sequenceNumber) ? sequenceNumber : undefined;
}

/** A range of sequence numbers that includes both ends. Sequence numbers are integers of any length, so they do not compare as text. */
export class SequenceRange {
  private readonly first: bigint;
  private readonly last: bigint;

  constructor(start: string, end: string) {
    this.first = BigInt(start);
    this.last = BigInt(end);
  }

  contains(sequenceNumber: string): boolean {
    const number = BigInt(sequenceNumber);
    return this.first <= number && number <= this.last;
  }

  isStart(sequenceNumber: string): boolean {
    return BigInt(sequenceNumber) === this.first;
  }

  isEnd(sequenceNumber: string): boolean {
    return BigInt(sequenceNumber) === this.last;
  }

  /** Whether the range ends at or before this sequence number. */
  isDoneAt(sequenceNumber: string): boolean {
    return BigInt(sequenceNumber) >= this.last;
  }
}
