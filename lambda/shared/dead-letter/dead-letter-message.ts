import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import { BatchInfoKey, FORMAT_VERSION, HydrationStatus, isWhole, MessageAttribute } from '../../../src/contract';
import { capturedDeadLetter } from './captured-dead-letter';
import { DeadLetter } from './dead-letter';
import { batchOf, conditionOf, FailureRecord, InvalidFailureRecordError, parseExactJson, parseJson, readFailureRecord } from './failure-record';
import { requireKnownFormat } from './format-version';
import { ObjectReader } from './object-reader';
import { pointerIn } from './pointer';
import { DeadLetterSummary, ReceivedDeadLetter } from './received-dead-letter';
import { attributeText } from './sqs-message';
import { UndeliverableError } from './undeliverable-error';

const NOT_A_DEAD_LETTER = 'not a dead letter';
const HYDRATION_FORMAT = 'hydration.formatVersion';
const OTHER_VERSION = new RegExp(String.raw`"formatVersion"\s*:\s*(?!"${FORMAT_VERSION.replaceAll('.', String.raw`\.`)}")`);

/** A message that is not a dead letter: an undeliverable, or a message of another sender. */
export class NotADeadLetterError extends UndeliverableError {
  constructor(rule: string, got: unknown, what = NOT_A_DEAD_LETTER) {
    super(what, rule, got);
  }

  /** A dead letter must be a failure record: the same rule applies. */
  static as(error: InvalidFailureRecordError): NotADeadLetterError {
    const it = new NotADeadLetterError(error.rule, undefined);
    it.message = error.message.replace(/^[^:]*/, NOT_A_DEAD_LETTER);
    return it;
  }
}

/** A message whose attributes differ from its body. A filter reads the attributes, and a redrive sends the body. */
export class InconsistentMessageError extends NotADeadLetterError {
  constructor(attribute: string, inBody: unknown, got: unknown) {
    super(`attribute ${attribute} must be ${JSON.stringify(inBody)}, as the body says`, got, 'the message is inconsistent');
  }
}

/** A received message, whose body is in the message or in S3. */
type DeadLetterMessage = Pick<Message, 'Body' | 'MessageAttributes'>;
type Attributes = Readonly<Record<string, MessageAttributeValue>>;
type Verdict = Pick<DeadLetterSummary, 'deadLetterId' | 'status' | 'expectedRecords' | 'recoveredRecords'>;

/**
 * The summary of a dead letter, without reading its body from S3: from the attributes of its message, or from the body in the message where
 * an operator sent it without attributes.
 * @throws NotADeadLetterError
 * @throws NewerFormatError
 */
export function summaryOf(message: DeadLetterMessage): DeadLetterSummary {
  const pointer = pointerIn(message);
  requireKnownMessage(message);
  const verdict = verdictIn(message.MessageAttributes ?? {});
  if (!verdict) {
    if (pointer) throw new NotADeadLetterError(`attribute ${MessageAttribute.DEAD_LETTER_ID} must be set, because the body is in S3`, undefined);
    return summaryIn(message.Body ?? '');
  }
  const text = (name: string) => textOf(message.MessageAttributes?.[name], name);
  return {
    ...verdict,
    functionArn: text(MessageAttribute.FUNCTION_ARN),
    streamArn: text(MessageAttribute.STREAM_ARN),
    shardId: text(MessageAttribute.SHARD_ID),
    condition: text(MessageAttribute.CONDITION),
    ...(pointer && { pointer }),
  };
}

/**
 * Reads the dead letter of a message, with its body from the message or from S3.
 * @throws NotADeadLetterError
 * @throws NewerFormatError
 * @throws LostBodyError where the body in S3 does not exist
 */
export async function readDeadLetter(message: DeadLetterMessage, objects: ObjectReader, signal: AbortSignal): Promise<ReceivedDeadLetter> {
  const pointer = pointerIn(message);
  requireKnownMessage(message);
  const text = pointer ? await objects.read(pointer.bucket, pointer.key, signal) : (message.Body ?? '');
  const deadLetter = parseDeadLetter(text, pointer ? `s3://${pointer.bucket}/${pointer.key}` : 'the message', message.MessageAttributes);
  return { ...deadLetter, ...(pointer && { pointer }) };
}

