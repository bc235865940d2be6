import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

/**
 * JSON that SQS accepts as a message body: characters that SQS rejects are escaped. `JSON.stringify` already escapes control characters
 * and lone surrogates.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
export function messageText(value: unknown): string {
  return escapedText(JSON.stringify(value));
}

/** The same for text that is JSON already. Nothing else changes: to parse and serialize it would round large numbers. */
export function escapedText(json: string): string {
  return json.replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`);
}

/** Text that SQS accepts as the value of a message attribute: characters that SQS rejects become U+FFFD. */
export function attributeText(value: string): string {
  return value.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

export type MessageAttributes = Record<string, MessageAttributeValue>;

export function stringAttribute(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: attributeText(value) };
}

export function numberAttribute(value: number): MessageAttributeValue {
  return { DataType: 'Number', StringValue: String(value) };
}

/** The size of a message as SQS counts it: its body, and the names, types and values of its attributes. */
export function messageBytes(body: string, attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue, BinaryValue }]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(DataType ?? '') + Buffer.byteLength(StringValue ?? '') + (BinaryValue?.length ?? 0),
    Buffer.byteLength(body),
  );
}
