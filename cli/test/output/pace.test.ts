import { durationText, Pace, paceText } from '../../output/pace';

/** A pace after so many seconds at so many a second. */
function after(seconds: number, perSecond: number): Pace {
  const pace = new Pace(0);
  for (let second = 1; second <= seconds; second++) pace.update(second * 1_000, second * perSecond);
  return pace;
}

describe('a pace', () => {
  it('says nothing within the first second, nor while nothing is done', () => {
    expect(paceText(new Pace(0), 999, 50, 100)).toBe('');
    expect(paceText(new Pace(0), 60_000, 0, 100)).toBe('');
  });

  it('says how many a second, and how long the rest takes', () => {
    expect(paceText(after(10, 20), 10_000, 200, 1_000)).toBe('20/s, 40s left');
    expect(paceText(after(10, 2), 10_000, 20, 1_000)).toBe('2.0/s, 8m 10s left');
  });

  it('says no time left where the total is not known, or reached', () => {
    expect(paceText(after(10, 20), 10_000, 200, undefined)).toBe('20/s');
    expect(paceText(after(10, 20), 10_000, 200, 150)).toBe('20/s');
  });

  it('goes by the last half minute', () => {
    const pace = after(60, 100);
    for (let second = 61; second <= 100; second++) pace.update(second * 1_000, 6_000 + (second - 60));
    expect(pace.rate(100_000, 6_040)).toBe(1);
  });

  it('keeps a mark a second at most, however often it is told', () => {
    const pace = new Pace(0);
    for (let count = 1; count <= 100_000; count++) pace.update(count, count);
    expect((pace as unknown as { marks: unknown[] }).marks.length).toBeLessThanOrEqual(33);
  });
});

test.each([[0, '0s'], [59, '59s'], [60, '1m 0s'], [3_599, '59m 59s'], [3_600, '1h 0m'], [90_061, '25h 1m']])('%i seconds are %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});
