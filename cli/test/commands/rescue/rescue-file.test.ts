import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RescueFile } from '../../../commands/rescue/rescue-file';
import { exportedMessage } from '../../../file/exported-message';
import { deadLetterOf } from '../../support/operation';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
  path = join(folder, 'rescued.jsonl');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const letter = (index: number) => deadLetterOf({ from: 10 * index, to: 10 * index + 2 });
const idOf = (index: number) => letter(index).hydration.deadLetterId;

async function write(...indices: readonly number[]): Promise<void> {
  const file = await RescueFile.open(path);
  for (const index of indices) await file.add(letter(index).hydration, exportedMessage({ MessageId: idOf(index) }, 'queue', JSON.stringify(letter(index))));
  await file.close();
}

async function idsFound(): Promise<boolean[]> {
  const file = await RescueFile.open(path);
  await file.close();
  return [0, 1, 2].map((index) => file.has(idOf(index)));
}

it('goes on with what an earlier run has written, for the eyes of its user only', async () => {
  await write(0);
  await write(1);
  expect(await idsFound()).toEqual([true, true, false]);
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

it.each([1, 12, 300, 70_000])('takes away the last %d bytes that a killed run has left of a line', async (bytes) => {
  await write(0, 1);
  const whole = readFileSync(path, 'utf8');
  const line = JSON.stringify(exportedMessage({ MessageId: idOf(2) }, 'queue', JSON.stringify({ ...letter(2), padding: 'x'.repeat(80_000) })));
  appendFileSync(path, line.slice(0, bytes));
  expect(await idsFound()).toEqual([true, true, false]);
  expect(readFileSync(path, 'utf8')).toBe(whole);
});

it.each([[1], [3]])('keeps a last of %d lines that an editor has left without its line feed', async (lines) => {
  const indices = [0, 1, 2].slice(0, lines);
  await write(...indices);
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, whole.trimEnd());
  expect(await idsFound()).toEqual([0, 1, 2].map((index) => indices.includes(index)));
  expect(readFileSync(path, 'utf8')).toBe(whole);
});

it.each([['one line', 'precious'], ['lines', 'one\ntwo\nprecious']])('does not change a file of somebody else: %s', async (_, content) => {
  writeFileSync(path, content);
  await expect(RescueFile.open(path)).rejects.toThrow(/--to-file must be a new file, or one that "rescue" wrote/);
  expect(readFileSync(path, 'utf8')).toBe(content);
});

it('does not take what "export" wrote of an unreadable dead letter for one that was rescued', async () => {
  const unread = deadLetterOf({ from: 0, to: 2, status: 'UNREADABLE' });
  writeFileSync(path, `${JSON.stringify(exportedMessage({ MessageId: 'm' }, 'queue', JSON.stringify(unread)))}\n`);
  expect(await idsFound()).toEqual([false, false, false]);
});

it('knows the status of what an earlier run has written', async () => {
  await write(0);
  const file = await RescueFile.open(path);
  expect([0, 1].map((index) => file.statusOf(idOf(index)))).toEqual([letter(0).hydration.status, undefined]);
  await file.close();
});

it('is written by one run at a time', async () => {
  const file = await RescueFile.open(path);
  await expect(RescueFile.open(path)).rejects.toThrow(/in use by another run/);
  await file.close();
  expect(await idsFound()).toEqual([false, false, false]);
});

it('is not compressed while it grows', async () => {
  await expect(RescueFile.open(`${path}.gz`)).rejects.toThrow(/must not end in .gz/);
});
