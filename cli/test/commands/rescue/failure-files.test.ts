import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { failureRecord } from '../../../../test/support/records';
import { textsInFile } from '../../../commands/rescue/failure-files';
import { FoundFailures } from '../../../commands/rescue/found-failures';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RECORDS = [failureRecord({ from: 0, to: 2 }), failureRecord({ from: 10, to: 12 })];
const TEXTS = RECORDS.map((record) => JSON.stringify(record));

async function failuresIn(content: string | Buffer, name = 'failures.json') {
  const path = join(folder, name);
  writeFileSync(path, content);
  const found = new FoundFailures();
  for (const text of await textsInFile(path)) found.add(text);
  const { oldestFirst, others, repeats } = found;
  return { failures: oldestFirst.map(({ failure }) => failure), others, repeats };
}

it.each<[string, string]>([
  ['lines', TEXTS.join('\n')],
  ['lines with empty ones between', `${TEXTS.join('\r\n\r\n')}\n`],
  ['a list', JSON.stringify(RECORDS)],
  ['what "aws sqs receive-message" prints', JSON.stringify({ Messages: TEXTS.map((Body, index) => ({ MessageId: `m-${index}`, ReceiptHandle: 'r', Body })) }, null, 4)],
  ['lines that export wrote', TEXTS.map((body, index) => JSON.stringify({ version: '0.1.0', queueUrl: 'q', messageId: `m-${index}`, sentAt: '2026-01-01T00:00:00Z', attributes: {}, body })).join('\n')],
])('failure records are found in a file of %s', async (_, content) => {
  expect(await failuresIn(content)).toMatchObject({ failures: RECORDS, others: [], repeats: 0 });
});

it('one failure record, on several lines, is a file too, and so is a compressed one', async () => {
  expect((await failuresIn(JSON.stringify(RECORDS[0], null, 2))).failures).toEqual([RECORDS[0]]);
  expect((await failuresIn(gzipSync(TEXTS.join('\n')), 'failures.jsonl.gz')).failures).toEqual(RECORDS);
});

it.each<[string, (text: string) => string]>([['one document', (text) => text], ['lines', (text) => `${text}\n${text}`]])(
  'the state of a window in a file of %s keeps its numbers', async (_, contentOf) => {
    const path = join(folder, 'window.json');
    writeFileSync(path, contentOf(`${TEXTS[0].slice(0, -1)},"payload":{"Records":[],"state":{"total":12345678901234567890}}}`));
    for (const { text } of await textsInFile(path)) expect(text).toContain('"total":12345678901234567890}');
  });

it('the same failure twice is one, and what is none is named by its place, without its text', async () => {
  const { failures, others, repeats } = await failuresIn([TEXTS[0], 'secret', TEXTS[0], '{"secret":1}'].join('\n'));
  expect([failures, repeats]).toEqual([[RECORDS[0]], 1]);
  expect(others.map(({ id }) => id.replace(/.*:/, ':'))).toEqual([':2', ':4']);
  expect(JSON.stringify(others)).not.toContain('secret');
});

it('the batch that leaves its stream first comes first', async () => {
  const late = { ...RECORDS[0], KinesisBatchInfo: { ...RECORDS[0].KinesisBatchInfo, approximateArrivalOfFirstRecord: '2026-01-02T00:00:00Z' } };
  const early = { ...RECORDS[1], KinesisBatchInfo: { ...RECORDS[1].KinesisBatchInfo, approximateArrivalOfFirstRecord: '2026-01-01T00:00:00Z' } };
  expect((await failuresIn(JSON.stringify([late, early]))).failures).toEqual([early, late]);
});

it('a file that is not there is named', async () => {
  await expect(textsInFile(join(folder, 'none.json'))).rejects.toThrow(/cannot read .*none.json: no such file or directory/);
});
