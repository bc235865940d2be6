import { spawnSync } from 'node:child_process';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { hasPackage, TEST_PYTHON } from '../../../test/support/test-python';
import { jsonValue } from '../../decode/exact-json';
import { Expression } from '../../query/expression';

/** The library of the AWS CLI evaluates each expression on each document. It crashes on some, such as a comparison of a text with a number. */
const REFERENCE = `
import json, sys, jmespath
from jmespath.exceptions import JMESPathError
given = json.load(sys.stdin)
def result(expression, document):
  try: return { 'value': expression.search(document) }
  except JMESPathError: return 'failed'
  except (TypeError, ValueError): return 'crashed'
print(json.dumps([[result(jmespath.compile(it), document) for document in given['documents']] for it in given['expressions']]))
`;

/** The functions of the specification. */
const FUNCTION_NAMES = [
  'abs', 'avg', 'ceil', 'contains', 'ends_with', 'floor', 'join', 'keys', 'length', 'map', 'max', 'max_by', 'merge', 'min', 'min_by', 'not_null',
  'reverse', 'sort', 'sort_by', 'starts_with', 'sum', 'to_array', 'to_number', 'to_string', 'type', 'values',
];

/** Of every kind that JMESPath has, and each of its functions. */
const EXPRESSIONS = [
  'a', 'a.b', 'a.b.c', '"a"', '@', 'a || b', 'a && b', '!a', '!(a && b)', '(a || b) && c', 'a[0]', 'a[-1]', 'a[1:]', 'a[::-1]', 'a[:2].b', 'a[*]', 'a[*].b',
  'a[]', 'a[].b', 'a[][]', '*', 'a.*', '*.*', '*.a | [0]', '[a, b]', '{x: a, y: b}', '[a, b][?@]', 'a[?b]', "a[?b == 'x']", 'a[?b > `1`]', 'a[?contains(@, `1`)]',
  'a == b', 'a != b', 'a == `1`', "a == 'x'", 'a == `null`', 'a == `[1]`', 'a == `{"b": 1}`', 'a > `1`', 'a >= `0`', 'a < `1`', 'a <= `2`', 'a == `true`', 'a == `""`',
  'abs(a)', 'avg(a)', 'ceil(a) == `1`', "contains(a, 'x')", 'contains(a, `1`)', "ends_with(a, 'x')", 'floor(a) == `0`', "join(',', a)", 'keys(a)', 'length(a) > `1`',
  'map(&b, a)', 'max(a)', 'max_by(a, &b)', 'max_by(a, &c)', 'merge(a, b)', 'min(a)', 'min_by(a, &b)', 'min_by(a, &c)', 'not_null(a, b)', 'reverse(a)', 'sort(a)', 'sort_by(a, &b)', 'sort_by(a, &c)', 'a > b', 'b <= c', "a > 'm'", 'a.b < a.c', '(a < b) == `null`', "starts_with(a, 'x')",
  'sum(a) > `1`', 'to_array(a)', 'to_number(a)', 'to_string(a)', "type(a) == 'number'", 'values(a)', 'length(keys(@)) == `1`', 'a[?type(@) == \'string\'] | length(@)',
  "sort([a, 'm'])[0] == a", 'a.b == b.a', 'not_null(a.b, a.c, `0`)', 'a[?b].c[] | [0]', '@ == a', 'to_number(a) > `1`', 'a[?!b]',
];

/** To Python, true is 1; it merges lists of pairs, and escapes what is not ASCII; only the tool takes a part of a text. */
const isDisputed = (expression: string, document: { readonly a?: unknown; readonly b?: unknown }) => {
  if (expression === 'to_string(a)') return /[^\x20-\x7e]/.test(JSON.stringify(document.a) ?? '');
  if (expression === 'merge(a, b)') return Array.isArray(document.b);
  if (/^(contains\(a, `1`|a\[\?contains|a == `[[{])/.test(expression)) return JSON.stringify(document.a)?.includes('true');
  return /^a\[[\d:-]*:/.test(expression) && typeof document.a === 'string';
};

const differenceOf = (text: string, document: unknown, got: unknown, expected: unknown) =>
  ({ text, document: JSON.stringify(document), got, expected });

/** What functions by a key choose from: with equal keys among them, and elements that can be told apart. */
const rows = fc.array(fc.record({ b: fc.integer({ min: 0, max: 2 }), c: fc.constantFrom('m', 'x', 'ax', '\u{1f600}', '\ue000') }, { noNullPrototype: true }), { maxLength: 6 });
const scalar = fc.oneof(fc.constantFrom('', 'x', 'ax', 'm', '1', null, true, false, 0, 1, 2, -1, 1.5), fc.integer({ min: -3, max: 3 }), fc.string({ maxLength: 3 }));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 }, scalar, fc.array(tie('value'), { maxLength: 3 }), fc.array(fc.integer({ min: -12, max: 12 }), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'constructor'), tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
}));
const document = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { minKeys: 1, maxKeys: 3, noNullPrototype: true }) },
  { weight: 1, arbitrary: fc.record({ a: rows }, { noNullPrototype: true }) },
);

describe('expressions', () => {
  test('of the corpus use every function', () => {
    expect(FUNCTION_NAMES.filter((name) => !EXPRESSIONS.some((it) => it.includes(`${name}(`)))).toEqual([]);
  });

  (hasPackage('jmespath') ? test : test.skip)('choose what they choose in the AWS CLI', () => {
    const documents = fc.sample(document, 1_000);
    const given = JSON.stringify({ expressions: EXPRESSIONS, documents });
    const { stdout, stderr } = spawnSync(TEST_PYTHON, ['-c', REFERENCE], { input: given, encoding: 'utf8', maxBuffer: 64 * 1_048_576 });
    expect(stderr).toBe('');
    const expected = JSON.parse(stdout) as ({ readonly value: unknown } | 'failed' | 'crashed')[][];
    const differences: { readonly text: string }[] = [];
    for (const [row, text] of EXPRESSIONS.entries()) {
      const expression = Expression.parse(text, '--where');
      for (const [column, it] of documents.entries()) {
        const result = expression.evaluate(jsonValue(JSON.stringify(it)));
        const got = result.failure === undefined ? { value: JSON.parse(JSON.stringify(result.value)) as unknown } : 'failed';
        if (expected[row][column] !== 'crashed' && !isDeepStrictEqual(got, expected[row][column]) && !isDisputed(text, it)) differences.push(differenceOf(text, it, got, expected[row][column]));
      }
    }
    // One of each expression: there may be thousands.
    expect([...new Map(differences.map((it) => [it.text, it])).values()]).toEqual([]);
  });
});
