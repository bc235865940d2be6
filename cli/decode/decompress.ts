import { gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib';

/** The most that data may grow to. A record is 10 MiB at most; a thousand times as much can hide in it. */
export const MOST_BYTES = 32 * 1_048_576;

export type Compression = 'gzip' | 'zlib' | 'deflate';

export type Decompressed =
  | { readonly compression: Compression; readonly bytes: Buffer; /** Bytes that come after what was compressed. */ readonly after: number }
  | { readonly compression: Compression; readonly isTooLarge: true };

/** What bytes hold that were compressed, or undefined where they were not, or are damaged. */
export function decompressed(bytes: Buffer): Decompressed | undefined {
  if (bytes.length < 2) return undefined;
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return inflate('gzip', gunzipSync, bytes);
  // The two bytes of a zlib header are a multiple of 31, and name the one method there is.
  if ((bytes[0] & 0x0f) === 8 && bytes[0] >> 4 <= 7 && bytes.readUInt16BE(0) % 31 === 0) return inflate('zlib', inflateSync, bytes);
  return undefined;
}

/** The same for deflate without a header, which any bytes may seem to be: only for what is nothing else. */
export function inflatedRaw(bytes: Buffer): Decompressed | undefined {
  return inflate('deflate', inflateRawSync, bytes);
}

function inflate(
  compression: Compression,
  method: (bytes: Buffer, options: ZlibOptions) => Buffer,
  bytes: Buffer,
): Decompressed | undefined {
  try {
    // The types leave out what `info` makes of the answer.
    type Info = { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
    const { buffer, engine } = method(bytes, { maxOutputLength: MOST_BYTES, info: true }) as unknown as Info;
    return { compression, bytes: buffer, after: bytes.length - engine.bytesWritten };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? { compression, isTooLarge: true } : undefined;
  }
}
