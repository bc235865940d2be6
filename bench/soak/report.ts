import Table from 'cli-table3';
import colors from 'picocolors';
import type { SoakResult } from './run-soak';

const SHOWN = 20;

/** The account for a person. */
export function report(result: SoakResult): string {
  return [account(result), faults(result), ...examples('lost', result.lost), ...examples('wrong', result.wrong), verdict(result)].join('\n\n');
}

function account(result: SoakResult): string {
  const { statuses, undeliverables, duplicates, seconds } = result;
  const table = grid(['the account', '']);
  table.push(
    ...rows({
      'stream': result.source,
      'seed': result.seed,
      'records on the stream': `${result.records} (${(result.recordBytes / 1e6).toFixed(1)} MB)`,
      'notifications': `${result.notifications}, of which failure records ${result.failureRecords}`,
      'messages on the topic': result.published,
      'dead letters': result.deadLetters,
      ...Object.fromEntries(Object.entries(statuses).map(([status, count]) => [`  ${status}`, count])),
      '  in the overflow bucket': `${result.overflowed}, of which with the size of another attempt ${result.staleSizes}`,
      'undeliverable messages': Object.values(undeliverables).reduce((sum, count) => sum + count),
      '  by the function: no failure record': undeliverables.function,
      '  by Lambda, after three attempts': undeliverables['async destination'],
      '  by SNS: no function to be found': undeliverables['sns redrive'],
      '  failure records that are nowhere else': result.undelivered,
      'duplicates': `${duplicates.messages} messages of ${duplicates.ids} ids, ${result.statusChanges} with another status`,
      'lost': result.lost.length,
      'wrong': result.wrong.length,
      'invocations': `${result.invocations}, of which met a fault ${percent(result.faultyInvocations, result.invocations)}`,
      'time': `start ${seconds.start} s, put ${seconds.put} s, hydrate ${seconds.hydrate} s, reckon ${seconds.reckon} s`,
    }),
  );
  return table.toString();
}

function faults(result: SoakResult): string {
  const table = grid(['what went wrong', 'times']);
  table.push(...rows(result.faults));
  return table.toString();
}

function examples(what: string, all: readonly string[]): string[] {
  if (all.length === 0) return [];
  const more = all.length > SHOWN ? [`… and ${all.length - SHOWN} more`] : [];
  return [[colors.red(what), ...all.slice(0, SHOWN).map((it) => `  ${it.slice(0, 400)}`), ...more].join('\n')];
}

function verdict({ sound, notifications }: SoakResult): string {
  return sound
    ? colors.green(`✔ each of ${notifications} notifications is in one of the two queues, and every byte is as it was published`)
    : colors.red('✘ something is lost or wrong');
}

function grid(head: string[]): Table.Table {
  return new Table({ head: head.map((title) => colors.dim(title)), style: { head: [], border: [], compact: true } });
}

function rows(values: Readonly<Record<string, number | string>>): Table.HorizontalTableRow[] {
  return Object.entries(values).map(([name, value]) => [name, { hAlign: 'right', content: String(value) }]);
}

function percent(part: number, whole: number): string {
  return `${part} (${whole === 0 ? 0 : Math.round((100 * part) / whole)} %)`;
}
