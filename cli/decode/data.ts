import { decompressed, inflatedRaw, MOST_BYTES } from './decompress';
import { prettyJson } from './exact-json';

/** Compressed text shorter than this says too little: bits of any few bytes read as deflate. */
const FEWEST_DEFLATED_BYTES = 16;
/** How often something may be compressed over again. */
const MOST_LAYERS = 3;
/** Control characters that no text has: the others are tab, line breaks and the escape of terminal colours. */
// eslint-disable-next-line no-control-regex
const NO_TEXT = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]/;

/** What data was found to be. */
export interface DecodedData {
  /** What it was wrapped in, from the outside: gzip, zlib, deflate. */
  readonly layers: readonly string[];
  readonly form: 'json' | 'text' | 'binary' | 'empty';
  /** JSON with line breaks and indents, or the text. Absent where it is binary. */
  readonly text?: string;
  /** What is inside of all layers. */
  readonly bytes: Buffer;
  /** Why it was not looked into further. */
  readonly note?: string;
}

/** Finds out what the data of a record is. Never throws, whatever it is. */
export function decodeData(bytes: Buffer, layers: readonly string[] = []): DecodedData {
  if (bytes.length === 0) return { layers, form: 'empty', bytes };
  const text = textOf(bytes);
  if (text !== undefined) {
    const json = prettyJson(text);
    return { layers, form: json === undefined ? 'text' : 'json', text: json ?? text, bytes };
  }
  return layers.length < MOST_LAYERS ? unwrapped(bytes, layers) : { layers, form: 'binary', bytes };
}

function unwrapped(bytes: Buffer, layers: readonly string[]): DecodedData {
  const inner = decompressed(bytes);
  if (inner && 'isTooLarge' in inner) {
    return { layers, form: 'binary', bytes, note: `${inner.compression} of more than ${MOST_BYTES / 1_048_576} MiB: not decompressed` };
  }
  if (inner) {
    const data = decodeData(inner.bytes, [...layers, inner.compression]);
    return inner.after === 0 ? data : { ...data, note: [data.note, `${inner.after} bytes after the ${inner.compression} are not shown`].filter(Boolean).join('; ') };
  }
  const raw = inflatedRaw(bytes);
  // Without header and checksum nothing but a sensible result, of all that is there, says that it was compressed at all.
  if (raw && 'bytes' in raw && raw.after === 0 && raw.bytes.length > 0) {
    const data = decodeData(raw.bytes, [...layers, raw.compression]);
    if (data.form === 'json' || (data.form === 'text' && bytes.length >= FEWEST_DEFLATED_BYTES)) return data;
  }
  return { layers, form: 'binary', bytes };
}

function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return NO_TEXT.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
