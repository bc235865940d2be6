import { createHash } from 'node:crypto';

/** A user record of an aggregate. */
export interface UserRecord {
  /** Absent where the aggregate refers to a key that it does not hold. */
  readonly partitionKey?: string;
  /** Present where the producer set one. */
  readonly explicitHashKey?: string;
  readonly data: Buffer;
}

const MAGIC = Buffer.from('f3899ac2', 'hex');
const DIGEST_BYTES = 16;

/** Field numbers of an aggregate. */
const Aggregate = { PARTITION_KEY_TABLE: 1, EXPLICIT_HASH_KEY_TABLE: 2, RECORDS: 3 } as const;
/** Field numbers of a record in an aggregate. */
const RecordField = { PARTITION_KEY_INDEX: 1, EXPLICIT_HASH_KEY_INDEX: 2, DATA: 3 } as const;
/** Wire types of Protocol Buffers. */
const WireType = { VARINT: 0, FIXED_64: 1, DELIMITED: 2, FIXED_32: 5 } as const;

/** A varint has at most ten bytes. */
const MAX_FACTOR = 128 ** 10;

interface Indexed {
  partitionKey?: number;
  explicitHashKey?: number;
  data?: Buffer;
}

/**
 * The user records of an aggregate of the Kinesis Producer Library. Undefined where the data is not an aggregate or is damaged. Own code, to
 * keep the functions small: the libraries for this format load all of Protocol Buffers.
 * @see https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function deaggregated(data: Uint8Array): readonly UserRecord[] | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const end = bytes.length - DIGEST_BYTES;
  if (end < MAGIC.length || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const message = bytes.subarray(MAGIC.length, end);
  if (!createHash('md5').update(message).digest().equals(bytes.subarray(end))) return undefined;
  try {
    return recordsIn(message);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function recordsIn(message: Buffer): readonly UserRecord[] {
  const partitionKeys: string[] = [];
  const hashKeys: string[] = [];
  const records: Indexed[] = [];
  for (const [field, value] of fieldsOf(message)) {
    if (field === Aggregate.PARTITION_KEY_TABLE) partitionKeys.push(requireBytes(value).toString());
    if (field === Aggregate.EXPLICIT_HASH_KEY_TABLE) hashKeys.push(requireBytes(value).toString());
    if (field === Aggregate.RECORDS) records.push(recordOf(requireBytes(value)));
  }
  return records.map(({ partitionKey = -1, explicitHashKey, data }): UserRecord => {
    if (!data) throw new MalformedError();
    const hashKey = explicitHashKey === undefined ? undefined : hashKeys[explicitHashKey];
    return { partitionKey: partitionKeys[partitionKey], ...(hashKey !== undefined && { explicitHashKey: hashKey }), data };
  });
}

function recordOf(message: Buffer): Indexed {
  const record: Indexed = {};
  for (const [field, value] of fieldsOf(message)) {
    if (field === RecordField.PARTITION_KEY_INDEX && typeof value === 'number') record.partitionKey = value;
    if (field === RecordField.EXPLICIT_HASH_KEY_INDEX && typeof value === 'number') record.explicitHashKey = value;
    if (field === RecordField.DATA) record.data = requireBytes(value);
  }
  return record;
}

/** The fields of a Protocol Buffers message, in order. */
function* fieldsOf(message: Buffer): Generator<[field: number, value: number | Buffer]> {
  let place = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; place < message.length && factor < MAX_FACTOR; factor *= 128) {
      const byte = message[place++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new MalformedError();
  };
  const take = (length: number) => {
    if (length > message.length - place) throw new MalformedError();
    return message.subarray(place, (place += length));
  };
  while (place < message.length) {
    const tag = varint();
    const type = tag % 8;
    const field = Math.floor(tag / 8);
    if (type === WireType.VARINT) yield [field, varint()];
    else if (type === WireType.DELIMITED) yield [field, take(varint())];
    else if (type === WireType.FIXED_64 || type === WireType.FIXED_32) yield [field, take(type === WireType.FIXED_64 ? 8 : 4)];
    else throw new MalformedError();
  }
}

class MalformedError extends Error {}

function requireBytes(value: number | Buffer): Buffer {
  if (typeof value === 'number') throw new MalformedError();
  return value;
}
