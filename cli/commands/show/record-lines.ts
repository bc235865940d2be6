import type { ItemChange } from '../../decode/change';
import type { DecodedData } from '../../decode/data';
import { hexDump } from '../../decode/hex-dump';
import type { KinesisRecord, StreamRecord } from '../../decode/stream-record';
import type { Output } from '../../output/output';
import { printable } from '../../output/printable';
import { shortSize } from '../../output/text';

/** What is shown of one record where not all was asked for. */
const MOST_VALUE_CHARACTERS = 800;
const MOST_DUMPED_BYTES = 512;
const MOST_USER_RECORDS = 10;

/** A record as lines for a terminal. Nothing that is in it reaches the terminal as anything but characters. */
export function recordLines(record: StreamRecord, style: TextStyle): string[] {
  switch (record.kind) {
    case 'kinesis':
      return kinesisLines(record.kinesis, style);
    case 'dynamodb':
      return changeLines(record.change, style);
    case 'unknown':
      return ['not a record of Kinesis or DynamoDB', ...indented(textLines(record.text, style))];
  }
}

function kinesisLines({ partitionKey, sequenceNumber, arrivedAt, data, userRecords }: KinesisRecord, style: TextStyle): string[] {
  const head = [
    fieldLine('partition key', partitionKey === undefined ? 'none' : printable(partitionKey), style),
    fieldLine('sequence', printable(sequenceNumber), style),
    ...(arrivedAt ? [fieldLine('arrived', arrivedAt, style)] : []),
  ];
  if (!userRecords) return [...head, ...dataLines(data, style)];
  const shown = style.isWhole ? userRecords : userRecords.slice(0, MOST_USER_RECORDS);
  return [
    ...head,
    fieldLine('data', `KPL aggregate of ${userRecords.length} user records, ${shortSize(data.bytes.length)}`, style),
    ...indented(shown.flatMap((it, index) => [
      `user record ${index + 1} of ${userRecords.length}`,
      ...indented([
        fieldLine('partition key', it.partitionKey === undefined ? 'none' : printable(it.partitionKey), style),
        ...(it.explicitHashKey === undefined ? [] : [fieldLine('hash key', printable(it.explicitHashKey), style)]),
        ...dataLines(it.data, style),
      ]),
    ])),
    ...(shown.length < userRecords.length ? [style.colors.dim(`  … ${userRecords.length - shown.length} more user records: --all`)] : []),
  ];
}

/** Data as lines: what it was found to be, and text or bytes. */
export function dataLines({ layers, form, text, bytes, note }: DecodedData, style: TextStyle): string[] {
  const what = [...layers, form === 'json' ? 'JSON' : form].join(', ');
  const head = fieldLine('data', `${what}, ${shortSize(bytes.length)}${note ? ` (${note})` : ''}`, style);
  if (form === 'empty') return [fieldLine('data', layers.length > 0 ? `${layers.join(', ')}, empty` : 'empty', style)];
  return [head, ...indented(text === undefined ? dumpLines(bytes, style) : textLines(text, style))];
}

function dumpLines(bytes: Buffer, { colors, isWhole }: TextStyle): string[] {
  const shown = isWhole ? bytes.length : Math.min(bytes.length, MOST_DUMPED_BYTES);
  return [...hexDump(bytes, shown).split('\n'), ...(shown < bytes.length ? [colors.dim(`… ${shortSize(bytes.length - shown)} more: --all`)] : [])];
}

function changeLines({ eventName, by, keys, attributes, view, sequenceNumber, createdAt }: ItemChange, style: TextStyle): string[] {
  const width = Math.max(0, ...attributes.map(({ name }) => printable(name).length));
  const item = keys.map(({ name, value }) => `${printable(name)} = ${printable(value)}`).join(', ') || 'unknown keys';
  return [
    fieldLine('change', `${printable(eventName)} of ${item}${by === undefined ? '' : `, by ${printable(by)}`}`, style),
    fieldLine('sequence', printable(sequenceNumber), style),
    ...(createdAt ? [fieldLine('created', createdAt, style)] : []),
    fieldLine('view', printable(view), style),
    ...indented(attributes.map((attribute) => attributeLine(attribute, width, style))),
  ];
}

const MARKS = { added: '+', removed: '-', changed: '~', same: ' ' } as const;

function attributeLine({ name, kind, before, after }: ItemChange['attributes'][number], width: number, { colors, isWhole }: TextStyle): string {
  const cut = (text: string) => printable(isWhole || text.length <= MOST_VALUE_CHARACTERS ? text : `${text.slice(0, MOST_VALUE_CHARACTERS)}… (--all)`);
  // Without both images nothing is known of a change: what is there is shown.
  const values = kind === 'changed' ? [before, after] : [after ?? before];
  const line = `${MARKS[kind]} ${printable(name).padEnd(width)}  ${values.map((value) => cut(value ?? '')).join(' → ')}`;
  if (kind === 'added') return colors.green(line);
  if (kind === 'removed') return colors.red(line);
  return kind === 'changed' ? colors.yellow(line) : line;
}

function fieldLine(name: string, text: string, { colors }: TextStyle): string {
  return `${colors.dim(name.padEnd(13))}  ${text}`;
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** What is shown of a text where not all of it was asked for. */
const MOST_LINES = 60;
const MOST_CHARACTERS = 8_000;

export interface TextStyle {
  readonly colors: Output['colors'];
  /** Whether all of it is shown, however much it is. */
  readonly isWhole: boolean;
}

/** A text of others as lines for a terminal: only its line breaks break lines, tabs are spaces, and nothing else is acted on. */
export function textLines(text: string, { colors, isWhole }: TextStyle): string[] {
  const shown = isWhole ? text : text.slice(0, MOST_CHARACTERS).split('\n').slice(0, MOST_LINES).join('\n');
  const lines = shown.split(/\r?\n/).map((line) => printable(line.replaceAll('\t', '    ')));
  return shown.length < text.length ? [...lines, colors.dim(`… ${(text.length - shown.length).toLocaleString('en-US')} more characters: --all`)] : lines;
}
