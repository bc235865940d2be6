import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import { decodeData } from '../decode/data';
import { jsonValue } from '../decode/exact-json';
import { shortName } from '../output/text';
import { nativeMessageOf } from './native-message';

/** A native dead letter as `--where` sees it, and `show --json` prints it. */
export function messageDocument(message: Message, text: string): object {
  const { MessageId: id, Attributes: system = {}, MessageAttributes: attributes = {} } = message;
  const { SentTimestamp: sentAt, ApproximateReceiveCount: receives } = system;
  const { sourceArn, messageGroupId: messageGroup, deduplicationId } = nativeMessageOf(message);
  return {
    id,
    ...(sourceArn !== undefined && { source: shortName(sourceArn) }),
    ...(messageGroup !== undefined && { messageGroup }),
    ...(deduplicationId !== undefined && { deduplicationId }),
    ...(sentAt !== undefined && { time: new Date(Number(sentAt)).toISOString() }),
    ...(receives !== undefined && { receives: Number(receives) }),
    size: Buffer.byteLength(text),
    attributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attributeValue(value)])),
    body: bodyValue(text),
  };
}

/** A JSON body as values, any other as text. */
function bodyValue(text: string): unknown {
  try {
    return jsonValue(text);
  } catch {
    return text;
  }
}

/** Text as text, numbers as numbers, bytes as base64. */
function attributeValue({ DataType: type = '', StringValue: text = '', BinaryValue: bytes }: MessageAttributeValue): unknown {
  if (bytes) return Buffer.from(bytes).toString('base64');
  return /^Number\b/.test(type) ? bodyValue(text) : text;
}

/** An attribute as lines for people: its type, and its value, decoded where it is bytes. */
export function decodedAttribute({ DataType: type = '', StringValue, BinaryValue }: MessageAttributeValue) {
  return { type, text: StringValue, data: BinaryValue && decodeData(Buffer.from(BinaryValue)) };
}
