import { createHash } from 'node:crypto';

/** A record that a producer put into an aggregate. */
export interface UserRecord {
  readonly PartitionKey: string;
  readonly Data: Uint8Array;
}

const MAGIC = Buffer.from('f3899ac2', 'hex');
const DIGEST_BYTES = 16;

/** Numbers of the fields of a message, and of a record in it. */
const PARTITION_KEY_TABLE = 1;
const RECORDS = 3;
const PARTITION_KEY_INDEX = 1;
const DATA = 3;

/** What a wire type has as its value: a number, so many bytes, or bytes with their length before them. */
const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

/**
 * The user records of an aggregate of the Kinesis Producer Library. Undefined where the data is none: then it is a record as it is.
 * @see https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function userRecordsOf(data: Uint8Array): readonly UserRecord[] | undefined {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const end = bytes.length - DIGEST_BYTES;
  if (end < MAGIC.length || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const message = bytes.subarray(MAGIC.length, end);
  if (!createHash('md5').update(message).digest().equals(bytes.subarray(end))) return undefined;
  const keys: string[] = [];
  const records: { index?: number; data?: Buffer }[] = [];
  try {
    for (const [field, value] of fieldsOf(message)) {
      if (field === PARTITION_KEY_TABLE) keys.push(requireBytes(value).toString());
      if (field === RECORDS) records.push(recordOf(requireBytes(value)));
    }
    return records.map(({ index = -1, data: Data }): UserRecord => {
      if (keys[index] === undefined || !Data) throw new MalformedError();
      return { PartitionKey: keys[index], Data };
    });
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function recordOf(message: Buffer): { index?: number; data?: Buffer } {
  const record: { index?: number; data?: Buffer } = {};
  for (const [field, value] of fieldsOf(message)) {
    if (field === PARTITION_KEY_INDEX && typeof value === 'number') record.index = value;
    if (field === DATA) record.data = requireBytes(value);
  }
  return record;
}

/** The fields of a message of Protocol Buffers, in their order. */
function* fieldsOf(message: Buffer): Generator<[field: number, value: number | Buffer]> {
  let place = 0;
  const varint = () => {
    let value = 0;
    for (let factor = 1; place < message.length; factor *= 128) {
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
    if (type === VARINT) yield [field, varint()];
    else if (type === DELIMITED) yield [field, take(varint())];
    else if (type === FIXED_64 || type === FIXED_32) yield [field, take(type === FIXED_64 ? 8 : 4)];
    else throw new MalformedError();
  }
}

class MalformedError extends Error {}

function requireBytes(value: number | Buffer): Buffer {
  if (typeof value === 'number') throw new MalformedError();
  return value;
}
