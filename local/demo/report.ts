import type { KinesisStreamRecord } from 'aws-lambda';
import Table from 'cli-table3';
import colors from 'picocolors';
import { decode } from './decode';
import type { DemoResult } from './demo-result';

const NARROW = 80;
const WIDE = 132;

/** The story for a person: what was tried, what Lambda said, what was kept, and whether it adds up. */
export function report(result: DemoResult, columns: number): string {
  const width = Math.max(NARROW, Math.min(columns, WIDE));
  return [
    chapter(1, 'What the mapping tried', shards(result)),
    chapter(2, 'What Lambda wrote when it gave up, and what waits in the queue instead', comparison(result, width)),
    chapter(3, 'The dead letters', letters(result, width)),
    chapter(4, 'The account', account(result)),
  ].join('\n');
}

function chapter(number: number, title: string, body: string): string {
  return `${colors.bold(`${number}  ${title}`)}\n\n${body}\n`;
}

function shards({ shards: stories }: DemoResult): string {
  const table = grid(['shard', 'orders', 'calls', 'splits', 'retries', 'processed', 'given up']);
  for (const story of stories) {
    table.push([
      story.shardId.replace(/0{6,}(?=\d)/, '…'),
      ...[story.orders, story.invocations, story.splits, story.retries, story.processed, story.givenUp].map(right),
    ]);
  }
  return (
    table.toString() +
    '\n\nA batch that fails is split until the order that fails is alone;\nalone it is tried again, and then given up.'
  );
}

/** Failure record and dead letter of one batch side by side, or one below the other where the terminal is narrow. */
function comparison({ deadLetters }: DemoResult, width: number): string {
  const [letter] = deadLetters;
  if (!letter) return 'Nothing failed.';
  const { payload, hydration, ...failure } = letter;
  const records = payload.Records as KinesisStreamRecord[];
  const before = `${colors.yellow('as Lambda wrote it: not one record in it')}\n${pretty(failure)}`;
  const after =
    `${colors.green('the dead letter: the same, and these')}\n${pretty({ payload: { Records: records.slice(0, 1) }, hydration })}` +
    `\n${colors.green('its data, decoded')}\n${decode(records[0].kinesis.data)}`;
  const pages = width >= 110 ? [[before, after]] : [[before], [after]];
  const inner = Math.floor((width - 2) / pages[0].length) - 2;
  const table = new Table({
    colWidths: pages[0].map(() => inner),
    style: { head: [], border: [] },
  });
  // Long names have no place to break: they are cut to the column by hand.
  table.push(...pages.map((row) => row.map((cell) => fold(cell, inner - 2))));
  return table.toString();
}

function letters({ deadLetters, poison }: DemoResult, width: number): string {
  const why = new Map(poison.map((order) => [order.sequenceNumber, order.poison ?? '']));
  const table = grid(['status', 'key', 'what was wrong', 'data'], [10, 14, 19, width - 50]);
  for (const { hydration, payload } of deadLetters) {
    for (const { kinesis } of payload.Records as KinesisStreamRecord[]) {
      const reason = why.get(kinesis.sequenceNumber) ?? colors.red('not poison');
      table.push([hydration.status, kinesis.partitionKey, reason, fold(decode(kinesis.data), width - 52)]);
    }
  }
  return table.toString();
}

function account({ reckoning, iam, stack, timings }: DemoResult): string {
  const { published, processed, deadLettered, poison, lost, foreign, undeliverable } = reckoning;
  const sum = `published ${published}  =  processed ${processed}  +  dead-lettered ${deadLettered}`;
  const lines = [
    reckoning.balanced ? colors.green(`✔ ${sum}`) : colors.red(`✘ ${sum}`),
    `  ${poison} poison, ${deadLettered} of them in a dead letter, byte for byte`,
    `  ${lost.length} lost, ${foreign.length} in a dead letter that do not belong there, ${undeliverable} undeliverable`,
    `  ${stack.resources} resources of stack ${stack.name}; ${iam.checked} calls checked against IAM, ${iam.denied.length} denied`,
    `  synth ${seconds(timings.synthMillis)}, deployment ${seconds(timings.deployMillis)}, publishing ${seconds(timings.publishMillis)}, ` +
      `settled after ${seconds(timings.settleMillis)}`,
    '  All of it, uncut and as JSON: npm run --silent demo -- --json',
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
  // By code points: a character is never cut in two.
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
