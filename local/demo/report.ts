import type { KinesisStreamRecord } from 'aws-lambda';
import Table from 'cli-table3';
import colors from 'picocolors';
import { decode } from './decode';
import type { DemoResult } from './demo-result';

const NARROW = 80;
const WIDE = 132;

/** The demo's report: invocations by shard, a failure record and its dead letter, all dead letters, alarms, and totals. */
export function report(result: DemoResult, columns: number): string {
  const width = Math.max(NARROW, Math.min(columns, WIDE));
  return [
    chapter(1, 'How the event source mapping handled each shard', shards(result)),
    chapter(2, 'The failure record from Lambda, and the dead letter in the queue', comparison(result, width)),
    chapter(3, 'The dead letters', deadLetterTable(result, width)),
    chapter(4, 'The alarms, two minutes later', alarmLines(result)),
    chapter(5, 'Result', account(result)),
  ].join('\n');
}

function chapter(number: number, title: string, body: string): string {
  return `${colors.bold(`${number}  ${title}`)}\n\n${body}\n`;
}

function shards({ shards: stories }: DemoResult): string {
  const table = grid(['shard', 'orders', 'invocations', 'splits', 'retries', 'processed', 'discarded']);
  for (const story of stories) {
    table.push([
      story.shardId.replace(/0{6,}(?=\d)/, '…'),
      ...[story.orders, story.invocations, story.splits, story.retries, story.processed, story.givenUp].map(right),
    ]);
  }
  return (
    table.toString() +
    '\n\nLambda splits a failing batch until the failing order is alone in its batch.\nIt retries that batch, then discards it and sends a failure record.'
  );
}

/** The failure record and the dead letter of one batch: side by side, or one below the other on a narrow terminal. */
function comparison({ deadLetters }: DemoResult, width: number): string {
  const [deadLetter] = deadLetters;
  if (!deadLetter) return 'No batch failed.';
  const { payload, hydration, ...failure } = deadLetter;
  const records = payload.Records as KinesisStreamRecord[];
  const before = `${colors.yellow('failure record: metadata only')}\n${pretty(failure)}`;
  const after =
    `${colors.green('dead letter: the failure record and these fields')}\n${pretty({ payload: { Records: records.slice(0, 1) }, hydration })}` +
    `\n${colors.green('data of the first record, decoded')}\n${decode(records[0].kinesis.data)}`;
  const pages = width >= 110 ? [[before, after]] : [[before], [after]];
  const inner = Math.floor((width - 2) / pages[0].length) - 2;
  const table = new Table({
    colWidths: pages[0].map(() => inner),
    style: { head: [], border: [] },
  });
  // The table library does not break long names, so fold() does.
  table.push(...pages.map((row) => row.map((cell) => fold(cell, inner - 2))));
  return table.toString();
}

function deadLetterTable({ deadLetters, poison }: DemoResult, width: number): string {
  const why = new Map(poison.map((order) => [order.sequenceNumber, order.poison ?? '']));
  const table = grid(['status', 'partition key', 'problem', 'data'], [10, 15, 19, width - 51]);
  for (const { hydration, payload } of deadLetters) {
    for (const { kinesis } of payload.Records as KinesisStreamRecord[]) {
      const reason = why.get(kinesis.sequenceNumber) ?? colors.red('no problem');
      table.push([hydration.status, kinesis.partitionKey, reason, fold(decode(kinesis.data), width - 53)]);
    }
  }
  return table.toString();
}

/** The name comes last: generated names are long. */
function alarmLines({ alarms }: DemoResult): string {
  const rows = alarms.map(({ name, state, value, condition = '' }) => ({ name, state, reading: `${value ?? 'no data'} (ALARM: ${condition})` }));
  const width = (texts: readonly string[]) => Math.max(0, ...texts.map(({ length }) => length));
  const states = width(rows.map(({ state }) => state));
  const readings = width(rows.map(({ reading }) => reading));
  const paint = { ALARM: colors.red, OK: colors.green, INSUFFICIENT_DATA: colors.yellow };
  return rows.map(({ name, state, reading }) => `  ${paint[state](state.padEnd(states))}  ${reading.padEnd(readings)}  ${name}`).join('\n');
}

function account({ reckoning, iam, stack, timings }: DemoResult): string {
  const { published, processed, deadLettered, poison, lost, foreign, undeliverable } = reckoning;
  const sum = `${published} orders published = ${processed} processed + ${deadLettered} in dead letters`;
  const lines = [
    reckoning.balanced ? colors.green(`✔ ${sum}`) : colors.red(`✘ ${sum}`),
    `  ${deadLettered} of ${poison} failing orders are in dead letters, with the same bytes`,
    `  ${lost.length} orders lost, ${foreign.length} unexpected records in dead letters, ${undeliverable} undeliverable messages`,
    `  stack ${stack.name}: ${stack.resources} resources; IAM: ${iam.checked} requests checked, ${iam.denied.length} denied`,
    `  time: synth ${seconds(timings.synthMillis)}, deploy ${seconds(timings.deployMillis)}, publish ${seconds(timings.publishMillis)}, ` +
      `process ${seconds(timings.settleMillis)}`,
    '  for all details as JSON, run: npm run --silent demo -- --json',
    ...lost.map((sequenceNumber) => colors.red(`  lost: ${sequenceNumber}`)),
    ...iam.denied.map((message) => colors.red(`  denied: ${message}`)),
  ];
  return lines.join('\n');
}

function grid(head: string[], colWidths?: number[]): Table.Table {
  return new Table({ head: head.map((title) => colors.dim(title)), ...(colWidths ? { colWidths } : {}), style: { head: [], border: [] } });
}

function right(value: number): Table.Cell {
  return { hAlign: 'right', content: String(value) };
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function fold(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.includes('\u001b') ? [line] : chunks(line, width)))
    .join('\n');
}

/** Characters that take two columns of a terminal. */
const WIDE_CHARACTER = /\p{Extended_Pictographic}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u;

/** Pieces of a line, each at most `width` columns; what follows the first is indented as the line is. */
function chunks(line: string, width: number): string[] {
  const indent = /^ */.exec(line)![0].slice(0, width - 10);
  const pieces = [''];
  let taken = 0;
  // By code points, so that no character is cut.
  for (const character of line) {
    const columns = WIDE_CHARACTER.test(character) ? 2 : 1;
    if (taken + columns > width) {
      pieces.push(indent);
      taken = indent.length;
    }
    pieces[pieces.length - 1] += character;
    taken += columns;
  }
  return pieces;
}

function seconds(millis: number): string {
  return `${(millis / 1000).toFixed(1)} s`;
}
