import { EventPattern } from '../../mapping-filters/event-pattern';

type Row = readonly [name: string, pattern: object, matching: readonly object[], others: readonly object[]];

const rows: readonly Row[] = [
  ['null', { user: [null] }, [{ user: null }], [{ user: 'null' }, { user: '' }, {}]],
  ['empty', { name: [''] }, [{ name: '' }], [{ name: ' ' }, { name: null }, {}]],
  ['equals', { name: ['Alice'] }, [{ name: 'Alice', other: 1 }], [{ name: 'alice' }, { name: 'Alices' }, { nested: { name: 'Alice' } }, {}]],
  ['equals, of a number', { price: [100] }, [{ price: 100 }, { price: 1e2 }], [{ price: '100' }, { price: 100.5 }]],
  ['equals, of a boolean', { paid: [true] }, [{ paid: true }], [{ paid: 'true' }, { paid: false }]],
  ['equals (ignore case)', { name: [{ 'equals-ignore-case': 'aLice' }] }, [{ name: 'ALICE' }], [{ name: 'alic' }, { name: 5 }, {}]],
  ['and', { place: ['Oslo'], day: ['Monday'] }, [{ place: 'Oslo', day: 'Monday' }], [{ place: 'Oslo' }, { place: 'Oslo', day: 'Friday' }]],
  ['or', { type: ['credit', 'debit'] }, [{ type: 'credit' }, { type: 'debit' }], [{ type: 'cash' }]],
  [
    'or over several fields', { paid: [true], $or: [{ place: ['Oslo'] }, { day: ['Monday'], hour: [9] }] },
    [{ paid: true, place: 'Oslo' }, { paid: true, day: 'Monday', hour: 9 }],
    [{ place: 'Oslo' }, { paid: true, day: 'Monday' }, { paid: true }],
  ],
  [
    'or in a nested field', { order: { $or: [{ a: [1] }, { b: [{ exists: true }] }] } },
    [{ order: { a: 1 } }, { order: { b: 2 } }], [{ order: { a: 2 } }, { a: 1 }],
  ],
  ['not', { weather: [{ 'anything-but': 'rain' }] }, [{ weather: 'sun' }, { weather: 5 }, { weather: null }], [{ weather: 'rain' }, {}]],
  ['not one of several', { n: [{ 'anything-but': ['a', 2] }] }, [{ n: 'b' }, { n: 3 }, { n: '2' }], [{ n: 'a' }, { n: 2 }]],
  ['not beginning with', { r: [{ 'anything-but': { prefix: 'us-' } }] }, [{ r: 'eu-1' }], [{ r: 'us-1' }, {}]],
  ['not ending with one of several', { f: [{ 'anything-but': { suffix: ['.png', '.gif'] } }] }, [{ f: 'a.jpg' }], [{ f: 'a.png' }, { f: 'a.gif' }]],
  ['not, ignoring case', { s: [{ 'anything-but': { 'equals-ignore-case': ['on', 'Off'] } }] }, [{ s: 'up' }], [{ s: 'ON' }, { s: 'off' }]],
  ['not like', { f: [{ 'anything-but': { wildcard: '*/lib/*' } }] }, [{ f: 'a/src/b' }], [{ f: 'a/lib/b' }]],
  ['numeric (equals)', { price: [{ numeric: ['=', 100] }] }, [{ price: 100 }], [{ price: 101 }, { price: '100' }, {}]],
  [
    'numeric (range)', { price: [{ numeric: ['>', 10, '<=', 20] }] },
    [{ price: 10.1 }, { price: 20 }], [{ price: 10 }, { price: 20.1 }, { price: '15' }],
  ],
  ['numeric, the other bounds', { n: [{ numeric: ['>=', -1, '<', 1] }] }, [{ n: -1 }, { n: 0 }], [{ n: 1 }, { n: -2 }]],
  ['exists', { name: [{ exists: true }] }, [{ name: 'a' }, { name: null }, { name: ['a'] }], [{}, { name: { first: 'a' } }, { name: [] }]],
  ['does not exist', { name: [{ exists: false }] }, [{}, { name: { first: 'a' } }], [{ name: 'a' }, { name: null }]],
  ['does not exist, below a field that does not', { a: { b: [{ exists: false }] } }, [{}, { a: 5 }, { a: { c: 1 } }], [{ a: { b: 1 } }]],
  ['begins with', { region: [{ prefix: 'us-' }] }, [{ region: 'us-east-1' }], [{ region: 'eu-us-' }, { region: 5 }, {}]],
  ['begins with (ignore case)', { s: [{ prefix: { 'equals-ignore-case': 'EventB' } }] }, [{ s: 'EVENTBRIDGE' }], [{ s: 'event' }]],
  ['ends with', { file: [{ suffix: '.png' }] }, [{ file: 'a.png' }], [{ file: 'a.png.zip' }, {}]],
  ['ends with (ignore case)', { s: [{ suffix: { 'equals-ignore-case': 'Bridge' } }] }, [{ s: 'EVENTBRIDGE' }], [{ s: 'bridges' }]],
  [
    'wildcard', { file: [{ wildcard: 'dir/*.p?g' }] },
    [{ file: 'dir/a/b.p?g' }, { file: 'dir/.p?g' }], [{ file: 'dir/a.png' }, { file: 'adir/.p?g' }, { file: 'dir/b.p?gs' }],
  ],
  ['wildcard, its signs themselves', { s: [{ wildcard: 'a\\*\\\\*' }] }, [{ s: 'a*\\' }, { s: 'a*\\b\n' }], [{ s: 'ab\\' }, { s: 'a*b' }]],
  ['an address block', { ip: [{ cidr: '10.0.0.0/24' }] }, [{ ip: '10.0.0.255' }], [{ ip: '10.0.1.0' }, { ip: 'ten' }, { ip: '::1' }]],
  ['an address block of IPv6', { ip: [{ cidr: '2001:db8::/32' }] }, [{ ip: '2001:db8::1' }], [{ ip: '2001:db9::1' }, { ip: '10.0.0.1' }]],
  ['a list, one entry of which matches', { tags: ['a', { prefix: 'z' }] }, [{ tags: ['b', 'a'] }, { tags: ['zoo', 1] }], [{ tags: ['b'] }, { tags: [] }]],
  [
    'a list of objects, one of which matches as a whole', { items: { id: [1], n: [2] } },
    [{ items: [{ id: 0 }, { id: 1, n: 2 }] }], [{ items: [{ id: 1 }, { n: 2 }] }, { items: [] }],
  ],
  ['a key that every object inherits', { constructor: [{ exists: true }] }, [{ constructor: 'x' }], [{}]],
];

