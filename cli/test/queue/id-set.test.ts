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

  test('keeps them while it grows', () => {
    const ids = new IdSet();
    const added = Array.from({ length: 50_000 }, () => randomUUID());
    for (const each of added) ids.add(each);
    expect(ids.size).toBe(50_000);
    expect(added.every((each) => ids.has(each))).toBe(true);
    expect(added.some((each) => ids.has(`${each}x`))).toBe(false);
  });
});
