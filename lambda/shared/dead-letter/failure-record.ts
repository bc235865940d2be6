import { BatchInfoKey } from '../../../src/contract';
import { UndeliverableError } from './undeliverable-error';

/**
 * The batch that failed. The range includes both sequence numbers. The final call of a tumbling window has no records: the failure record
 * then names only the shard and the stream, see `isWindowEnd`.
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
  /** Absent where Lambda did not invoke the function: for expired records and for payloads over Lambda's limit. */
  readonly responseContext?: {
    readonly statusCode: number;
    readonly executedVersion: string;
    readonly functionError: string | null;
  };
  /** Exactly one of the two is present, by the kind of stream. */
  readonly KinesisBatchInfo?: BatchInfo;
  readonly DDBStreamBatchInfo?: BatchInfo;
}

/** The batch of a failure record of either kind of stream. */
export function batchOf(failure: FailureRecord): BatchInfo {
  return [failure.KinesisBatchInfo, failure.DDBStreamBatchInfo].find(namesStream)!;
}

/** Why Lambda discarded the batch, where the failure record says so. */
export function conditionOf({ requestContext: { condition } }: FailureRecord): string {
  return typeof condition === 'string' && condition !== '' ? condition : 'Unknown';
}

/** Whether a failure record is of the final call of a tumbling window, which has no records. The state of the window is in no stream. */
export function isWindowEnd(failure: FailureRecord): boolean {
  return isOfWindowEnd(failure as object, batchOf(failure) as object);
}

function isOfWindowEnd(record: { readonly timeWindowInfo?: unknown }, batch: Partial<Record<keyof BatchInfo | 'timeWindowInfo', unknown>>): boolean {
  const window = record.timeWindowInfo ?? batch.timeWindowInfo;
  return typeof window === 'object' && window !== null && batch.startSequenceNumber === undefined && batch.endSequenceNumber === undefined;
}

/** Whether a value is a batch. The JSON can hold any value in its place. */
function namesStream(batch: unknown): boolean {
  return typeof (batch as { streamArn?: unknown } | null | undefined)?.streamArn === 'string';
}

export class InvalidFailureRecordError extends UndeliverableError {
  constructor(rule: string, got: unknown) {
    super('not a failure record of a stream mapping', rule, got);
  }
}

/**
 * Parses a failure record of any stream. Keeps unknown fields.
 * @throws InvalidFailureRecordError
 */
export function parseFailureRecord(text: string): FailureRecord {
  const json = parseExactJson(text);
  if (json === undefined) {
    // The message does not quote the text, which can hold a payload: errors are logged.
    throw new InvalidFailureRecordError('the text must be JSON', `${text.length} characters of something else`);
  }
  if (!canBeSerialized(json)) {
    throw new InvalidFailureRecordError('the text must not be nested deeper than JSON can be written', `${text.length} characters`);
  }
  return readFailureRecord(json);
}

/**
 * Reads a failure record from parsed JSON. Keeps unknown fields.
 * @throws InvalidFailureRecordError
 */
export function readFailureRecord(json: unknown): FailureRecord {
  const record = object('the text', json);
  // Only what identifies the batch is required: the records may expire before a retry.
  requireStrings('requestContext.', object('requestContext', record.requestContext), ['functionArn']);
  requireBatch(record);
  return record as unknown as FailureRecord;
}

/**
 * Rejects a failure record that names no records.
 * @throws InvalidFailureRecordError
 */
export function requireRange(failure: FailureRecord): void {
  if (!isWindowEnd(failure)) return;
  const rule = 'startSequenceNumber must be set: the final call of a tumbling window has none, because its state is in no stream; use FailureCapture.s3()';
  throw new InvalidFailureRecordError(rule, undefined);
}

/** ARN of the other stream, where a text names none of these streams but another one in the way of a failure record, even an invalid one. */
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
  if (namesStream(record[otherKey])) throw new InvalidFailureRecordError(`${otherKey} must be absent when ${key} is set`, record[otherKey]);
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
      `${key}.startSequenceNumber must be at most endSequenceNumber`,
      `${batch.startSequenceNumber} and ${batch.endSequenceNumber}`,
    );
  }
  if (!Number.isInteger(batch.batchSize) || (batch.batchSize as number) < 1) {
    throw new InvalidFailureRecordError(`${key}.batchSize must be a whole number of at least 1`, batch.batchSize);
  }
}

/**
 * Whether an ARN is of the stream. With enhanced fan-out the ARN is that of the consumer, which begins with the ARN of the stream. A table
 * whose stream is disabled and enabled again has a new stream, and the old one remains readable for 24 hours.
 */
export function isOfStream(arn: string, streamArn: string): boolean {
  if (isDynamoDb(streamArn)) return arn.startsWith(`${tableOf(streamArn)}/stream/`);
  return arn === streamArn || arn.startsWith(`${streamArn}/consumer/`);
}

function tableOf(streamArn: string): string {
  return streamArn.split('/stream/')[0];
}

/** ARN of the stream, from its own ARN or from that of an enhanced fan-out consumer. */
export function streamOf(arn: string): string {
  return arn.split('/consumer/')[0];
}

/** Whether an ARN is of an enhanced fan-out consumer. */
export function isConsumer(arn: string): boolean {
  return arn.includes('/consumer/');
}

/** Whether an ARN is of a DynamoDB stream. */
export function isDynamoDb(streamArn: string): boolean {
  return streamArn.split(':')[2] === 'dynamodb';
}

/** What a message of a queue that is subscribed to a topic holds: the text of the notification, or the body where it is no notification. */
export function notifiedText(body: string): string {
  const { Type: type, Message: message } = (parseJson(body) ?? {}) as { readonly Type?: unknown; readonly Message?: unknown };
  return type === 'Notification' && typeof message === 'string' ? message : body;
}

/** The value of a JSON text, or undefined where the text is not JSON. Ignores a byte order mark. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith('\ufeff') ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

type Reviver = (key: string, value: unknown, context?: { readonly source: string }) => unknown;
/** Node.js 22, the oldest supported version, and later have it. */
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };
/** A number that may be too long for JavaScript. Sequence numbers of records are strings. */
const LONG_NUMBER = /[:[,]\s*-?\d[\d.]{15,}[\s,\]}eE]/;
/** The digits of a fraction that a double keeps. */
const MOST_DIGITS = 17;

/**
 * Parses JSON that is serialized again for a processor: a number that JavaScript would round, as in the state of a tumbling window, keeps its
 * digits.
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

/** Whether `JSON.stringify` accepts a value. It limits the depth, and `JSON.parse` does not. */
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
      throw new InvalidFailureRecordError(`${path}${name} must be a non-empty string`, value);
    }
  }
}
