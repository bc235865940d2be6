import { isMet } from '../../bench/bench';
import { BENCH_NAMES, loadBench } from '../../bench/benches';
import { parseOptions } from '../../bench/options';
import { json, table } from '../../bench/report';
import { runOne } from '../../bench/runner';

test.each(BENCH_NAMES)('%s runs in its smallest size, and says something', async (name) => {
  const bench = loadBench(name);
  const missing = process.env.CI === undefined ? bench.missing?.() : undefined;
  if (missing !== undefined) {
    process.emitWarning(`skipped ${name}: ${missing}`);
    return;
  }
  const result = await runOne(name, bench, parseOptions(bench.options, {}, 'smallest'), () => undefined);

  expect(result.figures).not.toHaveLength(0);
  for (const figure of result.figures) {
    expect(figure.value).not.toBeNaN();
    // With one run, a ratio means nothing yet.
    if (figure.target) expect(isMet(figure)).toEqual(expect.any(Boolean));
  }
  expect(new Set(result.figures.map((it) => it.name)).size).toBe(result.figures.length);
  expect(table(result)).toContain(result.figures[0].name);
  expect(JSON.parse(json([result])).benches).toMatchObject([{ name, figures: result.figures.map((it) => ({ name: it.name })) }]);
});
