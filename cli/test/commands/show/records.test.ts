import { gzipSync } from 'node:zlib';
import { createColors } from 'picocolors';
import { toEventRecord } from '../../../../lambda/shared/stream/kinesis-event-record';
import { SHARD_ID, STREAM_ARN, streamRecord } from '../../../../test/support/records';
import { run, type ShowOptions } from '../../../commands/show/run';
import { deadLetterOf, Operation, QUEUE } from '../../support/operation';
import { showOptions } from '../../support/peek-options';
import { dataIn } from '../../support/shown-data';

let operation: Operation;
beforeEach(() => (operation = new Operation()));
afterEach(() => operation.close());

const showIt = (id: string, given: Partial<ShowOptions> = {}, json = false) => operation.run({ run }, showOptions(given), { args: [id], json });

/** Puts a dead letter of one record into the queue, with this data, and shows it. */
async function shown(data: Buffer | string, given: Partial<ShowOptions> = {}): Promise<string> {
  const record = toEventRecord(streamRecord(0, { Data: Buffer.from(data) }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
  const deadLetter = deadLetterOf({ from: 0, to: 0, records: [record] });
  operation.sqs.createQueue(QUEUE);
  await operation.put(deadLetter);
  const { out, error } = await showIt(deadLetter.hydration.deadLetterId, given);
  expect(error).toBeUndefined();
  return out;
}

describe('the data of a record', () => {
  test.each([
    ['JSON', '{"id":12345678901234567890}', ['JSON, 27 B', '{', '  "id": 12345678901234567890', '}']],
    ['compressed JSON', gzipSync('{"a":1}'), ['gzip, JSON, 7 B', '{', '  "a": 1', '}']],
    ['text with tabs and Windows line ends', 'a\tb\r\nc', ['text, 6 B', 'a    b', 'c']],
    ['a packed struct, some of which reads as deflate', Buffer.from('SwAAAAAArEEAAIBW/rx4Qu++rd4AAAAA', 'base64'), [
      'binary, 24 B',
      '00000000  4b 00 00 00 00 00 ac 41  00 00 80 56 fe bc 78 42  |K......A...V..xB|',
      `00000010  ef be ad de 00 00 00 00${' '.repeat(27)}|........|`,
    ]],
    ['gzip with something after it', Buffer.concat([gzipSync('text'), Buffer.from([0, 0])]), ['gzip, text, 4 B (2 bytes after the gzip are not shown)', 'text']],
    ['bytes', Buffer.from([0, 1, 255]), ['binary, 3 B', `00000000  00 01 ff${' '.repeat(42)}|...|`]],
    ['nothing', '', ['empty']],
    ['nothing, compressed', gzipSync(''), ['gzip, empty']],
    ['a bomb', gzipSync(Buffer.alloc(40 * 1_048_576)).subarray(0), [expect.stringContaining('(gzip of more than 32 MiB: not decompressed)')]],
  ])('is shown: %s', async (_what, data, expected) => {
    expect(dataIn(await shown(data)).slice(0, expected.length)).toEqual(expected);
  });

  test('does nothing to the terminal', async () => {
    const out = await shown('\u001b[31mred\u001b]0;title\u0007 \u202e \u009b');
    // The bell makes it bytes; without it, it is text.
    for (const character of ['\u001b', '\u0007', '\u009b', '\u202e']) expect(out).not.toContain(character);
    expect(dataIn(await shown('\u001b[31mred \u202e'))).toEqual(['text, 12 B', String.raw`\u001b[31mred \u202e`]);
  });

  test('keeps its colours to itself where the terminal has some', async () => {
    const record = toEventRecord(streamRecord(0, { Data: Buffer.from('\u001b[31mred'), PartitionKey: '\u001b[2J' }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN });
    const deadLetter = deadLetterOf({ from: 0, to: 0, records: [record] });
    await operation.put(deadLetter);
    const lines: string[] = [];
    const colourful = { run: (context: Parameters<typeof run>[0], args: string[], options: ShowOptions) => {
      const output = Object.assign(Object.create(context.output as object) as typeof context.output, { colors: createColors(true), line: (text = '') => void lines.push(text) });
      return run({ ...context, output }, args, options);
    } };
    await operation.run(colourful as never, showOptions(), { args: [deadLetter.hydration.deadLetterId] });
    expect(lines.join('\n')).toContain(String.raw`\u001b[31mred`);
    expect(lines.join('\n')).toContain(String.raw`\u001b[2J`);
    expect(lines.join('\n')).not.toContain('\u001b[31m');
  });

  test('is cut off where it is long, unless all of it was asked for', async () => {
    expect(dataIn(await shown('x'.repeat(9_000))).slice(1)).toEqual(['x'.repeat(8_000), '… 1,000 more characters: --all']);
    expect(dataIn(await shown('x'.repeat(9_000), { all: true })).slice(1)).toEqual(['x'.repeat(9_000)]);
    expect(dataIn(await shown('x'.repeat(9_000), { records: { first: 1, last: 1 } })).slice(1)).toEqual(['x'.repeat(9_000)]);
    expect(dataIn(await shown('x\n'.repeat(100)))).toHaveLength(62);
    expect(dataIn(await shown(Buffer.alloc(600)))).toHaveLength(34);
    expect(dataIn(await shown(Buffer.alloc(600))).at(-1)).toBe('… 88 B more: --all');
    expect(dataIn(await shown(Buffer.alloc(600), { all: true }))).toHaveLength(39);
  });
});

describe('many records', () => {
  const titles = (out: string) => out.match(/record \d+ of 25/g) ?? [];
  let id: string;
  beforeEach(async () => {
    const deadLetter = deadLetterOf({ from: 0, to: 24 });
    id = deadLetter.hydration.deadLetterId;
    await operation.put(deadLetter);
  });

  test('are shown as far as ten', async () => {
    const { out } = await showIt(id);
    expect(titles(out)).toHaveLength(10);
    expect(out).toContain('… 15 more records: --all, or --records 11-');
  });

  test.each([
    [{ all: true }, 1, 25], [{ records: { first: 3, last: 3 } }, 3, 3], [{ records: { first: 20, last: 99 } }, 20, 25],
    [{ records: { first: 24, last: Infinity } }, 24, 25],
  ])('are shown as %j says', async (given, first, last) => {
    const { out } = await showIt(id, given);
    expect(titles(out)).toEqual(Array.from({ length: last - first + 1 }, (_, index) => `record ${first + index} of 25`));
    expect(out).not.toContain('more records');
  });

  test('are all in the document for programs, unless fewer were asked for', async () => {
    expect((await showIt(id, {}, true)).document).toMatchObject({ recordCount: 25, records: { length: 25 } });
    expect((await showIt(id, { records: { first: 2, last: 3 } }, true)).document?.records).toMatchObject([{ number: 2 }, { number: 3 }]);
  });

  test('fails if none of them was asked for', async () => {
    expect((await showIt(id, { records: { first: 26, last: 30 } })).error).toMatchObject({
      exitCode: 2, message: '--records must begin within the 25 records of the dead letter, got: 26.',
    });
  });
});

test('shows the records that a producer made into one', async () => {
  const aggregator = new (jest.requireActual('aws-kinesis-agg').RecordAggregator)();
  for (let index = 0; index < 12; index++) aggregator.addUserRecord({ partitionKey: `user-${index}`, data: Buffer.from(`{"n":${index}}`) });
  const { data } = aggregator.build();
  const out = await shown(data);
  expect(out).toContain('KPL aggregate of 12 user records');
  expect(out).toContain('user record 10 of 12\n      partition key  user-9\n      data           JSON, 7 B\n        {\n          "n": 9\n');
  expect(out).not.toContain('user record 11');
  expect(out).toContain('… 2 more user records: --all');
  expect(await shown(data, { all: true })).toContain('user record 12 of 12');
});
