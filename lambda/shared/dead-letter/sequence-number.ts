/** The sequence number of a record of either kind of stream, as a function gets it. Undefined for what is no such record. */
export function sequenceNumberOf(record: unknown): string | undefined {
  const { kinesis, dynamodb } = (record ?? {}) as { kinesis?: { sequenceNumber?: unknown }; dynamodb?: { SequenceNumber?: unknown } };
  const sequenceNumber = kinesis?.sequenceNumber ?? dynamodb?.SequenceNumber;
  return typeof sequenceNumber === 'string' && /^\d+$/.test(sequenceNumber) ? sequenceNumber : undefined;
}
