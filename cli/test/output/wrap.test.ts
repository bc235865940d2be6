import fc from 'fast-check';
import stringWidth from 'string-width';
import { wrap } from '../../output/wrap';

describe('prose', () => {
  test.each([
    ['short', 'short', 10],
    ['one two three', 'one two\n  three', 10],
    ['  one two three', '  one two\n    three', 10],
    ['one two three four', 'one two\n  three\n  four', 8],
    ['one\ntwo three four', 'one\ntwo three\n  four', 10],
    ['a arn:aws:lambda:us-east-1:1:function:x b', 'a\n  arn:aws:lambda:us-east-1:1:function:x\n  b', 10],
    ['\u001b[33mone two\u001b[39m three', '\u001b[33mone two\u001b[39m\n  three', 10],
    ['日本 日本 日本', '日本 日本\n  日本', 10],
    ['', '', 10],
  ])('%j becomes %j', (text, expected, width) => expect(wrap(text, width)).toBe(expected));

  test('goes on where it is told to', () => {
    expect(wrap('status  every record of it', 16, 8)).toBe('status  every\n        record\n        of it');
    expect(wrap('stream  arn:aws:kinesis:x of it', 16, 8)).toBe('stream  arn:aws:kinesis:x\n        of it');
  });

  test('loses no word, and has no line that is too long, but for a word that is', () => {
    fc.assert(fc.property(fc.array(fc.stringMatching(/^[a-z]{1,30}$/), { minLength: 1 }), fc.integer({ min: 10, max: 80 }), (words, width) => {
      const lines = wrap(words.join(' '), width).split('\n');
      expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(words);
      for (const line of lines) expect(stringWidth(line) <= width || !line.trim().includes(' ')).toBe(true);
    }));
  });
});
