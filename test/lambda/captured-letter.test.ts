import { capturedLetter } from '../../lambda/captured-letter';
import { deadLetterId } from '../../lambda/dead-letter-id';
import { FailureRecord } from '../../lambda/failure-record';
import { functionEvent, LOCATION } from '../support/captured';
import { failureRecord } from '../support/records';

const letterOf = (payload?: unknown, failure = failureRecord()) =>
  capturedLetter({ ...failure, ...(payload !== undefined && { payload }) } as FailureRecord, LOCATION);

describe('the dead letter of what Lambda wrote', () => {
  test.each([
    ['an object', functionEvent()],
    ['text', JSON.stringify(functionEvent())],
  ])('is the failure record, with the event that the function got: %s', (_, payload) => {
    expect(letterOf(payload)).toEqual({
      ...failureRecord(),
      payload: functionEvent(),
      hydration: { status: 'COMPLETE', expectedRecords: 3, recoveredRecords: 3, deadLetterId: deadLetterId(failureRecord()) },
    });
  });

  test.each([
    ['as many', 3, 'COMPLETE'],
    ['fewer', 2, 'PARTIAL'],
    ['more', 4, 'SUPERSET'],
  ])('tells the truth of its records: %s', (_, recoveredRecords, status) => {
    const { hydration } = letterOf(functionEvent(recoveredRecords));
    expect(hydration).toEqual({ status, expectedRecords: 3, recoveredRecords, deadLetterId: deadLetterId(failureRecord()) });
  });

  test('keeps the window and the state of a tumbling window', () => {
    const window = {
      window: { start: '2026-11-21T08:00:00Z', end: '2026-11-21T08:02:00Z' },
      state: { sum: 3 },
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    };
    expect(letterOf(JSON.stringify({ ...functionEvent(), ...window })).payload).toEqual({ ...functionEvent(), ...window });
  });

  test('keeps the state of a window that failed at its end, when there are no records', () => {
    const event = { Records: [], state: { sum: 3 }, isFinalInvokeForWindow: true };
    expect(letterOf(event)).toMatchObject({ payload: event, hydration: { status: 'UNREADABLE', recoveredRecords: 0 } });
  });
});

describe('a failure record without records', () => {
  const deep = `{"Records":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

  test.each<[string, unknown, string]>([
    ['no payload', undefined, 'nothing'],
    ['null', null, 'something else'],
    ['text that is not JSON', '{"Records":[', '12 characters that are not JSON'],
    ['empty text', '', '0 characters that are not JSON'],
    ['JSON of something else', '[1]', 'something else'],
    ['an object of something else', { records: [1] }, 'something else'],
    ['records that are no list', { Records: 'abc' }, 'something else'],
    ['records nested deeper than JSON can be written', deep, 'something else'],
    ['an event with none', { Records: [] }, 'an event with none'],
  ])('is a dead letter all the same, that says what it lacks: %s', (_, payload, got) => {
    expect(letterOf(payload)).toEqual({
      ...failureRecord(),
      payload: { Records: [] },
      hydration: {
        status: 'UNREADABLE',
        expectedRecords: 3,
        recoveredRecords: 0,
        deadLetterId: deadLetterId(failureRecord()),
        error: { name: 'NoPayload', message: `payload of ${LOCATION} must be an event with records, got: ${got}` },
      },
    });
  });

  test('quotes nothing of it', () => {
    expect(JSON.stringify(letterOf('card 4111-1111-1111-1111'))).not.toContain('4111');
  });
});
