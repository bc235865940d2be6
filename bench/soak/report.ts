import Table from 'cli-table3';
import colors from 'picocolors';
import type { DeliveryReport } from '../../test/faults/delivery-report';
import type { CaptureSoakResult } from './run-capture-soak';
import type { SoakResult } from './run-soak';

const SHOWN = 20;

type Rows = Readonly<Record<string, number | string>>;

/** The part of the result that both captures have. */
type Result = DeliveryReport & Pick<SoakResult, 'faults' | 'invocations' | 'faultyInvocations' | 'sound'>;

/** The report of a hydration soak. */
export function report(result: SoakResult): string {
  const { seconds } = result;
  return page(result, {
    'stream': result.source,
    'seed': result.seed,
    'records on the stream': `${result.records} (${(result.recordBytes / 1e6).toFixed(1)} MB)`,
    'notifications': `${result.notifications}, of which failure records ${result.failureRecords}`,
    'messages on the topic': result.published,
    ...ends(result, { 'by SNS, or by SQS after 20 receives': result.undeliverables['sns or sqs redrive'] }),
    'time': `start ${seconds.start} s, put ${seconds.put} s, hydrate ${seconds.hydrate} s, check ${seconds.check} s`,
  });
}

/** The report of a soak of S3 capture. */
export function captureReport(result: CaptureSoakResult): string {
  const { seconds } = result;
  return page(result, {
    'seed': result.seed,
    'objects': `${result.notifications + result.ofAnother} (${(result.objectBytes / 1e6).toFixed(1)} MB)`,
    '  of this stream, or invalid': `${result.notifications}, of which failure records ${result.failureRecords}`,
    '  of another stream, ignored': result.ofAnother,
    'delivery attempts of EventBridge': result.deliveries,
    ...ends(result, {
      'by Lambda, after three attempts': result.undeliverables['async destination'],
      'by EventBridge: function not found': result.undeliverables.rule,
    }),
    'time': `start ${seconds.start} s, capture ${seconds.capture} s, check ${seconds.check} s`,
  });
}

function page(result: Result, account: Rows): string {
  const table = grid(['result', '']);
  table.push(...rows(account));
  return [
    table.toString(), faults(result), ...examples('lost', result.lost), ...examples('wrong', result.wrong), verdict(result),
  ].join('\n\n');
}

/** The rows about dead letters, undeliverable messages and duplicates. */
function ends(result: Result, notHandedOver: Rows): Rows {
  const { statuses, undeliverables, duplicates } = result;
  const indented = (those: Rows) => Object.fromEntries(Object.entries(those).map(([name, value]) => [`  ${name}`, value]));
  return {
    'dead letters': result.deadLetters,
    ...indented(statuses),
    '  pointers to a bucket': `${result.overflowed}, ${result.staleSizes} of them with the size of another attempt`,
    'undeliverable messages': Object.values(undeliverables).reduce((sum, count) => sum + count),
    '  by the function: no failure record': undeliverables.function,
    ...indented(notHandedOver),
    '  failure records that have no dead letter': result.undelivered,
    'duplicates': `${duplicates.messages} messages of ${duplicates.ids} ids, ${result.statusChanges} with another status`,
    'lost': result.lost.length,
    'wrong': result.wrong.length,
    'invocations': `${result.invocations}, ${percent(result.faultyInvocations, result.invocations)}`,
  };
}

function faults(result: Result): string {
  const table = grid(['injected fault', 'times']);
  table.push(...rows(result.faults));
  return table.toString();
}

function examples(what: string, all: readonly string[]): string[] {
  if (all.length === 0) return [];
  const more = all.length > SHOWN ? [`… and ${all.length - SHOWN} more`] : [];
  return [[colors.red(what), ...all.slice(0, SHOWN).map((it) => `  ${it.slice(0, 400)}`), ...more].join('\n')];
}

function verdict({ sound, notifications }: Result): string {
  return sound
    ? colors.green(`✔ each of the ${notifications} notifications is in one of the two queues, with the published bytes`)
    : colors.red('✘ something is lost or wrong');
}

function grid(head: string[]): Table.Table {
  return new Table({ head: head.map((title) => colors.dim(title)), style: { head: [], border: [], compact: true } });
}

function rows(values: Rows): Table.HorizontalTableRow[] {
  return Object.entries(values).map(([name, value]) => [name, { hAlign: 'right', content: String(value) }]);
}

function percent(part: number, whole: number): string {
  return `${part} (${whole === 0 ? 0 : Math.round((100 * part) / whole)} %)`;
}
