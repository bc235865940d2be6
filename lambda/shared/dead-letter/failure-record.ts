import { BatchInfoKey } from '../../../src/contract';
import { UndeliverableError } from './undeliverable-error';

/**
 * What Lambda says of the batch it gave up on: the range is inclusive at both ends. The final call of a tumbling window has no records:
 * of its failure only shard and stream are there, see `isWindowEnd`.
 */
export interface BatchInfo {
  readonly shardId: string;
  readonly startSequenceNumber: string;
  readonly endSequenceNumber: string;
  readonly approximateArrivalOfFirstRecord: string;
  readonly approximateArrivalOfLastRecord: string;
  readonly batchSize: number;
  /** ARN of the stream, or of the enhanced fan-out consumer that the mapping reads through. */
  readonly streamArn: string;
}

/**
 * The JSON that Lambda sends to an OnFailure destination of a stream mapping.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
 */
export interface FailureRecord {
  readonly version: string;
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: string;
    readonly approximateInvokeCount: number;
  };
  /** Absent when the function was never invoked: expired records, payloads over Lambda's limit. */
  readonly responseContext?: {
    readonly statusCode: number;
    readonly executedVersion: string;
    readonly functionError: string | null;
  };
  /** Exactly one of the two, by the kind of the stream. */
  readonly KinesisBatchInfo?: BatchInfo;
  readonly DDBStreamBatchInfo?: BatchInfo;
}

/** The batch of a failure record, whatever kind of stream it is from. */
export function batchOf(failure: FailureRecord): BatchInfo {
  return [failure.KinesisBatchInfo, failure.DDBStreamBatchInfo].find(namesStream)!;
}

/** Why Lambda gave up on the batch, where the failure record says it. */
export function conditionOf({ requestContext: { condition } }: FailureRecord): string {
  return typeof condition === 'string' && condition !== '' ? condition : 'Unknown';
}

/** Whether a failure record is of the final call of a tumbling window: there are no records, and the state of the window is in no stream. */
export function isWindowEnd(failure: FailureRecord): boolean {
  return isOfWindowEnd(failure as object, batchOf(failure) as object);
}

function isOfWindowEnd(record: { readonly timeWindowInfo?: unknown }, batch: Partial<Record<keyof BatchInfo | 'timeWindowInfo', unknown>>): boolean {
  const window = record.timeWindowInfo ?? batch.timeWindowInfo;
  return typeof window === 'object' && window !== null && batch.startSequenceNumber === undefined && batch.endSequenceNumber === undefined;
}

/** Whether a batch of a failure record is one. What is in its place may be anything. */
function namesStream(batch: unknown): boolean {
  return typeof (batch as { streamArn?: unknown } | null | undefined)?.streamArn === 'string';
}

export class InvalidFailureRecordError extends UndeliverableError {
  constructor(rule: string, got: unknown) {
    super('not a failure record of a stream mapping', rule, got);
  }
}

/**
 * Reads a failure record, whatever stream it is of. Fields that are not known here are kept.
 * @throws InvalidFailureRecordError
 */
export function parseFailureRecord(text: string): FailureRecord {
  const json = parseExactJson(text);
  if (json === undefined) {
    // It stays out of the error itself: it may hold a payload, and errors are logged.
    throw new InvalidFailureRecordError('the text must be JSON', `${text.length} characters of something else`);
  }
  if (!canBeSerialized(json)) {
    throw new InvalidFailureRecordError('the text must not be nested deeper than JSON can be written', `${text.length} characters`);
  }
  return readFailureRecord(json);
}

/**
 * The failure record that a JSON document is. Fields that are not known here are kept.
 * @throws InvalidFailureRecordError
 */
export function readFailureRecord(json: unknown): FailureRecord {
  const record = object('the text', json);
  // Whose batch it is. Whatever else is missing or of another form keeps nothing from being read: the records may be gone by the next try.
  requireStrings('requestContext.', object('requestContext', record.requestContext), ['functionArn']);
  requireBatch(record);
  return record as unknown as FailureRecord;
}

/**
 * Refuses a failure record that names no records to read again.
 * @throws InvalidFailureRecordError
 */
export function requireRange(failure: FailureRecord): void {
  if (!isWindowEnd(failure)) return;
  const rule = 'startSequenceNumber must be there, and the final call of a tumbling window has none: its state is in no stream, use FailureCapture.s3()';
  throw new InvalidFailureRecordError(rule, undefined);
}

/** ARN of another stream, where a text names that and none of these as a failure record does, whatever else is wrong with it. */
export function otherStreamIn(text: string, streamArns: readonly string[]): string | undefined {
  const json = parseJson(text) as Partial<Record<string, { streamArn?: unknown } | null>> | null | undefined;
  const arns = Object.values(BatchInfoKey)
    .map((key) => json?.[key]?.streamArn)
    .filter((arn): arn is string => typeof arn === 'string' && /^arn:[^:]+:(kinesis|dynamodb):/.test(arn));
  return arns.some((arn) => streamArns.some((streamArn) => isOfStream(arn, streamArn))) ? undefined : arns[0];
}

