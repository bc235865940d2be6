import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { attributeText } from './message-text';

export type MessageAttributes = Record<string, MessageAttributeValue>;

export function stringAttribute(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: attributeText(value) };
}

export function numberAttribute(value: number): MessageAttributeValue {
  return { DataType: 'Number', StringValue: String(value) };
}

/** What a message counts for against the limit of its queue: body, and names, types and values of its attributes. */
export function messageBytes(body: string, attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue, BinaryValue }]) =>
      sum + Buffer.byteLength(name) + Buffer.byteLength(DataType ?? '') + Buffer.byteLength(StringValue ?? '') + (BinaryValue?.length ?? 0),
    Buffer.byteLength(body),
  );
}
