import { plainItem } from './attribute-value';
import type { DecodedData } from './data';
import { jsonValue } from './exact-json';
import type { StreamRecord } from './stream-record';

/** What `show --json` prints of a record, and what a query sees. */
export type RecordDocument = Readonly<Record<string, unknown>> & {
  readonly number: number;
  /** What a producer of the Kinesis Producer Library put into the record. */
  readonly userRecords?: readonly Readonly<Record<string, unknown>>[];
};

/** A record as a document of plain values. Records are counted from 1. */
export function recordDocument(number: number, decoded: StreamRecord, record: unknown): RecordDocument {
  switch (decoded.kind) {
    case 'kinesis': {
      const { partitionKey, sequenceNumber, arrivedAt, data, userRecords } = decoded.kinesis;
      const { kinesis, eventID } = record as { readonly kinesis: { readonly data?: unknown }; readonly eventID?: unknown };
      return document({
        number,
        key: partitionKey,
        sequenceNumber,
        shard: typeof eventID === 'string' && eventID.includes(':') ? eventID.split(':')[0] : undefined,
        time: arrivedAt,
        ...dataFields(data, kinesis.data),
        userRecords: userRecords?.map(({ partitionKey: key, explicitHashKey: hashKey, data: inner, original }) =>
          document({ key, hashKey, ...dataFields(inner, original.toString('base64')) })),
      });
    }
    case 'dynamodb': {
      const { eventName, by, sequenceNumber, createdAt, attributes, view } = decoded.change;
      const { userIdentity, dynamodb } = record as { readonly userIdentity?: unknown; readonly dynamodb: Readonly<Record<string, unknown>> };
      const { Keys, NewImage, OldImage, SizeBytes } = dynamodb;
      return document({
        number,
        event: eventName,
        by,
        sequenceNumber,
        time: createdAt,
        size: typeof SizeBytes === 'number' ? SizeBytes : undefined,
        view,
        keys: plainItem(Keys),
        newImage: plainItem(NewImage),
        oldImage: plainItem(OldImage),
        changed: attributes.filter(({ kind }) => kind !== 'same').map(({ name, kind }) => document({ name, kind })),
        userIdentity,
        dynamodb,
      });
    }
    case 'unknown':
      return document({ number, record });
  }
}

/** `size` is that of the data as it is in the stream; what it was found to be is a guess, so that the original is always beside it. */
function dataFields({ layers, form, text, bytes, note }: DecodedData, original: unknown) {
  return {
    size: typeof original === 'string' ? Buffer.byteLength(original, 'base64') : bytes.length,
    form,
    layers,
    note,
    data: form === 'json' ? jsonValue(text!) : (text ?? null),
    base64: form === 'binary' ? bytes.toString('base64') : undefined,
    original,
  };
}

function document<Fields extends object>(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;
}