/** What each kind of batch names. */
const STREAMS = {
  [BatchInfoKey.KINESIS]: { arn: /^arn:[^:]+:kinesis:[^:]+:\d+:stream\/[^/:]+(\/consumer\/[^/]+)?$/, what: 'a Kinesis stream, or of a consumer of one' },
  [BatchInfoKey.DYNAMODB]: { arn: /^arn:[^:]+:dynamodb:[^:]+:\d+:table\/[^/:]+\/stream\/[^/]+$/, what: 'the stream of a table' },
} as const;

function requireBatch(record: Record<string, unknown>): void {
  const { KINESIS, DYNAMODB } = BatchInfoKey;
  const isOfTable = !namesStream(record[KINESIS]) && (namesStream(record[DYNAMODB]) || record[KINESIS] === undefined);
  const [key, otherKey] = isOfTable ? [DYNAMODB, KINESIS] : [KINESIS, DYNAMODB];
  if (record[key] === undefined) throw new InvalidFailureRecordError(`${KINESIS} or ${DYNAMODB} must be a JSON object`, undefined);
  const batch = object(key, record[key]);
  if (namesStream(record[otherKey])) throw new InvalidFailureRecordError(`${otherKey} must not be there beside ${key}`, record[otherKey]);
  requireStrings(`${key}.`, batch, ['shardId', 'streamArn']);
  const { arn, what } = STREAMS[key];
  if (!arn.test(batch.streamArn as string)) throw new InvalidFailureRecordError(`${key}.streamArn must be the ARN of ${what}`, batch.streamArn);
  if (isOfWindowEnd(record, batch)) return;
  for (const name of ['startSequenceNumber', 'endSequenceNumber']) {
    const value = batch[name];
    if (typeof value !== 'string' || !/^\d+$/.test(value)) {
      throw new InvalidFailureRecordError(`${key}.${name} must be a string of digits`, value);
    }
  }
  if (BigInt(batch.startSequenceNumber as string) > BigInt(batch.endSequenceNumber as string)) {
    throw new InvalidFailureRecordError(
      `${key}.startSequenceNumber must not be above endSequenceNumber`,
      `${batch.startSequenceNumber} and ${batch.endSequenceNumber}`,
    );
  }
  if (!Number.isInteger(batch.batchSize) || (batch.batchSize as number) < 1) {
    throw new InvalidFailureRecordError(`${key}.batchSize must be a whole number of at least 1`, batch.batchSize);
  }
}

/**
 * Whether an ARN is of the stream. With enhanced fan-out it is that of the consumer, which begins with that of its stream. A table
 * whose stream was turned off and on, or given another view, has a new one, and the old one can be read for a day.
 */
export function isOfStream(arn: string, streamArn: string): boolean {
  if (isDynamoDb(streamArn)) return arn.startsWith(`${tableOf(streamArn)}/stream/`);
  return arn === streamArn || arn.startsWith(`${streamArn}/consumer/`);
}

function tableOf(streamArn: string): string {
  return streamArn.split('/stream/')[0];
}

/** The stream that an ARN is of, which may be that of an enhanced fan-out consumer. */
export function streamOf(arn: string): string {
  return arn.split('/consumer/')[0];
}

/** Whether an ARN is of an enhanced fan-out consumer. */
export function isConsumer(arn: string): boolean {
  return arn.includes('/consumer/');
}

/** Whether an ARN is of the stream of a table. */
export function isDynamoDb(streamArn: string): boolean {
  return streamArn.split(':')[2] === 'dynamodb';
}

/** The value of a JSON text, or undefined where it is none: no JSON text has that value. A byte order mark before it is no part of it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

type Reviver = (key: string, value: unknown, context?: { readonly source: string }) => unknown;
/** Node.js has it from version 22 on, the oldest that users are supported on. */
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };
/** Numbers so long that JavaScript may have no such number, outside of strings mostly: the sequence numbers of records are in strings. */
const LONG_NUMBER = /[:[,]\s*-?\d[\d.]{15,}[\s,\]}eE]/;
/** Of the digits of a fraction, those that a double keeps. */
const MOST_DIGITS = 17;

/**
 * The same of what is written again and given to a processor: numbers that would be rounded, as in the state of a tumbling window, stay
 * as they are written.
 */
export function parseExactJson(text: string): unknown {
  if (!rawJSON || !LONG_NUMBER.test(text)) return parseJson(text);
  const keepNumber: Reviver = (_key, value, context) =>
    typeof value === 'number' && context && isRounded(value, context.source) ? rawJSON(context.source) : value;
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text, keepNumber as Parameters<typeof JSON.parse>[1]);
  } catch {
    // Nested too deep for this, or no JSON at all.
    return parseJson(text);
  }
}

function isRounded(value: number, source: string): boolean {
  return Number.isInteger(value) && !/[.eE]/.test(source) ? !Number.isSafeInteger(value) : source.replace(/[eE].*|\D/g, '').length > MOST_DIGITS;
}

/** Reading JSON has no limit of depth, writing it has. */
export function canBeSerialized(json: unknown): boolean {
  try {
    JSON.stringify(json);
    return true;
  } catch {
    return false;
  }
}

function object(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidFailureRecordError(`${name} must be a JSON object`, value);
  }
  return value as Record<string, unknown>;
}

function requireStrings(path: string, parent: Record<string, unknown>, names: readonly string[]): void {
  for (const name of names) {
    const value = parent[name];
    if (typeof value !== 'string' || value === '') {
      throw new InvalidFailureRecordError(`${path}${name} must be a string that is not empty`, value);
    }
  }
}
