/** A value of an attribute as DynamoDB's JSON has it: binary values in base64, numbers as strings. Lambda's event has it the same. */
export type WireValue = Readonly<Record<string, unknown>>;
export type WireItem = Readonly<Record<string, WireValue>>;

/** A record as GetRecords answers it, before any client has made objects of it. */
export interface WireRecord {
  readonly eventID: string;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly eventVersion: string;
  readonly eventSource: string;
  readonly awsRegion: string;
  readonly dynamodb: {
    /** Seconds. */
    readonly ApproximateCreationDateTime: number;
    readonly Keys: WireItem;
    readonly NewImage?: WireItem;
    readonly OldImage?: WireItem;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
  readonly userIdentity?: { readonly PrincipalId: string; readonly Type: string };
}

/** A record as the function's event holds it: the stream is named, and who removed an item is written in another case. */
export function dynamoEventRecord({ userIdentity, ...record }: WireRecord, eventSourceARN: string) {
  return {
    ...record,
    ...(userIdentity && { userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type } }),
    eventSourceARN,
  };
}
