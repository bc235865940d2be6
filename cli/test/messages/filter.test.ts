import type { DeadLetterSummary } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { FUNCTION_ARN, STREAM_ARN } from '../../../test/support/records';
import { Filter, type FilteredMessage, hasId, requireId } from '../../messages/filter';

const NOW = new Date('2026-11-22T03:00:00.000Z');
const SUMMARY: DeadLetterSummary = {
  deadLetterId: '3f2a00112233445566778899aabbccdd',
  status: 'COMPLETE',
  functionArn: `${FUNCTION_ARN}:live`,
  streamArn: STREAM_ARN,
  shardId: 'shardId-000000000003',
  condition: 'RetryAttemptsExhausted',
  expectedRecords: 3,
  recoveredRecords: 3,
};
const MESSAGE: FilteredMessage = { messageId: 'AB12cd34-0000', sentAt: new Date('2026-11-22T02:00:00.000Z'), summary: SUMMARY };
const OTHER: FilteredMessage = { messageId: 'ffff', sentAt: MESSAGE.sentAt };

const parse = (...texts: string[]) => Filter.parse(texts, NOW);

describe('--filter', () => {
  test.each([
    ['status=COMPLETE', true], ['status=complete', true], ['status=PARTIAL', false],
    ['function=orders', true], ['function=orders:live', true], [`function=${FUNCTION_ARN}:live`, true], [`function=${FUNCTION_ARN}`, false], ['function=orders:dev', false], ['function=order', false],
    ['function=live', false],
    ['function=ord*', true], ['function=*ders', true], ['function=o*s:live', true], ['function=*', true], ['function=*:live', true], ['function=Ord*', false],
    ['function=*order', false], ['function=order.', false], ['function=arn:aws:*', true], ['function=orders*dev', false],
    ['condition=retryattemptsexhausted', true], ['condition=RecordAgeExceeded', false],
    ['shard=shardId-000000000003', true], ['shard=000003', true], ['shard=4', false],
    ['id=3f2a', true], ['id=3F2A0011', true], ['id=ab12', true], ['id=2a00', false],
    ['since=1h', true], ['since=59m', false], ['since=2026-11-22T02:00:00.001Z', false],
    ['until=1h', false], ['until=59m', true],
  ])('%s: %s', (text, expected) => expect(parse(text).matches(MESSAGE)).toBe(expected));

  test.each(['status=COMPLETE', 'function=orders', 'condition=x', 'shard=3'])('%s leaves out what is no dead letter', (text) => {
    expect(parse(text).matches(OTHER)).toBe(false);
  });

  test('takes what is no dead letter by its id and time', () => {
    expect(parse('id=ffff', 'since=2h').matches(OTHER)).toBe(true);
  });

  test('matches all of several keys, and any of several values of one', () => {
    expect(parse('status=COMPLETE,shard=4').matches(MESSAGE)).toBe(false);
    expect(parse('shard=4,shard=3').matches(MESSAGE)).toBe(true);
    expect(parse('status=PARTIAL', 'status=COMPLETE', 'shard=3').matches(MESSAGE)).toBe(true);
    expect(parse('since=2h,until=1m').matches(MESSAGE)).toBe(true);
  });

  test('that is not given matches everything', () => {
    expect(parse().isEmpty).toBe(true);
    expect(parse().matches(OTHER)).toBe(true);
    expect(parse('id=ffff').isEmpty).toBe(false);
  });

  test('is told again as it was given, without spaces around it', () => {
    expect(parse(' status = COMPLETE , shard=3', 'since=2h').text).toBe(' status = COMPLETE , shard=3,since=2h');
    expect(parse(' status = COMPLETE ').matches(MESSAGE)).toBe(true);
  });

  const keys = 'Keys are status, function, condition, shard, id, since, until.';
  test.each([
    ['status', `--filter must be key=value, got: "status". ${keys}`],
    ['', `--filter must be key=value, got: "". ${keys}`],
    ['status=COMPLETE,', `--filter must be key=value, got: "". ${keys}`],
    ['state=COMPLETE', `--filter knows no key "state". ${keys}`],
    ['toString=x', `--filter knows no key "toString". ${keys}`],
    ['function=', '--filter function= must have a value: name of the processor, with any version or alias, or its exact ARN; * for any part of it, as in Orders*.'],
    ['status=DONE', '--filter status= must be one of COMPLETE, SUPERSET, PARTIAL, EXPIRED, UNREADABLE, got: "DONE".'],
    ['since=now', '--filter since= must be a time such as 2026-01-31T08:00Z, or an age such as 15m, 2h, 3d, got: "now".'],
    ['until=1w', '--filter until= must be a time such as 2026-01-31T08:00Z, or an age such as 15m, 2h, 3d, got: "1w".'],
    ['id=3f2', '--filter id= must be a dead-letter or message id, or at least its first 4 characters, got: "3f2". "ls" lists them.'],
  ])('fails if it is %j', (text, message) => expect(() => parse(text)).toThrow(expect.objectContaining({ message, exitCode: 2 }) as Error));

  test('fails if undeliverables are to be chosen by what they have not', () => {
    expect(() => parse('since=2h,shard=3').refuseFor('undeliverables')).toThrow(
      '--filter shard= is for dead letters: undeliverables can be chosen by id, since, until.',
    );
    expect(() => parse('since=2h,id=ffff').refuseFor('undeliverables')).not.toThrow();
    expect(() => parse('shard=3').refuseFor('parked messages')).not.toThrow();
  });
});

describe('an id', () => {
  test('names a message by the beginning of either of its ids', () => {
    expect(hasId('3f2a', MESSAGE)).toBe(true);
    expect(hasId('ab12CD', MESSAGE)).toBe(true);
    expect(hasId('3f2a', OTHER)).toBe(false);
  });

  test.each(['abc', '', 'ab cd', '*****'])('cannot be %j', (text) => {
    expect(() => requireId(text, '<id>')).toThrow(`<id> must be a dead-letter or message id, or at least its first 4 characters, got: "${text}". "ls" lists them.`);
  });
});
