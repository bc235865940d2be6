import fc from 'fast-check';
import { prettyJson } from '../../decode/exact-json';

describe('JSON made readable', () => {
  test('has a line for each field, and two spaces for each level', () => {
    expect(prettyJson('{"order":1,"items":["a",{"b":null}],"none":[],"empty":{}}')).toBe([
      '{', '  "order": 1,', '  "items": [', '    "a",', '    {', '      "b": null', '    }', '  ],', '  "none": [],', '  "empty": {}', '}',
    ].join('\n'));
  });

  test.each([
    ['numbers with all of their digits', '[12345678901234567890.10, 1e400, -0]', '[\n  12345678901234567890.10,\n  1e400,\n  -0\n]'],
    ['keys that are there twice', '{"a":1,"a":2}', '{\n  "a": 1,\n  "a": 2\n}'],
    ['escapes as they are', String.raw`["\u001b \" \\ {[,:]}"]`, ['[', String.raw`  "\u001b \" \\ {[,:]}"`, ']'].join('\n')],
    ['no white space of its own', ' {\r\n\t"a" : [ ] }\n', '{\n  "a": []\n}'],
    ['the key of a prototype', '{"__proto__":{"a":1}}', '{\n  "__proto__": {\n    "a": 1\n  }\n}'],
  ])('keeps %s', (_what, text, expected) => expect(prettyJson(text)).toBe(expected));

  test.each(['', '12', '"text"', 'true', '{', '[1,]', '{"a"}', '[1] [2]'])('is not made of %j', (text) => expect(prettyJson(text)).toBeUndefined());

  test('is not made of what is nested so deep that indents would outgrow it', () => {
    expect(prettyJson('['.repeat(101) + ']'.repeat(101))).toBeUndefined();
    expect(prettyJson('['.repeat(100) + ']'.repeat(100))).toContain(`${'  '.repeat(99)}[]`);
  });

  test('takes strings of megabytes', () => {
    const text = JSON.stringify({ text: '\\"'.repeat(2_000_000) });
    // Not compared by jest: it would print all of it.
    expect(prettyJson(text)!.length).toBe(text.length + 5);
  });

  test('says what it said before, of any JSON', () => {
    fc.assert(fc.property(fc.oneof(fc.object(), fc.array(fc.jsonValue())), (value) => {
      const text = JSON.stringify(value);
      expect(JSON.stringify(JSON.parse(prettyJson(text)!))).toBe(text);
      // The same layout as everybody else's.
      expect(prettyJson(text)).toBe(JSON.stringify(JSON.parse(text), null, 2));
    }));
  });
});
