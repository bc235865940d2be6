import Table from 'cli-table3';
import colors from 'picocolors';
import { CONTESTANTS } from './contestant';
import type { BenchResult } from './run-bench';

/** The report: settings, comparison, calls, memory and verdict. */
export function report(result: BenchResult): string {
  return [setting(result), comparisons(result), calls(result), memory(result), verdict(result)].join('\n\n');
}

function setting({ machine, options, records }: BenchResult): string {
  const { deadLetters, concurrency, runs, latencyMillis } = options;
  return [
    `${number(deadLetters)} dead letters (${number(records)} Kinesis records of 1 KiB), concurrency ${concurrency}, medians of ${runs} runs in turns`,
    `${machine.cores} cores (${machine.processor}), Node ${machine.node}; the in-memory AWS runs on one of them and`
      + ` responds ${latencyMillis === 0 ? 'without delay, so that the client is measured' : `after ${latencyMillis} ms`}`,
    'sending: from the first send to the last delete; whole: the process, including start, plan and end',
  ].join('\n');
}

function comparisons(result: BenchResult): string {
  const table = grid(['to the', '', 'messages/s', 'ratio', 'sending', 'whole', 'CPU', 'peak RSS']);
  for (const { to, contestants, ratio } of result.comparisons) {
    for (const name of CONTESTANTS) {
      const it = contestants[name];
      const figures = [
        number(Math.round(it.deadLettersPerSecond)),
        name === 'redrive' ? `${colors.bold(ratio.median.toFixed(2))} (${ratio.least.toFixed(2)} to ${ratio.greatest.toFixed(2)})` : '1',
        `${it.sendingSeconds.toFixed(1)} s`,
        `${it.seconds.toFixed(1)} s`,
        `${it.cpuSeconds.toFixed(1)} s`,
        `${it.peakMebibytes} MiB`,
      ];
      table.push([to, name, ...figures.map(right)]);
    }
  }
  return table.toString();
}

function calls({ comparisons: all }: BenchResult): string {
  const table = grid(['calls', ...all.flatMap(({ to }) => CONTESTANTS.map((name) => `${name}, ${to}`))]);
  const columns = all.flatMap(({ contestants }) => CONTESTANTS.map((name) => contestants[name].calls));
  for (const operation of [...new Set(columns.flatMap((it) => Object.keys(it)))].sort()) {
    table.push([operation, ...columns.map((it) => right(number(it[operation] ?? 0)))]);
  }
  return table.toString();
}

function memory(result: BenchResult): string {
  const table = grid(['memory of redrive', 'peak RSS']);
  for (const { deadLetters, peakMebibytes } of result.memory) table.push([`${number(deadLetters)} dead letters`, right(`${peakMebibytes} MiB`)]);
  return table.toString();
}

function verdict({ wrong, sound }: BenchResult): string {
  return sound
    ? colors.green('✔ in every run, each record arrived once and unchanged before its dead letter was deleted; the queue is empty; memory is flat')
    : [colors.red('✘ something is wrong'), ...wrong.map((it) => `  ${it}`)].join('\n');
}

function grid(head: string[]): Table.Table {
  return new Table({ head: head.map((title) => colors.dim(title)), style: { head: [], border: [], compact: true } });
}

function right(content: string): Table.Cell {
  return { content, hAlign: 'right' };
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