describe.each(rows)('%s', (_, pattern, matching, others) => {
  const parsed = EventPattern.parse(JSON.stringify(pattern));

  it.each(matching)('matches %j', (event) => expect(parsed.matches(event)).toBe(true));
  it.each(others)('does not match %j', (event) => expect(parsed.matches(event)).toBe(false));
});

describe('refuses', () => {
  it.each<[string, unknown, string]>([
    ['text', '{"a":', 'an event pattern must be JSON ('],
    ['nothing', {}, 'an event pattern must be an object with at least one key, got: {}'],
    ['a list', ['a'], 'an event pattern must be an object with at least one key, got: ["a"]'],
    ['a leaf that is no list', { a: { b: 'x' } }, 'an event pattern must be an object with at least one key at a.b, got: "x"'],
    ['an empty list', { a: { b: [] } }, 'the list of an event pattern must not be empty at a.b'],
    ['a list of lists', { a: [['x']] }, 'event pattern at a: a list must not hold another list, got: ["x"]'],
    ['an unknown operator', { a: [{ like: 'x' }] }, 'event pattern at a: an operator must be one of exists, prefix, suffix'],
    ['no operator', { a: [{}] }, 'an operator must be one of'],
    ['two operators', { a: [{ prefix: 'x', suffix: 'y' }] }, 'event pattern at a: prefix must be the only key of its object, got: {"prefix":"x","suffix":"y"}'],
    ['exists with text', { a: [{ exists: 'yes' }] }, 'event pattern at a: exists must be true or false, got: "yes"'],
    ['an empty prefix', { a: [{ prefix: '' }] }, 'event pattern at a: prefix must be text that is not empty, got: ""'],
    ['another operator in a prefix', { a: [{ prefix: { suffix: 'x' } }] }, 'equals-ignore-case must be the only key of its object'],
    ['anything but nothing', { a: [{ 'anything-but': [] }] }, 'anything-but must name at least one value, got: []'],
    ['anything but a number range', { a: [{ 'anything-but': { numeric: ['>', 1] } }] }, 'anything-but must hold values or one of prefix, suffix'],
    ['anything but objects', { a: [{ 'anything-but': [{ prefix: 'x' }] }] }, 'anything-but must hold text or numbers'],
    ['anything but two operators', { a: [{ 'anything-but': { prefix: 'x', suffix: 'y' } }] }, 'prefix must be the only key of its object'],
    ['a numeric comparison of text', { a: [{ numeric: ['>', '1'] }] }, 'numeric must alternate one of = < <= > >= with a number, got: [">","1"]'],
    ['an unknown comparison', { a: [{ numeric: ['!=', 1] }] }, 'numeric must alternate'],
    ['three comparisons', { a: [{ numeric: ['>', 1, '<', 3, '=', 2] }] }, 'numeric must be a list of one or two comparisons'],
    ['no comparison', { a: [{ numeric: 5 }] }, 'numeric must be a list of one or two comparisons, got: 5'],
    ['a block that is none', { a: [{ cidr: '10.0.0.0/33' }] }, 'cidr must be a block of addresses such as 10.0.0.0/24, got: "10.0.0.0/33"'],
    ['a block of names', { a: [{ cidr: 'localhost/8' }] }, 'cidr must be a block of addresses'],
    ['one alternative', { $or: [{ a: [1] }] }, '$or must be a list of at least two patterns at $or'],
    ['alternatives that are no patterns', { $or: [{ a: [1] }, 'b'] }, 'an event pattern must be an object with at least one key at $or, got: "b"'],
  ])('%s', (_, pattern, message) => {
    expect(() => EventPattern.parse(typeof pattern === 'string' ? pattern : JSON.stringify(pattern))).toThrow(message);
  });
});
