import fc from 'fast-check';
import { isSameItem, itemText } from '../../check/same-item';

const same = (one: unknown, other: unknown) => isSameItem({ a: one }, { a: other });
const bytes = (text: string) => Uint8Array.from(Buffer.from(text));

describe('two items are equal', () => {
  test.each<[string, unknown, unknown]>([
    ['numbers by value', { N: '1500' }, { N: '1.50e3' }],
    ['numbers with zeros', { N: '-0.0100' }, { N: '-.01' }],
    ['zero with any sign', { N: '-0.00' }, { N: '0' }],
    ['numbers of 38 digits', { N: '99999999999999999999999999999999999999' }, { N: '9.9999999999999999999999999999999999999E37' }],
    ['the largest exponents', { N: '1E125' }, { N: `1${'0'.repeat(125)}` }],
    ['binary values, as base64 and as bytes', { B: Buffer.from('ab').toString('base64') }, { B: bytes('ab') }],
    ['sets of strings in any order', { SS: ['b', 'a'] }, { SS: ['a', 'b'] }],
    ['sets of numbers in any order, by value', { NS: ['10', '2'] }, { NS: ['2.0', '1E1'] }],
    ['sets of binary values', { BS: ['YWI=', 'Yw=='] }, { BS: [bytes('c'), bytes('ab')] }],
    ['maps with names in any order', { M: { x: { S: '1' }, y: { NULL: true } } }, { M: { y: { NULL: true }, x: { S: '1' } } }],
    ['sets within lists and maps', { L: [{ M: { x: { SS: ['b', 'a'] } } }] }, { L: [{ M: { x: { SS: ['a', 'b'] } } }] }],
    ['a field of the SDK without a value', { S: 'a', N: undefined }, { S: 'a' }],
  ])('%s', (_, one, other) => expect(same(one, other)).toBe(true));
});

describe('two items differ', () => {
  test.each<[string, unknown, unknown]>([
    ['types', { S: '1' }, { N: '1' }],
    ['numbers beyond what JavaScript can tell apart', { N: '9007199254740993' }, { N: '9007199254740992' }],
    ['signs', { N: '-1' }, { N: '1' }],
    ['an empty list and an empty map', { L: [] }, { M: {} }],
    ['lists in another order', { L: [{ S: 'a' }, { S: 'b' }] }, { L: [{ S: 'b' }, { S: 'a' }] }],
    ['a set and a list', { SS: ['a'] }, { L: [{ S: 'a' }] }],
    ['strings that look like several', { SS: ['a","b'] }, { SS: ['a', 'b'] }],
    ['upper and lower case', { S: 'a' }, { S: 'A' }],
    ['null and an empty string', { NULL: true }, { S: '' }],
    ['a map with one more name', { M: { x: { S: '1' } } }, { M: { x: { S: '1' }, y: { S: '1' } } }],
  ])('%s', (_, one, other) => expect(same(one, other)).toBe(false));

  test('by an attribute that only one has', () => expect(isSameItem({ a: { S: '1' } }, { a: { S: '1' }, b: { S: '1' } })).toBe(false));
});

test('nothing that a body can hold breaks the comparison', () => {
  let deep: unknown = { S: 'x' };
  for (let level = 0; level < 5_000; level++) deep = { M: { x: deep } };
  expect(same(deep, deep)).toBe(true);
  fc.assert(fc.property(fc.dictionary(fc.string(), fc.anything()), (item) => expect(typeof itemText(item)).toBe('string')));
});

test('numbers are equal if their values are', () => {
  const integers = fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n });
  fc.assert(fc.property(integers, fc.integer({ min: -80, max: 80 }), fc.nat({ max: 5 }), (digits, exponent, zeros) => {
    const shifted = `${digits}${'0'.repeat(zeros)}e${exponent - zeros}`;
    expect(same({ N: `${digits}e${exponent}` }, { N: shifted })).toBe(true);
    expect(same({ N: `${digits}e${exponent}` }, { N: `${digits + 1n}e${exponent}` })).toBe(false);
  }));
});
