import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { decodeData } from '../../decode/data';

const JSON_TEXT = '{"order":1}';
const PRETTY = '{\n  "order": 1\n}';

describe('the data of a record', () => {
  test.each([
    ['JSON', JSON_TEXT, { form: 'json', text: PRETTY }],
    ['JSON with a number that JavaScript cannot hold', '{"id":12345678901234567890}', { form: 'json', text: '{\n  "id": 12345678901234567890\n}' }],
    ['JSON behind a byte order mark', `\ufeff${JSON_TEXT}`, { form: 'json', text: PRETTY }],
    ['text', 'héllo\tworld\r\n', { form: 'text', text: 'héllo\tworld\r\n' }],
    ['a number', '12', { form: 'text', text: '12' }],
    ['emoji', '👩‍👩‍👧 🧨', { form: 'text', text: '👩‍👩‍👧 🧨' }],
    ['colours of a terminal', '\u001b[31mred\u001b[0m', { form: 'text', text: '\u001b[31mred\u001b[0m' }],
    ['lines of JSON', '{"a":1}\n{"a":2}\n', { form: 'text', text: '{"a":1}\n{"a":2}\n' }],
    ['what begins like JSON', '{"a":1', { form: 'text', text: '{"a":1' }],
    ['a byte order mark', '\ufefftext', { form: 'text', text: '\ufefftext' }],
  ])('is shown as it is: %s', (_what, text, expected) => {
    expect(decodeData(Buffer.from(text))).toEqual({ layers: [], bytes: Buffer.from(text), ...expected });
  });

  test.each([
    ['a NUL', Buffer.from('text\u0000')],
    ['a lone byte', Buffer.from([0x80])],
    ['half a character', Buffer.from('é').subarray(0, 1)],
    ['UTF-16', Buffer.from('text', 'utf16le')],
    ['a bell', Buffer.from('\u0007')],
    ['gzip that is damaged', Buffer.concat([gzipSync(JSON_TEXT).subarray(0, -9), Buffer.alloc(9)])],
    ['gzip that is cut off', gzipSync(JSON_TEXT).subarray(0, 15)],
    ['the beginning of gzip', Buffer.from([0x1f, 0x8b])],
  ])('is bytes where it is %s', (_what, bytes) => {
    expect(decodeData(bytes)).toEqual({ layers: [], form: 'binary', bytes });
  });

  test('may be nothing', () => {
    expect(decodeData(Buffer.alloc(0))).toEqual({ layers: [], form: 'empty', bytes: Buffer.alloc(0) });
    expect(decodeData(gzipSync(''))).toEqual({ layers: ['gzip'], form: 'empty', bytes: Buffer.alloc(0) });
  });

  test.each([
    ['gzip', gzipSync(JSON_TEXT)],
    ['zlib', deflateSync(JSON_TEXT)],
    ['zlib', deflateSync(JSON_TEXT, { level: 1 })],
    ['zlib', deflateSync(JSON_TEXT, { windowBits: 9 })],
    ['deflate', deflateRawSync(JSON_TEXT)],
  ])('is decompressed: %s', (layer, bytes) => {
    expect(decodeData(bytes)).toEqual({ layers: [layer], form: 'json', text: PRETTY, bytes: Buffer.from(JSON_TEXT) });
  });

  test('is decompressed over again, three times at the most', () => {
    const thrice = gzipSync(deflateSync(gzipSync(JSON_TEXT)));
    expect(decodeData(thrice)).toMatchObject({ layers: ['gzip', 'zlib', 'gzip'], form: 'json' });
    expect(decodeData(gzipSync(thrice))).toMatchObject({ layers: ['gzip', 'gzip', 'zlib'], form: 'binary', bytes: gzipSync(JSON_TEXT) });
  });

  test('is bytes that were compressed, where it is', () => {
    const bytes = Buffer.from([0, 1, 2, 255]);
    expect(decodeData(gzipSync(bytes))).toEqual({ layers: ['gzip'], form: 'binary', bytes });
  });

  test('is not taken for deflate where what came out makes no sense', () => {
    const bytes = deflateRawSync(Buffer.from([0, 1, 2, 255]));
    expect(decodeData(bytes)).toEqual({ layers: [], form: 'binary', bytes });
  });

  test.each([
    ['reads as deflate in its first bytes', Buffer.from('SwAAAAAArEEAAIBW/rx4Qu++rd4AAAAA', 'base64')],
    ['reads as deflate, but is too short to be text that somebody compressed', deflateRawSync('a')],
    ['is deflate, and something after it', Buffer.concat([deflateRawSync(JSON_TEXT), Buffer.from([0])])],
  ])('is not taken for deflate where it %s', (_what, bytes) => {
    expect(decodeData(bytes)).toEqual({ layers: [], form: 'binary', bytes });
  });

  test('is decompressed where it is text without a header: deflate', () => {
    const text = 'the order was paid, the order was sent';
    expect(decodeData(deflateRawSync(text))).toEqual({ layers: ['deflate'], form: 'text', text, bytes: Buffer.from(text) });
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const bytes = Buffer.from(JSON.stringify(value));
      expect(decodeData(deflateRawSync(bytes))).toMatchObject({ layers: ['deflate'], form: 'json', bytes });
    }));
  });

  test('is never taken for what nobody wrote: random bytes, and structs of numbers', () => {
    const number = fc.oneof(
      fc.double().map((it) => Buffer.from(new Float64Array([it]).buffer)), fc.float().map((it) => Buffer.from(new Float32Array([it]).buffer)),
      fc.integer().map((it) => Buffer.from(new Int32Array([it]).buffer)), fc.nat(255).map((it) => Buffer.from([it])), fc.constant(Buffer.alloc(4)),
    );
    const struct = fc.array(number, { maxLength: 12 }).map((it) => Buffer.concat(it));
    const binary = fc.oneof(fc.uint8Array({ maxLength: 100 }).map((it) => Buffer.from(it)), struct);
    fc.assert(fc.property(binary, (bytes) => {
      const { layers, form, text } = decodeData(bytes);
      expect(layers).toEqual([]);
      // What is shown as text is the bytes themselves.
      if (form === 'text') expect(Buffer.from(text!)).toEqual(bytes);
      else if (form !== 'json') expect(form).toBe(bytes.length === 0 ? 'empty' : 'binary');
    }), { numRuns: 2_000 });
  });

  test.each([['gzip', gzipSync], ['zlib', deflateSync]])('is not blown up: %s', (name, compress) => {
    const bomb = compress(Buffer.alloc(64 * 1_048_576));
    expect(decodeData(bomb)).toEqual({ layers: [], form: 'binary', bytes: bomb, note: `${name} of more than 32 MiB: not decompressed` });
    expect(decodeData(gzipSync(bomb))).toEqual({
      layers: ['gzip'], form: 'binary', bytes: bomb, note: `${name} of more than 32 MiB: not decompressed`,
    });
  });

  test('never throws, whatever it is', () => {
    const anything = fc.uint8Array({ maxLength: 200 }).map((it) => Buffer.from(it));
    const compressed = anything.map((it) => gzipSync(it));
    const damaged = fc.tuple(compressed, fc.nat(), fc.nat(255))
      .map(([it, at, byte]) => Buffer.from(it).fill(byte, at % it.length, (at % it.length) + 1));
    fc.assert(fc.property(fc.oneof(anything, compressed, damaged, fc.string({ unit: 'binary' }).map((it) => Buffer.from(it))), (bytes) => {
      const { form, text } = decodeData(bytes);
      expect(text === undefined).toBe(form === 'binary' || form === 'empty');
    }));
  });
});
