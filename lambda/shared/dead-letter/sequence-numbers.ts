/** The sequence number of a record of either kind of stream, as a function gets it. Undefined for what is no such record. */
export function sequenceNumberOf(record: unknown): string | undefined {
  const { kinesis, dynamodb } = (record ?? {}) as { kinesis?: { sequenceNumber?: unknown }; dynamodb?: { SequenceNumber?: unknown } };
  const sequenceNumber = kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber;
  return typeof sequenceNumber === 'string' && /^\d+$/.test(sequenceNumber) ? sequenceNumber : undefined;
}

/** A range of sequence numbers, inclusive at both ends. They are integers of any length: text order is not their order. */
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

  /** Whether nothing of the range can come after a record with this sequence number. */
  isDoneAt(sequenceNumber: string): boolean {
    return BigInt(sequenceNumber) >= this.last;
  }
}
