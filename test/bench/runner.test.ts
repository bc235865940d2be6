import { defineBench, type Figure, isMet, ratioOf } from '../../bench/bench';
import { BENCH_NAMES, loadBench } from '../../bench/benches';
import { anyOf, parseOptions, wholeNumber } from '../../bench/options';
import { inTurns, pairedRatio } from '../../bench/paired-runs';
import { json, table } from '../../bench/report';
import { runAll, runOne } from '../../bench/runner';

const options = {
  runs: wholeNumber({ help: 'runs', default: 7, short: 3, min: 1, max: 10 }),
  to: anyOf({ help: 'target', known: ['processor', 'stream'] }),
};
const figure: Figure = { name: 'redrive', value: 30, unit: 'ms', rival: { name: 'loop', value: 20 } };
const good = defineBench({ summary: 'good', options, run: async ({ runs }) => [{ ...figure, value: runs }] });
const silent = () => undefined;

describe('a figure', () => {
  test('has the ratio of its pairs, or else that of its values', () => {
    expect(ratioOf(figure)).toBe(1.5);
    expect(ratioOf({ ...figure, ratio: 1.4 })).toBe(1.4);
    expect(ratioOf({ ...figure, rival: { name: 'loop', value: 0 } })).toBeUndefined();
  });

  test.each<[Figure['target'], boolean | undefined]>([
    [undefined, undefined],
    [{ of: 'value', atMost: 30 }, true],
    [{ of: 'value', atMost: 29.9 }, false],
    [{ of: 'ratio', atMost: 1.5 }, true],
    [{ of: 'ratio', atMost: 1.4 }, false],
    [{ of: 'value', atLeast: 30 }, true],
    [{ of: 'ratio', atLeast: 1.6 }, false],
  ])('with the target %j: met is %s', (target, met) => {
    expect(isMet({ ...figure, target })).toBe(met);
  });

  test('misses a target of its ratio where there is none', () => {
    expect(isMet({ name: 'redrive', value: 1, unit: 'ms', target: { of: 'ratio', atMost: 2 } })).toBe(false);
    expect(isMet({ name: 'redrive', value: NaN, unit: 'ms', target: { of: 'value', atMost: 2 } })).toBe(false);
  });
});

describe('options', () => {
  test('have their defaults, those of a short run, or the smallest', () => {
    expect(parseOptions(options, {})).toEqual({ runs: 7, to: ['processor', 'stream'] });
    expect(parseOptions(options, {}, 'short')).toEqual({ runs: 3, to: ['processor', 'stream'] });
    expect(parseOptions(options, {}, 'smallest')).toEqual({ runs: 1, to: ['processor'] });
    expect(parseOptions(options, { runs: '2', to: 'stream' }, 'short')).toEqual({ runs: 2, to: ['stream'] });
  });

  test.each(['0', '11', '1.5', 'many', ''])('refuse %j runs', (runs) => {
    expect(() => parseOptions(options, { runs })).toThrow(`--runs must be a whole number from 1 to 10, got: ${runs}`);
  });

  test('refuse an unknown word', () => {
    expect(() => parseOptions(options, { to: 'topic' })).toThrow('--to must be all, processor or stream, got: topic');
  });
});

describe('runs in turns', () => {
  test('reverse the order each round, and leave out the first round', async () => {
    const order: string[] = [];
    const run = (name: string) => () => order.push(name);
    const results = await inTurns({ one: run('one'), other: run('other') }, 2);
    expect(order).toEqual(['one', 'other', 'other', 'one', 'one', 'other']);
    expect(results).toEqual({ one: [4, 5], other: [3, 6] });
  });

  test('give the median of the ratios of pairs', () => {
    expect(pairedRatio([2, 9, 4], [1, 3, 4])).toBe(2);
  });
});

describe('the runner', () => {
  const broken = defineBench({ summary: 'broken', options: {}, run: async () => { throw new Error('a record was lost'); } });
  const needy = defineBench({ summary: 'needy', options: {}, missing: () => 'lib/ must be there', run: async () => [] });
  const benches = { good, broken, needy };
  const load = (name: string) => benches[name as keyof typeof benches] as unknown as typeof good;

  test('runs all in their short size; one that fails or cannot run does not stop the others', async () => {
    const results = await runAll(['broken', 'needy', 'good'], load as never, silent);
    expect(results).toMatchObject([
      { name: 'broken', error: expect.stringContaining('a record was lost'), figures: [] },
      { name: 'needy', skipped: 'lib/ must be there', figures: [] },
      { name: 'good', options: { runs: 3 }, figures: [{ name: 'redrive', value: 3 }] },
    ]);
    const { benches: printed } = JSON.parse(json(results)) as { benches: object[] };
    expect(printed).toMatchObject([{ error: expect.any(String) }, { skipped: 'lib/ must be there' }, { figures: [{ value: 3, ratio: 0.15 }] }]);
    expect(results.map(table).join('')).toMatch(/failed: Error: a record was lost[^]*skipped: lib\/ must be there[^]*3 ms/);
  });

  test('fails for a bench that cannot run where it is the only one', async () => {
    await expect(runOne('needy', needy, {}, silent)).rejects.toThrow('lib/ must be there');
  });

  test('prints a missed target as missed', () => {
    const figures: Figure[] = [{ ...figure, target: { of: 'ratio', atMost: 1.4 } }, { ...figure, target: { of: 'value', atMost: 30 } }];
    const text = table({ name: 'good', options: {}, seconds: 1, figures });
    expect(text).toMatch(/1\.50[^\n]*≤ 1\.4 ×[^\n]*missed[^]*≤ 30 ms[^\n]*met/);
    expect(JSON.parse(json([{ name: 'good', options: {}, seconds: 1, figures }])).benches[0].figures).toMatchObject([{ met: false }, { met: true }]);
  });

  test('says which benches there are where it has no such', () => {
    expect(() => loadBench('speed')).toThrow(`bench must be one of ${BENCH_NAMES.join(', ')}, got: speed`);
  });
});
