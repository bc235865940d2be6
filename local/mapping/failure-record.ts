import { StreamRecord } from './stream-port';

export type GiveUpCondition = 'RetryAttemptsExhausted' | 'RecordAgeExceeded';

export interface ResponseContext {
  readonly statusCode: number;
  readonly executedVersion: string;
  /** null when the function reported item failures instead of failing. */
  readonly functionError: string | null;
}

/** Records that were given up together. */
export interface GivenUp {
  /** That of the calls they failed in. */
  readonly requestId: string;
  readonly condition: GiveUpCondition;
  readonly records: readonly StreamRecord[];
  readonly approximateInvokeCount: number;
  /** Absent when the function never ran, and for records that are too old. */
  readonly responseContext?: ResponseContext;
}

export interface BatchInfo {
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly approximateArrivalOfFirstRecord: string;
  readonly approximateArrivalOfLastRecord: string;
  readonly batchSize: number;
  readonly streamArn: string;
}

/** What Lambda sends to an SNS or SQS destination: metadata, no records. */
export interface FailureRecord {
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: GiveUpCondition;
    readonly approximateInvokeCount: number;
  };
  readonly responseContext?: ResponseContext;
  readonly version: '1.0';
  readonly timestamp: string;
  readonly KinesisBatchInfo?: BatchInfo;
  readonly DDBStreamBatchInfo?: BatchInfo;
}

export interface FailureRecordSource {
  readonly functionArn: string;
  readonly eventSourceArn: string;
  readonly batchInfoKey: 'KinesisBatchInfo' | 'DDBStreamBatchInfo';
  formatArrival(arrivedAt: number): string;
}

export function failureRecord(givenUp: GivenUp, shardId: string, source: FailureRecordSource): FailureRecord {
  const { records } = givenUp;
  const [first, last] = [records[0], records[records.length - 1]];
  return {
    requestContext: {
      requestId: givenUp.requestId,
      functionArn: source.functionArn,
      condition: givenUp.condition,
      approximateInvokeCount: givenUp.approximateInvokeCount,
    },
    ...(givenUp.responseContext && { responseContext: givenUp.responseContext }),
    version: '1.0',
    timestamp: new Date().toISOString(),
    [source.batchInfoKey]: {
      shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: source.formatArrival(first.arrivedAt),
      approximateArrivalOfLastRecord: source.formatArrival(last.arrivedAt),
      batchSize: records.length,
      streamArn: source.eventSourceArn,
    },
  };
}
