import type { LoggedError } from '../../reason/failure-reason';
import { fingerprintOf } from '../../reason/fingerprint';
import { ownFrame } from '../../reason/stack-frame';

const STACK = ['at check (file:///var/task/index.mjs:15:11)', 'at handler (file:///var/task/index.mjs:8:5)'];

function error(message: string, more: Partial<LoggedError> = {}): LoggedError {
  return { type: 'Error', message, stack: STACK, ...more };
}

/** Errors of one kind, with what differs between them. */
const ONE_KIND: readonly (readonly [string, string, string])[] = [
  ['numbers', 'order 7 has 3 lines', 'order 12,345.50 has -1 lines'],
  ['ids with letters and digits', 'order order-0007 is unknown', 'order order-4711-b is unknown'],
  ['an id that is missing', 'order order-0007 must have a quantity', 'order undefined must have a quantity'],
  ['UUIDs', 'no item 3f1d6c1e-5a0b-4c57-9d2a-7f6f0e1b2c3d', 'no item 00000000-0000-4000-8000-00000000000A'],
  ['hexadecimal', 'commit deadbeef0123 is gone', 'commit 0xCAFE12 is gone'],
  ['base64', 'cannot decode aGVsbG8gd29ybGQ0MTI=', 'cannot decode QUJDMTIz+/8='],
  ['ARNs', 'no access to arn:aws:dynamodb:eu-west-1:111122223333:table/orders', 'no access to arn:aws-cn:dynamodb:cn-north-1:444455556666:table/carts'],
  ['URLs', 'GET https://api.example.com/orders/a?key=x failed', 'GET https://api.example.com/carts failed'],
  ['email addresses', 'no customer zoe@example.com', 'no customer a.b+c@mail.example.org'],
  ['times', 'too late: 2026-11-29T10:15:30.123Z', 'too late: 2026-01-01 09:00:00+01:00'],
  ['quoted values', 'item "green tea" is sold out', "item 'cup' is sold out"],
  ['lists of values', 'not allowed: "a", "b", 3', 'not allowed: "c"'],
  ['JSON', 'invalid order {"orderId":"a","quantity":0}', 'invalid order {"quantity":"two","items":[1,2,3]}'],
  ['values of the language', 'quantity is null', 'quantity is NaN'],
  ['line breaks and spaces', 'two problems:\n- a\n- b', 'two  problems: - a - b'],
  ['data that is not JSON', 'Unexpected token \'\u001f\', "\u001f\b" is not valid JSON', 'Unexpected token \'"\', ..."a": "b" "c" "... is not valid JSON'],
  ['data that ends too early', 'Unterminated string in JSON at position 40 (line 1 column 41)', 'Unterminated string in JSON at position 7 (line 1 column 8)'],
  ['Unicode digits', 'commande ٣ refusée', 'commande ٤٥ refusée'],
  ['composed and decomposed letters', 'refus\u00e9', 'refuse\u0301'],
];

const OTHER_KINDS: readonly (readonly [string, LoggedError, LoggedError])[] = [
  ['types', error('no quantity'), error('no quantity', { type: 'TypeError' })],
  ['messages', error('no quantity'), error('no price')],
  ['functions', error('no quantity'), error('no quantity', { stack: STACK.slice(1) })],
  ['files', error('no quantity'), error('no quantity', { stack: ['at check (file:///var/task/other.mjs:15:11)'] })],
  ['services of ARNs', error('no access to arn:aws:s3:::a'), error('no access to arn:aws:sns:::a')],
  ['names that a language complains about', error("'quantity'", { type: 'KeyError' }), error("'price'", { type: 'KeyError' })],
  ['missing modules', error("No module named 'pg'", { type: 'Runtime.ImportModuleError' }), error("No module named 'boto'", { type: 'Runtime.ImportModuleError' })],
  ['causes', error('failed', { stack: ['Caused by: java.io.IOException: refused'] }), error('failed', { stack: ['Caused by: java.io.EOFException'] })],
];

describe('a fingerprint', () => {
  test('has 12 hexadecimal digits', () => {
    expect(fingerprintOf(error('no quantity'))).toMatch(/^[\da-f]{12}$/);
    expect(fingerprintOf({ type: '', message: '', stack: [] })).toMatch(/^[\da-f]{12}$/);
  });

  test.each(ONE_KIND)('is equal for different %s', (_what, one, other) => {
    expect(fingerprintOf(error(one))).toBe(fingerprintOf(error(other)));
  });

  test.each(OTHER_KINDS)('differs for different %s', (_what, one, other) => {
    expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
  });

  test('is the same after a deployment that moves lines, and behind other frames of libraries', () => {
    const moved = ['at parse (/var/task/node_modules/x/index.js:1:1)', 'at check (file:///var/task/index.mjs:99:1)', 'at Runtime.handleOnce (file:///var/runtime/index.mjs:1:1)'];
    expect(fingerprintOf(error('no quantity', { stack: moved }))).toBe(fingerprintOf(error('no quantity')));
  });

  test('is the same for keys of a KeyError that are data', () => {
    const of = (key: string) => fingerprintOf(error(key, { type: 'KeyError' }));
    expect(of("'order-17'")).toBe(of("'order-18'"));
  });

  test('is the same for messages that differ far behind', () => {
    expect(fingerprintOf(error(`${'long '.repeat(300)}a`))).toBe(fingerprintOf(error(`${'long '.repeat(400)}b`)));
  });
});

describe('the frame of the function\'s own code', () => {
  test.each([
    ['Node.js', ['at JSON.parse (<anonymous>)', 'at next (node:internal/process/task_queues:1:2)', 'at async file:///var/task/lib/a.mjs:3:4', 'at handler (/var/task/index.js:1:1)'], { place: 'lib/a.mjs', name: '' }],
    ['Node.js with layers', ['at x (/opt/nodejs/index.js:1:1)', 'at new Order (/var/task/order.js:1:1)'], { place: 'order.js', name: 'Order' }],
    ['Python, whose last frame is the innermost', ['File "/var/task/app.py", line 1, in handler', 'File "/var/task/total.py", line 2, in total', 'File "/opt/python/lib/python3.13/site-packages/boto3/x.py", line 3, in call'], { place: 'total.py', name: 'total' }],
    ['Java', ['at java.base/java.util.List.get(List.java:3)', 'at com.amazonaws.services.lambda.runtime.X.run(X.java:1)', 'at com.example.Orders.lambda$total$0(Orders.java:31)'], { place: 'com.example.Orders', name: 'lambda$total$0' }],
    ['.NET', ['at System.Linq.Enumerable.First[TSource](IEnumerable`1 source)', 'at Example.Orders.<Total>d__5.MoveNext() in /src/Orders.cs:line 31'], { place: 'Example.Orders.<Total>d__5', name: 'MoveNext' }],
    ['Ruby', ["/var/lang/lib/ruby/3.4.0/json.rb:3:in 'parse'", "/var/task/vendor/bundle/gems/x/a.rb:1:in 'y'", "/var/task/function.rb:9:in 'Object#handler'"], { place: 'function.rb', name: 'Object#handler' }],
    ['Go', ['goPanicIndex (runtime/panic.go:115)', 'total (example/orders/main.go:22)'], { place: 'example/orders/main.go', name: 'total' }],
  ])('is found in a stack trace of %s', (_runtime, stack, frame) => {
    expect(ownFrame(stack)).toEqual({ ...frame, isOwn: true });
  });

  test('is absent where all frames are of others', () => {
    expect(ownFrame([])).toBeUndefined();
    expect(ownFrame(['at x (node:fs:1:1)', 'something else'])).toBeUndefined();
  });
});
