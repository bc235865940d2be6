import { defineBench, type Figure } from '../bench';
import { anyOf, wholeNumber } from '../options';
import { missingTool } from '../tool';
import type { Comparison, Medians } from './comparison';
import { TARGETS } from './fake-aws/delivery-tracker';
import { runBench } from './run-bench';

function figuresOf({ to, contestants: { redrive, 'bare loop': loop }, ratio }: Comparison): Figure[] {
  const figure = (what: string, unit: string, of: (it: Medians) => number, more: Partial<Figure> = {}): Figure =>
    ({ name: `to the ${to}: ${what}`, value: of(redrive), unit, rival: { name: 'bare loop', value: of(loop) }, ...more });
  const operations = [...new Set([redrive, loop].flatMap(({ calls }) => Object.keys(calls)))].sort();
  return [
    figure('throughput', 'messages/s', (it) => it.deadLettersPerSecond, {
      ratio: ratio.median, target: { of: 'ratio', atLeast: 0.9 }, note: `pairs: ${ratio.least.toFixed(2)} to ${ratio.greatest.toFixed(2)}`,
    }),
    figure('sending', 's', (it) => it.sendingSeconds, { note: 'from the first send to the last delete' }),
    figure('whole process', 's', (it) => it.seconds),
    figure('CPU', 's', (it) => it.cpuSeconds),
    figure('peak RSS', 'MiB', (it) => it.peakMebibytes),
    ...operations.map((operation) => figure(operation, 'calls', (it) => it.calls[operation] ?? 0)),
  ];
}

export const bench = defineBench({
  summary: '`stream-dlq redrive`, against a bare loop over the same calls; an in-memory AWS checks every record (Linux)',
  options: {
    'dead-letters': wholeNumber({
      help: 'dead letters in each run: one in ten has 50 records, all others have 3', default: 10_000, short: 2_000, smallest: 20, min: 1, max: 100_000,
    }),
    'runs': wholeNumber({ help: 'runs of each program', default: 3, min: 1, max: 100 }),
    'concurrency': wholeNumber({ help: 'concurrency of both programs; 4 is the default of redrive', default: 4, min: 1, max: 64 }),
    'latency': wholeNumber({ help: 'milliseconds that each response takes; 0 measures the client alone', default: 0, min: 0, max: 10_000 }),
    'to': anyOf({ help: 'target of redrive', known: TARGETS }),
  },
  missing: missingTool,
  async run({ 'dead-letters': deadLetters, latency: latencyMillis, to, ...options }, progress) {
    const { comparisons, memory, wrong } = await runBench({ ...options, deadLetters, latencyMillis, targets: to, progress });
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
    const peaks = memory.map(({ deadLetters: count, peakMebibytes }) => ({
      name: `peak RSS for ${count.toLocaleString('en-US')} dead letters`, value: peakMebibytes, unit: 'MiB',
    }));
    return [...comparisons.flatMap(figuresOf), ...peaks];
  },
});
