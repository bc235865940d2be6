import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';

export interface SqsEventSourceNames {
  readonly awsRegion: string;
  readonly eventSourceARN: string;
}

/** A message as the function's event holds it. */
export function sqsEventRecord(message: Message, { awsRegion, eventSourceARN }: SqsEventSourceNames) {
  const { MessageAttributes: attributes = {}, MD5OfMessageAttributes: md5OfMessageAttributes } = message;
  return {
    messageId: message.MessageId!,
    receiptHandle: message.ReceiptHandle!,
    body: message.Body!,
    attributes: { ...message.Attributes },
    messageAttributes: Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, attribute(value)])),
    md5OfBody: message.MD5OfBody!,
    ...(md5OfMessageAttributes !== undefined && { md5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN,
    awsRegion,
  };
}

/** The lists are always there, and always empty: SQS has no use for them yet. */
function attribute({ StringValue: stringValue, BinaryValue: binary, DataType: dataType }: MessageAttributeValue) {
  return {
    ...(stringValue !== undefined && { stringValue }),
    ...(binary !== undefined && { binaryValue: Buffer.from(binary).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType,
  };
}
