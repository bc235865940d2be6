import { compare, problemsOf, memoryProblems, type Run } from '../../bench/redrive/comparison';

const run: Run = {
  contestant: 'redrive',
  to: 'processor',
  deadLetters: 100,
  seconds: 3,
  cpuSeconds: 2,
  peakMebibytes: 90,
  once: 100,
  again: 0,
  missing: 0,
  unexpected: 0,
  deletedTooEarly: 0,
  remaining: 0,
  calls: { Invoke: 100 },
  unknown: [],
  sendingSeconds: 2,
};

test('figures are medians of the runs to one target, and the ratio is of pairs that ran together', () => {
  const loop: Run = { ...run, contestant: 'bare loop' };
  const runs = [
    ...[2, 9, 4].map((sendingSeconds) => ({ ...run, sendingSeconds })),
    ...[1, 3, 4].map((sendingSeconds) => ({ ...loop, sendingSeconds })),
    { ...run, to: 'stream' as const, sendingSeconds: 1_000 },
    { ...loop, to: 'stream' as const, sendingSeconds: 1_000 },
  ];

  const { to, contestants, ratio } = compare('processor', runs);

  expect(to).toBe('processor');
  expect(contestants.redrive).toMatchObject({ sendingSeconds: 4, deadLettersPerSecond: 25, peakMebibytes: 90, calls: { Invoke: 100 } });
  expect(contestants['bare loop']).toMatchObject({ sendingSeconds: 3, deadLettersPerSecond: 100 / 3 });
  expect(ratio).toEqual({ median: 0.5, least: 3 / 9, greatest: 1 });
  const pairs = runs.filter(({ sendingSeconds }) => sendingSeconds !== 4);
  expect(compare('processor', pairs).ratio.median).toBeCloseTo((1 / 2 + 1 / 3) / 2);
});

test('a run in which everything arrived once has no faults', () => {
  expect(problemsOf(run)).toEqual([]);
});

test.each([
  [{ missing: 2 }, '2 never arrived'],
  [{ again: 2 }, '2 arrived more than once'],
  [{ unexpected: 2 }, '2 arrived that are of no dead letter'],
  [{ deletedTooEarly: 2 }, '2 dead letters deleted too early'],
  [{ remaining: 2 }, '2 messages left in the queue'],
  [{ unknown: ['AmazonSQS.PurgeQueue'] }, '1 unknown requests AmazonSQS.PurgeQueue'],
])('a run with %j is at fault', (wrong, said) => {
  expect(problemsOf({ ...run, ...wrong })).toEqual([`redrive, 100 dead letters to the processor: ${said}`]);
});

test('memory is flat where three times as many dead letters take half as much again at the most', () => {
  const peaks = (...mebibytes: number[]) => mebibytes.map((peakMebibytes, index) => ({ deadLetters: [10, 100, 300][index], peakMebibytes }));

  expect(memoryProblems(peaks(60, 100, 150))).toEqual([]);
  expect(memoryProblems(peaks(100, 60, 150))).toEqual([]);
  expect(memoryProblems(peaks(60, 100, 151))).toEqual([
    'memory of redrive must be flat, got: 60 MiB for 10 dead letters, 100 MiB for 100 dead letters, 151 MiB for 300 dead letters',
  ]);
});
