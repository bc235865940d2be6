import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableLines } from '../../file/durable-lines';
import { Journal } from '../../file/journal';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a journal is read back: what is finished, and what is left of the rest', async () => {
  const file = join(folder, 'journal');
  const journal = await Journal.open(file, 'there');
  await journal.add({ messageId: 'm-1' });
  await journal.add({ messageId: 'm-2', remainder: 'rest' });
  await journal.close();
  const again = await Journal.open(file, 'there');
  expect([again.finished, again.isFinished('m-1'), again.isFinished('m-2'), again.isFinished('m-3')]).toEqual([1, true, false, false]);
  expect(again.remainderOf('m-2')).toBe('rest');
  expect((await Journal.open(file, 'elsewhere')).isFinished('m-1')).toBe(false);
});

test('a journal that cannot be written says so before anything is done', async () => {
  writeFileSync(join(folder, 'file'), '');
  const journal = await Journal.open(join(folder, 'journal'), 'there');
  Object.assign(journal, { file: join(folder, 'file', 'journal') });
  await expect(journal.prepare()).rejects.toThrow(/journal cannot be written \(E(EXIST|NOTDIR)\), and without it a rerun would not know/);
});

test('an entry that does not get to the disk is not taken for one', async () => {
  const journal = await Journal.open(join(folder, 'journal'), 'there');
  jest.spyOn(DurableLines.prototype, 'append').mockRejectedValueOnce(Object.assign(new Error('full'), { code: 'ENOSPC' }));
  await expect(journal.add({ messageId: 'm-1' })).rejects.toThrow('cannot be written (ENOSPC)');
  expect(journal.isFinished('m-1')).toBe(false);
  await journal.close();
});
