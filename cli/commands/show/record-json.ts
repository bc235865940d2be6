import type { DecodedData } from '../../decode/data';
import type { StreamRecord } from '../../decode/stream-record';

/** A record as --json has it: decoded text where there is some, the bytes that it came with in any case, changes as DynamoDB has them. */
export function recordJson(number: number, decoded: StreamRecord, record: unknown): object {
  switch (decoded.kind) {
    case 'kinesis': {
      const { data, userRecords, ...rest } = decoded.kinesis;
      const { data: whole } = (record as { kinesis: { data?: unknown } }).kinesis;
      const users = userRecords?.map(({ data: inner, original, ...user }) => ({ ...user, data: dataJson(inner, original.toString('base64')) }));
      return { number, ...rest, data: dataJson(data, whole), ...(users && { userRecords: users }) };
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

/** What data was found to be is a guess: the original, base64 of all of its layers, is always beside it. */
function dataJson({ layers, form, text, bytes, note }: DecodedData, original: unknown): object {
  const content = text === undefined ? { base64: bytes.toString('base64') } : { text };
  return { layers, form, bytes: bytes.length, ...content, ...(note && { note }), original };
}
