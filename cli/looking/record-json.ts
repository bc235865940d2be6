import type { DecodedData } from '../decode/data';
import type { StreamRecord } from '../decode/stream-record';

/** A record as --json has it: decoded text where there is some, bytes as base64 otherwise, changes as DynamoDB has them. */
export function recordJson(number: number, decoded: StreamRecord, record: unknown): object {
  switch (decoded.kind) {
    case 'kinesis': {
      const { data, userRecords, ...rest } = decoded.kinesis;
      return userRecords
        ? { number, ...rest, userRecords: userRecords.map(({ data: inner, ...user }) => ({ ...user, data: dataJson(inner) })) }
        : { number, ...rest, data: dataJson(data) };
    }
    case 'dynamodb': {
      const { eventName, sequenceNumber, createdAt, attributes } = decoded.change;
      const changed = attributes.filter(({ kind }) => kind !== 'same').map(({ name, kind }) => ({ name, kind }));
      const { userIdentity, dynamodb } = record as { userIdentity?: unknown; dynamodb: unknown };
      return { number, eventName, userIdentity, sequenceNumber, createdAt, changed, dynamodb };
    }
    case 'unknown':
      return { number, record };
  }
}

function dataJson({ layers, form, text, bytes, note }: DecodedData): object {
  return { layers, form, bytes: bytes.length, ...(text === undefined ? { base64: bytes.toString('base64') } : { text }), ...(note && { note }) };
}
