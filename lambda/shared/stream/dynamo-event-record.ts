import type { _Record, AttributeValue, Identity, StreamRecord } from '@aws-sdk/client-dynamodb-streams';
import { unescapeProtoAttributeName } from './proto-attribute-names';

type Attributes = Record<string, AttributeValue>;

/**
 * A record in the form of a Lambda event. The order of the fields is also Lambda's, so that a dead letter and a captured event compare as text.
 * Absent fields stay absent. The SDK drops unknown fields, so that new fields of DynamoDB need a new SDK.
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

/** Lambda writes these two fields in lower camel case, unlike the API. */
function identityOf({ PrincipalId, Type }: Identity): object {
  return defined({ principalId: PrincipalId, type: Type });
}

function imageOf(attributes: Attributes): object {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [unescapeProtoAttributeName(name), valueOf(value)]));
}

/** An attribute value with binary values as base64, at any depth. Numbers stay strings. */
function valueOf(value: AttributeValue): object {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(valueOf) };
  if (value.M !== undefined) return { M: imageOf(value.M) };
  // A type that this SDK does not know.
  if (value.$unknown !== undefined) return Object.fromEntries([value.$unknown]);
  return value;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function defined(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
