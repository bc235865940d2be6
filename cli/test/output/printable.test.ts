import fc from 'fast-check';
import { createColors } from 'picocolors';
import { printable, printableText } from '../../output/printable';

/** What a terminal acts on: C0 and C1 with DEL, and what turns text around. */
// eslint-disable-next-line no-control-regex
const ACTED_ON = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/;
const anyText = fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.nat(0xffff).map((unit) => String.fromCharCode(unit))) });

describe('text of others', () => {
  test.each<[string, string, string]>([
    ['an escape sequence', '\u001b[2Jgone', '\\u001b[2Jgone'],
    ['the C1 form of one', '\u009b31m', '\\u009b31m'],
    ['a line break and a tab', 'a\nb\tc', 'a\\u000ab\\u0009c'],
    ['a carriage return, which overwrites a line', 'ok\rFAILED', 'ok\\u000dFAILED'],
    ['NUL and DEL', '\u0000\u007f', '\\u0000\\u007f'],
    ['what turns the direction around', 'user\u202etxt.exe', 'user\\u202etxt.exe'],
    ['a byte order mark', '\ufeffx', '\\ufeffx'],
    ['half a character', '\ud800', '\\ud800'],
    ['an invisible tag', '\u{e0041}', '\\udb40\\udc41'],
    ['what prints', 'naïve 日本語 👨‍👩‍👧', 'naïve 日本語 👨‍👩‍👧'],
  ])('%s is shown, not acted on', (_, text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('has nothing left that a terminal acts on, whatever it is', () => {
    fc.assert(fc.property(anyText, (text) => !ACTED_ON.test(printable(text)) && !/\p{Cs}/u.test(printable(text))));
  });

  it('is the same value still where it is JSON', () => {
    fc.assert(fc.property(fc.jsonValue(), anyText, (value, text) => {
      const document = { value, text };
      expect(JSON.parse(printableText(JSON.stringify(document, null, 2)))).toEqual(JSON.parse(JSON.stringify(document)));
    }));
  });
});

describe('text of the tool', () => {
  const colors = createColors(true);
  const looks = ['bold', 'dim', 'inverse', 'underline', 'red', 'green', 'yellow', 'blue', 'cyan', 'gray', 'bgRed', 'redBright'] as const;

  test.each(looks)('keeps what picocolors does: %s', (look) => {
    expect(printableText(colors[look]('a\nb'))).toBe(colors[look]('a\nb'));
  });

  test.each(['\u001b[8m', '\u001b[2J', '\u001b]0;title\u0007', '\u001b[1;31m', '\u001b[38;5;1m', '\u001b', '\r'])('keeps nothing else: %j', (text) => {
    // eslint-disable-next-line no-control-regex
    expect(printableText(text)).not.toMatch(/[\u001b\u0007\r]/);
  });

  it('has nothing left that a terminal acts on but line breaks and colours', () => {
    fc.assert(fc.property(anyText, (text) => {
      // eslint-disable-next-line no-control-regex
      expect(printableText(text).replace(/\u001b\[\d{1,3}m|\n/g, '')).not.toMatch(ACTED_ON);
    }));
  });
});
