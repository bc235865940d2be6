import fc from 'fast-check';
import { eventParts, MAX_EVENT_BYTES } from '../../../../lambda/shared/redrive/event-parts';
import { anyText } from '../../../support/text';

const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('an event', () => {
  test('within the limit is one unchanged event', () => {
    const event = { Records: [{ a: 1 }, { b: '€' }], window: { start: 'x' } };
    expect(eventParts(event)).toEqual([{ event, json: JSON.stringify(event), bytes: bytesOf(event) }]);
  });

  test('without records has no parts', () => {
    expect(eventParts({ Records: [] })).toEqual([]);
  });

  test('is at least one byte smaller than the 6 MB of Lambda', () => {
    expect(MAX_EVENT_BYTES).toBe(6 * 1024 * 1024 - 1);
    const record = (length: number) => ({ data: 'x'.repeat(length) });
    const two = (length: number) => ({ Records: [record(3_000_000), record(length)] });
    const fitting = MAX_EVENT_BYTES - bytesOf(two(0));
    expect(eventParts(two(fitting)).map(({ bytes }) => bytes)).toEqual([MAX_EVENT_BYTES]);
    expect(eventParts(two(fitting + 1)).map(({ event }) => event.Records.length)).toEqual([1, 1]);
  });

  test('keeps its other fields in each part, where they were', () => {
    const event = { window: { start: 'a' }, Records: ['x'.repeat(50), 'y'.repeat(50)], state: { sum: '€' }, isFinalInvokeForWindow: true };
    const parts = eventParts(event, 160).map((part) => JSON.stringify(part.event));
    expect(parts).toEqual(event.Records.map((record) => JSON.stringify({ ...event, Records: [record] })));
  });

  test('with a single record above the limit has one part above it', () => {
    const parts = eventParts({ Records: ['a', 'x'.repeat(100), 'b'] }, 50);
    expect(parts.map(({ event, bytes }) => [event.Records.map((it) => (it as string)[0]), bytes > 50])).toEqual([
      [['a'], false],
      [['x'], true],
      [['b'], false],
    ]);
  });

  test('is split so that each record is in one part, in order, and no part has room for the next record', () => {
    const record = fc.oneof(anyText(), fc.record({ data: anyText(), count: fc.double() }), fc.constant(null));
    const event = fc.record({ Records: fc.array(record, { maxLength: 30 }), state: fc.option(anyText(), { nil: undefined }) });
    fc.assert(
      fc.property(event, fc.integer({ min: 20, max: 400 }), (it, limit) => {
        const parts = eventParts(it, limit);
        expect(parts.flatMap((part) => part.event.Records)).toEqual(it.Records);
        parts.forEach((part, index) => {
          expect(part.json).toBe(JSON.stringify(part.event));
          expect(part.bytes).toBe(bytesOf(part.event));
          expect(part.bytes <= limit || part.event.Records.length <= 1).toBe(true);
          const next = parts[index + 1]?.event.Records[0];
          if (next !== undefined) expect(bytesOf({ ...part.event, Records: [...part.event.Records, next] })).toBeGreaterThan(limit);
        });
      }),
    );
  });
});