/**
 * How the attributes of a message differ from its body, which is given as parsed JSON. Undefined where they agree, or where the body is not
 * a dead letter.
 */
export function inconsistencyOf({ MessageAttributes: attributes }: DeadLetterMessage, body: unknown): string | undefined {
  try {
    requireConsistent(attributes ?? {}, documentOf(body), 'the message');
    return undefined;
  } catch (error) {
    if (error instanceof InconsistentMessageError) return error.message;
    if (error instanceof UndeliverableError) return undefined;
    throw error;
  }
}

function summaryIn(body: string): DeadLetterSummary {
  const { deadLetterId, status, functionArn, streamArn, shardId, condition, expectedRecords, recoveredRecords } = parseDeadLetter(body, 'the message');
  return { deadLetterId, status, functionArn, streamArn, shardId, condition, expectedRecords, recoveredRecords };
}

/**
 * Parses a dead letter. Its status comes from the attributes of the message; without attributes from `hydration`; and for an object that
 * Lambda wrote, from its records.
 * @throws NotADeadLetterError
 * @throws NewerFormatError
 */
export function parseDeadLetter(text: string, location: string, attributes: Attributes = {}): ReceivedDeadLetter {
  const document = documentIn(text);
  const { payload, hydration: _, redrive, ...failure } = document;
  const { deadLetterId, status, expectedRecords, recoveredRecords } = requireConsistent(attributes, document, location);
  const { streamArn, shardId } = batchOf(failure);
  const event = eventIn(payload);
  // A redrive deletes the message: missing records would be lost silently.
  if (event.Records.length !== recoveredRecords) {
    const rule = `payload must hold ${recoveredRecords} records, as ${MessageAttribute.RECOVERED_RECORDS} says`;
    throw new NotADeadLetterError(rule, event.Records.length);
  }
  return {
    deadLetterId,
    status,
    functionArn: failure.requestContext.functionArn,
    streamArn,
    shardId,
    condition: conditionOf(failure),
    expectedRecords,
    recoveredRecords,
    failure,
    event,
    text,
    ...(typeof redrive === 'object' && redrive !== null && { redrive }),
  };
}

/** A dead letter, or the object of a failed batch that Lambda wrote. */
type Document = FailureRecord & { readonly payload?: unknown; readonly hydration?: unknown; readonly redrive?: DeadLetter['redrive'] };

function documentIn(text: string): Document {
  const json = parseExactJson(text);
  requireKnownFormat(HYDRATION_FORMAT, formatIn(json));
  // The message does not quote the text, which can hold a payload: errors are logged.
  if (json === undefined) throw new NotADeadLetterError('the body must be JSON', `${text.length} characters of something else`);
  return documentOf(json);
}

function documentOf(value: unknown): Document {
  const json = value as Partial<Record<string, { streamArn?: unknown } | null>> | null | undefined;
  const streamArn = json?.[BatchInfoKey.KINESIS]?.streamArn ?? json?.[BatchInfoKey.DYNAMODB]?.streamArn;
  if (typeof streamArn !== 'string') {
    throw new NotADeadLetterError(`${BatchInfoKey.KINESIS} or ${BatchInfoKey.DYNAMODB} must name the stream in streamArn`, streamArn);
  }
  try {
    return readFailureRecord(json);
  } catch (error) {
    throw error instanceof InvalidFailureRecordError ? NotADeadLetterError.as(error) : error;
  }
}

/** Checks the format first: in a newer format, other fields can have another meaning. */
function requireKnownMessage({ Body: body = '', MessageAttributes: attributes = {} }: DeadLetterMessage): void {
  const attribute = attributes[MessageAttribute.FORMAT_VERSION];
  if (attribute) requireKnownFormat(`attribute ${MessageAttribute.FORMAT_VERSION}`, attribute.StringValue ?? null);
  // A message that an operator sent by hand may have no attributes. Parses only a body that can have another version.
  if (OTHER_VERSION.test(body)) requireKnownFormat(HYDRATION_FORMAT, formatIn(parseJson(body)));
}

