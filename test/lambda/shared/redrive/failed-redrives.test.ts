import fc from 'fast-check';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { failedAgain, failedRedrives, withFailedRedrives } from '../../../../lambda/shared/redrive/failed-redrives';
import { deadLetterOf, receivedDeadLetter } from '../../../support/dead-letters';

const AT = new Date('2026-11-22T09:00:00.000Z');
const failed = failedAgain(undefined, { name: 'TypeError', message: 'no such field' }, AT, 'orders');
const text = JSON.stringify(deadLetterOf());

test('each failed redrive counts, and the last error replaces the one before', () => {
  const again = failedAgain(failed, { name: 'E', message: 'm' }, AT, 'orders:1');
  expect(again).toEqual({ attempts: 2, lastError: { name: 'E', message: 'm', at: '2026-11-22T09:00:00.000Z', to: 'orders:1' } });
});

test('an error message of any length is cut', () => {
  expect(failedAgain(undefined, { name: 'E', message: 'x'.repeat(5_000) }, AT, 'orders').lastError.message).toHaveLength(1_000);
});

test.each([undefined, null, 'often', 7, {}, { attempts: 'two' }, { attempts: 1.5, lastError: failed.lastError }, { attempts: 1 }, { attempts: 2, lastError: { name: 1 } }])(
  'a body that holds something else has none: %j', (redrive) => {
    expect(failedRedrives(redrive)).toBeUndefined();
  },
);

describe('the body of a dead letter that failed again', () => {
  test('stays byte for byte, with one more field at its end', () => {
    const odd = `\ufeff ${text.replace('"hydration"', ' "other": 1.50, "hydration"')}\n`;
    const it = withFailedRedrives(odd, failed)!;
    expect(it).toBe(`${odd.trimEnd().slice(0, -1)},"redrive":${JSON.stringify(failed)}}`);
    expect(parseDeadLetter(it, 'the message')).toMatchObject({ event: receivedDeadLetter().event, redrive: failed });
  });

  test('stays byte for byte when it fails once more', () => {
    const again = failedAgain(failed, { name: 'E', message: 'm' }, AT, 'orders');
    expect(withFailedRedrives(withFailedRedrives(text, failed)!, again)).toBe(withFailedRedrives(text, again));
  });

  test('keeps where it is the remainder of another dead letter', () => {
    const remainder = { of: 'a', at: 'b', reason: { name: 'E', message: 'm' }, batch: receivedDeadLetter().failure.KinesisBatchInfo };
    const it = withFailedRedrives(JSON.stringify({ ...deadLetterOf(), redrive: remainder }), failed)!;
    expect((JSON.parse(it) as { redrive: object }).redrive).toEqual({ ...remainder, ...failed });
  });

  test.each(['null', '"x"', '[]'])('is written again where the field is elsewhere and holds %s', (value) => {
    const it = withFailedRedrives(text.replace('"hydration"', `"redrive":${value},"state":7,"hydration"`), failed)!;
    expect(it).toContain('"state":7');
    expect((JSON.parse(it) as { redrive: object }).redrive).toEqual(failed);
  });

  test('has the characters that SQS rejects escaped', () => {
    expect(withFailedRedrives(text.replace('customer-0', '\uffff'), failed)).toContain('\\uffff');
  });

  test('is read as it was, whatever the error says', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), fc.nat({ max: 5 }), (name, message, times) => {
      let body = text;
      for (let count = 0; count <= times; count++) {
        body = withFailedRedrives(body, failedAgain(parseDeadLetter(body, 'the message').redrive, { name, message }, AT, 'orders'))!;
      }
      const { redrive, event, ...rest } = parseDeadLetter(body, 'the message');
      expect(redrive?.attempts).toBe(times + 1);
      expect({ ...rest, event, text }).toEqual(receivedDeadLetter());
    }));
  });
});
