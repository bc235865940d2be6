import type { _Record, AttributeValue, Identity, StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import { unescapeProtoAttributeName } from './proto-attribute-names';

type Attributes = Record<string, AttributeValue>;

/**
 * A record in the form in which Lambda gives it to a function.
 * The key order is Lambda's too, so that a dead letter and a captured event can be compared as text. What is absent stays absent.
 * Fields that DynamoDB may add one day are not here: the SDK leaves out what it does not know.
 */
export function toEventRecord(record: _Record, eventSourceArn: string): Record<string, unknown> {
  const { eventID, eventName, eventVersion, eventSource, awsRegion, dynamodb, userIdentity } = record;
  return defined({
    eventID,
    eventName,
    eventVersion,
    eventSource,
    awsRegion,
    dynamodb: dynamodb && changeOf(dynamodb),
    userIdentity: userIdentity && identityOf(userIdentity),
    eventSourceARN: eventSourceArn,
  });
}

function changeOf(change: StreamRecord): object {
  const { ApproximateCreationDateTime: created, Keys, NewImage, OldImage, SequenceNumber, SizeBytes, StreamViewType } = change;
  return defined({
    ApproximateCreationDateTime: created && created.getTime() / 1000,
    Keys: Keys && imageOf(Keys),
    NewImage: NewImage && imageOf(NewImage),
    OldImage: OldImage && imageOf(OldImage),
    SequenceNumber,
    SizeBytes,
    StreamViewType,
  });
}

/** Lambda writes these two in lower camel case, the API does not. */
function identityOf({ PrincipalId, Type }: Identity): object {
  return defined({ principalId: PrincipalId, type: Type });
}

function imageOf(attributes: Attributes): object {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [unescapeProtoAttributeName(name), valueOf(value)]));
}

/** An attribute value with its binary parts as base64, at any depth. Numbers are strings on their way, and stay so. */
function valueOf(value: AttributeValue): object {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(valueOf) };
  if (value.M !== undefined) return { M: imageOf(value.M) };
  // A type that DynamoDB may add one day.
  if (value.$unknown !== undefined) return Object.fromEntries([value.$unknown]);
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