function formatIn(document: unknown): unknown {
  return (document as { hydration?: { formatVersion?: unknown } | null } | null | undefined)?.hydration?.formatVersion;
}

/** `payload` is the event of the function, as JSON or as JSON text. A payload that is not an event has no records. */
function eventIn(payload: unknown): ReceivedDeadLetter['event'] {
  const event = typeof payload === 'string' ? parseExactJson(payload) : payload;
  return Array.isArray((event as { Records?: unknown } | null | undefined)?.Records) ? (event as ReceivedDeadLetter['event']) : { Records: [] };
}

/**
 * How complete a dead letter is: by the attributes of its message, which must agree with the body, or by the body alone.
 * @throws InconsistentMessageError
 */
function requireConsistent(attributes: Attributes, document: Document, location: string): Verdict {
  const { hydration } = document;
  const stated = verdictIn(attributes);
  const found = isVerdict(hydration) ? hydration : capturedDeadLetter(document, location).hydration;
  if (!stated) return found;
  const { streamArn, shardId } = batchOf(document);
  const inBody: Readonly<Record<string, string>> = {
    [MessageAttribute.DEAD_LETTER_ID]: found.deadLetterId,
    [MessageAttribute.FUNCTION_ARN]: document.requestContext.functionArn,
    [MessageAttribute.STREAM_ARN]: streamArn,
    [MessageAttribute.SHARD_ID]: shardId,
    [MessageAttribute.CONDITION]: conditionOf(document),
    [MessageAttribute.EXPECTED_RECORDS]: String(found.expectedRecords),
    // An object that Lambda wrote has no status: the attribute counts, unless it claims more records than the object holds.
    ...((isVerdict(hydration) || claimsMore(stated.status, found.status)) && { [MessageAttribute.STATUS]: found.status }),
  };
  for (const [name, value] of Object.entries(inBody)) {
    const attribute = attributes[name]?.StringValue;
    if (attribute !== undefined && attribute !== attributeText(value)) throw new InconsistentMessageError(name, value, attribute);
  }
  return stated;
}

function claimsMore(stated: HydrationStatus, found: HydrationStatus): boolean {
  return isWhole(stated) && stated !== found && found !== HydrationStatus.COMPLETE;
}

function verdictIn(attributes: Attributes): Verdict | undefined {
  if (!attributes[MessageAttribute.DEAD_LETTER_ID]) return undefined;
  const text = (name: string) => textOf(attributes[name], name);
  return {
    deadLetterId: text(MessageAttribute.DEAD_LETTER_ID),
    status: statusOf(text(MessageAttribute.STATUS)),
    expectedRecords: countOf(text(MessageAttribute.EXPECTED_RECORDS), MessageAttribute.EXPECTED_RECORDS),
    recoveredRecords: countOf(text(MessageAttribute.RECOVERED_RECORDS), MessageAttribute.RECOVERED_RECORDS),
  };
}

function textOf(attribute: MessageAttributeValue | undefined, name: string): string {
  const text = attribute?.StringValue;
  if (!text) throw new NotADeadLetterError(`attribute ${name} must be set`, text);
  return text;
}

function statusOf(text: string): HydrationStatus {
  if (isStatus(text)) return text;
  throw new NotADeadLetterError(`attribute ${MessageAttribute.STATUS} must be one of ${Object.values(HydrationStatus).join(', ')}`, text);
}

function countOf(text: string, name: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new NotADeadLetterError(`attribute ${name} must be a whole number`, text);
}

function isVerdict(value: unknown): value is Verdict {
  const { deadLetterId, status, expectedRecords, recoveredRecords } = (value ?? {}) as Partial<Record<keyof Verdict, unknown>>;
  const hasCounts = [expectedRecords, recoveredRecords].every((count) => Number.isInteger(count) && (count as number) >= 0);
  return typeof deadLetterId === 'string' && deadLetterId !== '' && isStatus(status) && hasCounts;
}

function isStatus(value: unknown): value is HydrationStatus {
  return (Object.values(HydrationStatus) as unknown[]).includes(value);
}
