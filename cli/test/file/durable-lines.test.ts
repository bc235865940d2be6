import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DurableLines } from '../../file/durable-lines';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

test('a new file has its name on the disk before the first line', async () => {
  const path = join(folder, 'lines');
  const handle = await open(folder, 'r');
  const sync = jest.spyOn(Object.getPrototypeOf(handle) as FileHandle, 'sync');
  await handle.close();
  const lines = await DurableLines.open(path);
  expect(sync).toHaveBeenCalledTimes(1);
  await lines.append('one');
  await lines.close();
  await (await DurableLines.open(path)).close();
  expect(sync).toHaveBeenCalledTimes(2);
  expect(readFileSync(path, 'utf8')).toBe('one\n');
});

test('knows a file that is another one, or has lost lines', async () => {
  const path = join(folder, 'lines');
  const lines = await DurableLines.open(path);
  await lines.append('one');
  const there = statSync(path);
  expect(await lines.isWhole(there)).toBe(true);
  expect(await lines.isWhole(Object.assign(statSync(path), { size: there.size - 1 }))).toBe(false);
  expect(await lines.isWhole(Object.assign(statSync(path), { ino: there.ino + 1 }))).toBe(false);
  await lines.close();
});
