import { isNothingLeft, isNothingToDo, type RunProgress, coverageOf } from '../../dead-letters/coverage';

const notesOf = (more: Partial<RunProgress>) =>
  coverageOf({ plan: { toDo: 3 }, selection: { isComplete: false }, begun: 3, unreached: { end: 'exhausted', inFlight: 0, behind: 0 }, ...more }).notes;

test('a run that reached all of it has nothing to say', () => {
  expect(notesOf({})).toEqual([]);
});

test.each<[string, Partial<RunProgress>, RegExp]>([
  ['did not meet all of the plan', { begun: 2 }, /^1 message of the plan did not come: /],
  ['left some to others', { unreached: { end: 'exhausted', inFlight: 2, behind: 0 } }, /^About 2 messages in flight were not reached: /],
  ['left some behind others', { unreached: { end: 'exhausted', inFlight: 0, behind: 1 } }, /^About 1 message were not reached: a FIFO queue/],
  ['was flooded', { unreached: { end: 'flooded', inFlight: 0, behind: 0 } }, /^So many messages came meanwhile/],
  ['was given no more', { unreached: { end: 'inFlightLimit', inFlight: 0, behind: 0 } }, /^SQS gives out no more while/],
])('a run that %s says so', (_, more, note) => {
  expect(notesOf(more)).toEqual([expect.stringMatching(note)]);
});

test.each<Partial<RunProgress>>([{ begun: 3, limit: 3 }, { selection: { isComplete: true } }])('others do not matter to a run that has what was asked for: %j', (more) => {
  expect(notesOf({ ...more, unreached: { end: 'exhausted', inFlight: 5, behind: 5 } })).toEqual([]);
});

test('a limit below the plan is what a run is measured by', () => {
  expect(notesOf({ begun: 2, limit: 2 })).toEqual([]);
});

test('nothing to do is not done where others have messages, or something was not found', () => {
  const none = { lookedAt: 0, inFlight: 0, behind: 0, chosen: 0, toDo: 0, recordsToDo: 0, toLeave: 0, repeats: 0 };
  const plan = { ...none, isAll: true, isFound: true, lines: [] };
  expect(isNothingLeft(plan)).toBe(true);
  for (const more of [{ inFlight: 1 }, { isFound: false }, { isAll: false }, { toDo: 1 }]) expect(isNothingLeft({ ...plan, ...more })).toBe(false);
  expect(isNothingToDo({ ...plan, isAll: false })).toBe(false);
  expect(isNothingToDo({ ...plan, isAll: false, behind: 1 })).toBe(true);
});
