import { physicalName, randomId, uuid } from '../../../local/deploy/physical-name';

const zero = () => 0;

test('a made-up name has the stack, the logical id and 12 random characters', () => {
  expect(physicalName('Stack', 'Queue', 80, zero)).toBe('Stack-Queue-AAAAAAAAAAAA');
});

test('random characters are upper-case letters and digits', () => {
  expect(randomId(Math.random, 500)).toMatch(/^[A-Z0-9]{500}$/);
});

test.each([
  ['both parts', 'S'.repeat(100), 'L'.repeat(100), `${'S'.repeat(25)}-${'L'.repeat(25)}-AAAAAAAAAAAA`],
  ['the stack only as far as the logical id needs room', 'S'.repeat(100), 'Fn', `${'S'.repeat(48)}-Fn-AAAAAAAAAAAA`],
  ['the logical id only as far as the stack needs room', 'Stack', 'L'.repeat(100), `Stack-${'L'.repeat(45)}-AAAAAAAAAAAA`],
])('a name too long is cut: %s', (_, stack, logicalId, expected) => {
  expect(physicalName(stack, logicalId, 64, zero)).toBe(expected);
  expect(expected).toHaveLength(64);
});

test('a UUID is a version 4 one', () => {
  expect(uuid(Math.random)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
