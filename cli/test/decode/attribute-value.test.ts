import fc from 'fast-check';
import { valueText } from '../../decode/attribute-value';

describe('a value of DynamoDB', () => {
  test.each([
    [{ S: 'a "b"\u001b' }, '"a \\"b\\"\\u001b"'],
    [{ N: '12345678901234567890123456789012345678' }, '12345678901234567890123456789012345678'],
    [{ N: '1E-130' }, '1E-130'],
    [{ BOOL: false }, 'false'],
    [{ NULL: true }, 'null'],
    [{ B: 'aGVsbG8=' }, 'binary(aGVsbG8=)'],
    [{ L: [{ S: 'a' }, { N: '1' }, { L: [] }] }, '["a", 1, []]'],
    [{ M: { a: { N: '1.50' }, __proto__: { S: 'x' } } }, '{"a": 1.50}'],
    [JSON.parse('{"M":{"__proto__":{"S":"x"}}}'), '{"__proto__": "x"}'],
    [{ SS: ['b', 'a'] }, 'set["b", "a"]'],
    [{ NS: ['1.0', '2'] }, 'set[1.0, 2]'],
    [{ BS: ['aGVsbG8='] }, 'set[binary(aGVsbG8=)]'],
    [{ NEW: 'type' }, '{"NEW":"type"}'],
    [{ N: 1 }, '{"N":1}'],
    [{}, '{}'],
    [undefined, 'nothing'],
    [null, 'null'],
    ['text', '"text"'],
  ])('%j', (value, text) => expect(valueText(value)).toBe(text));

  test('is cut off where it is nested deeper than DynamoDB nests', () => {
    let value: object = { S: 'deep' };
    for (let depth = 0; depth < 10_000; depth++) value = { L: [value] };
    expect(valueText(value)).toBe(`${'['.repeat(65)}…${']'.repeat(65)}`);
  });

  test('is nothing where it holds nothing', () => {
    expect([valueText({ S: undefined }), valueText({ BOOL: undefined })]).toEqual(['nothing', 'nothing']);
  });

  test('never makes it throw, whatever it is', () => {
    const type = fc.constantFrom('S', 'N', 'B', 'BOOL', 'NULL', 'L', 'M', 'SS', 'NS', 'BS', 'NEW');
    fc.assert(fc.property(fc.dictionary(type, fc.anything()), (value) => {
      expect(typeof valueText(value)).toBe('string');
    }));
  });
});
