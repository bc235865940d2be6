import { StreamRecord } from './stream-reader';
import type { WindowFields } from './tumbling-window';

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
  /** What the event had beside the records, with a tumbling window. */
  readonly window?: WindowFields;
}

/** Of the final call of a window, which has no records, only the shard and the stream. */
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
  readonly timeWindowInfo?: Pick<WindowFields, 'window' | 'isFinalInvokeForWindow' | 'isWindowTerminatedEarly'>;
}

export interface FailureRecordSource {
  readonly functionArn: string;
  readonly eventSourceArn: string;
  readonly batchInfoKey: 'KinesisBatchInfo' | 'DDBStreamBatchInfo';
  formatArrival(arrivedAt: number): string;
}

/** What is given up, as far as a failure record says it: nothing of the content of the records. */
type GivenUpRange = Omit<GivenUp, 'records'> & { readonly records: readonly Pick<StreamRecord, 'sequenceNumber' | 'arrivedAt'>[] };

export function failureRecord(givenUp: GivenUpRange, shardId: string, source: FailureRecordSource): FailureRecord {
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
    [source.batchInfoKey]: { shardId, ...rangeOf(givenUp, source), streamArn: source.eventSourceArn },
    ...(givenUp.window && { timeWindowInfo: timeWindowInfo(givenUp.window) }),
  };
}

function rangeOf({ records }: GivenUpRange, source: FailureRecordSource) {
  if (!records.length) return {};
  const [first, last] = [records[0], records[records.length - 1]];
  return {
    startSequenceNumber: first.sequenceNumber,
    endSequenceNumber: last.sequenceNumber,
    approximateArrivalOfFirstRecord: source.formatArrival(first.arrivedAt),
    approximateArrivalOfLastRecord: source.formatArrival(last.arrivedAt),
    batchSize: records.length,
  };
}

function timeWindowInfo({ window, isFinalInvokeForWindow, isWindowTerminatedEarly }: WindowFields): FailureRecord['timeWindowInfo'] {
  return { window, isFinalInvokeForWindow, isWindowTerminatedEarly };
}
