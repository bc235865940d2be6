import type { Message } from '@aws-sdk/client-sqs';
import type { SQSEvent, SQSMessageAttributes, SQSRecord } from 'aws-lambda';
import { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { attributesOfDeadLetter } from './dead-letters';

/** Attributes of a message as Lambda writes them. */
export function eventAttributes(attributes: NonNullable<Message['MessageAttributes']>): SQSMessageAttributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        dataType: DataType as SQSMessageAttributes[string]['dataType'],
        ...(StringValue !== undefined && { stringValue: StringValue }),
        ...(BinaryValue && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
        stringListValues: [],
        binaryListValues: [],
      },
    ]),
  );
}

/** A message as Lambda gives it to a function. */
export function sqsRecord(
  body: string,
  { receives = 1, attributes = {}, ...fields }: Partial<Omit<SQSRecord, 'attributes'>> & { receives?: number; attributes?: Partial<SQSRecord['attributes']> } = {},
): SQSRecord {
  return {
    messageId: '059f36b4-87a3-44ab-83d2-661975830a7d',
    receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '1795248010000',
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1795248011000',
      ...attributes,
    },
    messageAttributes: {},
    md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:letters',
    awsRegion: 'us-east-1',
    ...fields,
  };
}

/** The message of a dead letter. */
export function deadLetterRecord(deadLetter: DeadLetter, fields: Parameters<typeof sqsRecord>[1] = {}): SQSRecord {
  return sqsRecord(JSON.stringify(deadLetter), { messageAttributes: eventAttributes(attributesOfDeadLetter(deadLetter)), ...fields });
}

export const sqsEvent = (...Records: SQSRecord[]): SQSEvent => ({ Records });
