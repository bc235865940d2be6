import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import { requireKnownFormat } from '../../lambda/shared/dead-letter/format-version';
import { ExtendedClient } from '../../src/contract';

/** Format of a line: the version of the tool that introduced it, as with `FORMAT_VERSION`. */
const VERSION: string = '0.1.0';
/** What lines of the oldest format may have in its place. */
const OLDEST = 1;
/** Attributes that say that the body is elsewhere: in a line it never is. */
const SIZE_ATTRIBUTES: readonly string[] = [ExtendedClient.SIZE_ATTRIBUTE, ExtendedClient.LEGACY_SIZE_ATTRIBUTE];

/** A message as one line of JSON: what `export` writes, and `import` and `redrive --from` read. */
export interface ExportedMessage {
  readonly version: string | typeof OLDEST;
  readonly queueUrl: string;
  readonly messageId: string;
  /** ISO 8601. */
  readonly sentAt: string;
  /** As SQS has them, binary values as base64. */
  readonly attributes: Readonly<Record<string, { readonly type: string; readonly value: string }>>;
  /** Text of the body, also where the message had only a pointer to it. */
  readonly body: string;
  /** Where the body was, if it was not in the queue. */
  readonly pointer?: { readonly bucket: string; readonly key: string };
  /** What SQS says of a message of a FIFO queue, or of one that has a group. */
  readonly messageGroupId?: string;
  readonly messageDeduplicationId?: string;
  /** ARN of the queue that SQS moved it from. */
  readonly deadLetterQueueSourceArn?: string;
}

/** Optional fields that are system attributes of a message. */
const SYSTEM_ATTRIBUTES = {
  messageGroupId: 'MessageGroupId', messageDeduplicationId: 'MessageDeduplicationId', deadLetterQueueSourceArn: 'DeadLetterQueueSourceArn',
} as const;
type SystemField = keyof typeof SYSTEM_ATTRIBUTES;
const SYSTEM_FIELDS = Object.entries(SYSTEM_ATTRIBUTES) as readonly (readonly [SystemField, (typeof SYSTEM_ATTRIBUTES)[SystemField]])[];

/** A line that cannot be read: says which rule it breaks. */
export class InvalidLineError extends Error {}

export function exportedMessage(message: Message, queueUrl: string, body: string, pointer?: ExportedMessage['pointer']): ExportedMessage {
  return {
    version: VERSION,
    queueUrl,
    messageId: message.MessageId!,
    sentAt: new Date(Number(message.Attributes?.SentTimestamp ?? 0)).toISOString(),
    attributes: Object.fromEntries(Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, attributeOf(value)])),
    body,
    ...(pointer && { pointer: { bucket: pointer.bucket, key: pointer.key } }),
    ...systemFields(message),
  };
}

function systemFields({ Attributes: attributes = {} }: Message): Pick<ExportedMessage, SystemField> {
  return Object.fromEntries(SYSTEM_FIELDS.flatMap(([field, name]) => (attributes[name] === undefined ? [] : [[field, attributes[name]]])));
}

/** The message that a line was, with its body in it: attributes that call it a pointer are left out. */
export function toMessage({ messageId, sentAt, attributes, body, ...line }: ExportedMessage): Message {
  const entries = Object.entries(attributes).filter(([name]) => !SIZE_ATTRIBUTES.includes(name));
  return {
    MessageId: messageId,
    Body: body,
    Attributes: {
      SentTimestamp: String(Date.parse(sentAt)),
      ...Object.fromEntries(SYSTEM_FIELDS.flatMap(([field, name]) => (line[field] === undefined ? [] : [[name, line[field]]]))),
    },
    MessageAttributes: Object.fromEntries(entries.map(([name, { type, value }]) => [name, attributeValueOf(type, value)])),
  };
}

/**
 * @throws InvalidLineError
 * @throws NewerFormatError
 */
export function parseExportedMessage(text: string): ExportedMessage {
  let json: unknown;
  try {
    // An editor may have put a byte order mark before the first line.
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new InvalidLineError(`must be JSON: ${(error as Error).message}`);
  }
  const line = object('the line', json);
  if (line.version === undefined) throw new InvalidLineError(`version must be ${VERSION}, got: nothing`);
  if (line.version !== OLDEST) requireKnownFormat('version', line.version, VERSION);
  for (const name of ['queueUrl', 'messageId', 'sentAt', 'body']) string(name, line[name]);
  if (Number.isNaN(Date.parse(line.sentAt as string))) throw new InvalidLineError(`sentAt must be a time, got: ${JSON.stringify(line.sentAt)}`);
  for (const [name, attribute] of Object.entries(object('attributes', line.attributes))) {
    const { type, value } = object(`attributes.${name}`, attribute);
    string(`attributes.${name}.type`, type);
    string(`attributes.${name}.value`, value);
  }
  for (const [field] of SYSTEM_FIELDS) if (line[field] !== undefined) string(field, line[field]);
  if (line.pointer !== undefined) {
    const { bucket, key } = object('pointer', line.pointer);
    string('pointer.bucket', bucket);
    string('pointer.key', key);
  }
  return line as unknown as ExportedMessage;
}

function attributeOf({ DataType, StringValue, BinaryValue }: MessageAttributeValue) {
  return { type: DataType!, value: StringValue ?? Buffer.from(BinaryValue ?? []).toString('base64') };
}

function attributeValueOf(type: string, value: string): MessageAttributeValue {
  return /^Binary\b/.test(type) ? { DataType: type, BinaryValue: Buffer.from(value, 'base64') } : { DataType: type, StringValue: value };
}

function object(name: string, value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new InvalidLineError(`${name} must be a JSON object, got: ${brief(value)}`);
}

function string(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new InvalidLineError(`${name} must be a string, got: ${brief(value)}`);
}

function brief(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(JSON.stringify(value)).slice(0, 100);
}
