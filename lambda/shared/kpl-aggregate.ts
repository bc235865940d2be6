import { createHash } from 'node:crypto';

/** A record that a producer put into an aggregate. */
export interface UserRecord {
  /** Absent where the aggregate names one that it does not hold. */
  readonly partitionKey?: string;
  /** Where the producer gave one. */
  readonly explicitHashKey?: string;
  readonly data: Buffer;
}

const MAGIC = Buffer.from('f3899ac2', 'hex');
const DIGEST_BYTES = 16;

/** Numbers of the fields of an aggregate. */
const Aggregate = { PARTITION_KEY_TABLE: 1, EXPLICIT_HASH_KEY_TABLE: 2, RECORDS: 3 } as const;
/** Numbers of the fields of a record in it. */
const RecordField = { PARTITION_KEY_INDEX: 1, EXPLICIT_HASH_KEY_INDEX: 2, DATA: 3 } as const;
/** What the value of a field is: a number, so many bytes, or bytes with their length before them. */
const WireType = { VARINT: 0, FIXED_64: 1, DELIMITED: 2, FIXED_32: 5 } as const;

/** A number has at most ten bytes. */
const MAX_FACTOR = 128 ** 10;

interface Indexed {
  partitionKey?: number;
  explicitHashKey?: number;
  data?: Buffer;
}

/**
 * The user records of an aggregate of the Kinesis Producer Library. Undefined where the data is none, or is damaged: then it is a record
 * as it is. Parsed here, as the functions must be small: the libraries for it load all of Protocol Buffers.
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

/** The fields of a message of Protocol Buffers, in their order. */
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
