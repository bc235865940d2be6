import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { propertyRuns } from '../../../test/support/property-runs';
import { IdSet } from '../../queue/id-set';

describe('a set of ids', () => {
  test('has what was added, and nothing else', () => {
    const id = fc.oneof(fc.integer({ min: 0, max: 300 }).map(String), fc.uuid(), fc.string());
    fc.assert(fc.property(fc.array(id, { maxLength: 400 }), fc.array(id), (added, others) => {
      const [ids, expected] = [new IdSet(), new Set<string>()];
      for (const each of added) {
        ids.add(each);
        expected.add(each);
      }
      expect(ids.size).toBe(expected.size);
      for (const each of [...added, ...others]) expect(ids.has(each)).toBe(expected.has(each));
    }), propertyRuns(100));
  });

  test('says whether an id is new, and which are marked', () => {
    const id = fc.integer({ min: 0, max: 300 }).map(String);
    fc.assert(fc.property(fc.array(fc.tuple(id, fc.boolean()), { maxLength: 400 }), (steps) => {
      const [ids, expected, marked] = [new IdSet(), new Set<string>(), new Set<string>()];
      for (const [each, isMark] of steps) {
        if (isMark) {
          ids.mark(each);
          marked.add(each);
        } else {
          expect(ids.add(each)).toBe(!expected.has(each));
        }
        expected.add(each);
      }
      expect(ids.size).toBe(expected.size);
      for (const each of expected) expect([ids.has(each), ids.isMarked(each)]).toEqual([true, marked.has(each)]);
      expect(ids.isMarked('other')).toBe(false);
    }), propertyRuns(100));
  });

  test('keeps them while it grows, with their marks', () => {
    const ids = new IdSet();
    const added = Array.from({ length: 50_000 }, () => randomUUID());
    for (const [index, each] of added.entries()) {
      if (index % 2 === 0) ids.mark(each);
      else ids.add(each);
    }
    expect(added.every((each, index) => ids.isMarked(each) === (index % 2 === 0))).toBe(true);
    expect(ids.size).toBe(50_000);
    expect(added.every((each) => ids.has(each))).toBe(true);
    expect(added.some((each) => ids.has(`${each}x`))).toBe(false);
  });
});
