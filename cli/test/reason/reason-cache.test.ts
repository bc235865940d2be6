import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFingerprint } from '../../reason/known-reason';
import { ReasonCache } from '../../reason/reason-cache';

const REASON = withFingerprint({ type: 'OrderError', message: 'no quantity\nline 2 \u001b[31m', stack: ['at handler (index.js)'] }, new Date('2026-11-29T10:00:00Z'));
const DAY = 86_400_000;

let folder: string;
let file: string;
const notes: string[] = [];
beforeEach(() => {
  notes.length = 0;
  folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
  file = join(folder, 'state', 'reasons.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = async (now?: number) => ReasonCache.open(file, (message) => notes.push(message), now);
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('keeps what was put into it, for the eyes of the user only', async () => {
  const cache = await open();
  await cache.put('a', REASON);
  expect(cache.get('a')).toEqual(REASON);
  expect((await open()).get('a')).toEqual(REASON);
  expect((await open()).get('b')).toBeUndefined();
  expect([modeOf(file), modeOf(join(folder, 'state'))]).toEqual(['600', '700']);
});

test('the last of two entries of a dead letter counts', async () => {
  const cache = await open();
  const other = withFingerprint({ type: 'OtherError', message: '', stack: [] });
  await Promise.all([cache.put('a', REASON), cache.put('a', other)]);
  expect((await open()).get('a')).toEqual(other);
});

test.each([
  ['half a line', '{"id":"b","cached'],
  ['another JSON', '{"id":7}\n[]\nnull\n"a"'],
  ['times that are none', '{"id":"b","cachedAt":"x","type":"t","message":"m","stack":[]}'],
  ['bytes', '\u0000\ufffd\n'],
])('ignores %s, and keeps what comes after', async (_, text) => {
  await (await open()).put('a', REASON);
  writeFileSync(file, readFileSync(file, 'utf8') + text);
  const cache = await open();
  expect(cache.get('b')).toBeUndefined();
  await cache.put('c', REASON);
  const again = await open();
  expect([again.get('a'), again.get('c')]).toEqual([REASON, REASON]);
});

test('forgets entries after 30 days, and the oldest beyond 10,000, when it is written anew', async () => {
  const line = (id: string, time: number) => JSON.stringify({ id, cachedAt: new Date(time).toISOString(), type: 'T', message: id, stack: [] });
  const now = Date.parse('2026-11-29T10:00:00Z');
  mkdirSync(join(folder, 'state'));
  writeFileSync(file, [
    line('old', now - 31 * DAY), ...Array.from({ length: 11_005 }, (_, index) => line(`id-${index}`, now - DAY)),
  ].join('\n'));
  const cache = await open(now);
  expect([cache.get('old'), cache.get('id-1004'), cache.get('id-1005')?.message]).toEqual([undefined, undefined, 'id-1005']);
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(10_001);
  expect(modeOf(file)).toBe('600');
  expect(readdirSync(join(folder, 'state'))).toEqual(['reasons.jsonl']);
  await cache.put('new', REASON);
  expect((await open(now)).get('new')).toEqual(REASON);
});

test('a file that cannot be written is noted once, and the tool goes on', async () => {
  writeFileSync(join(folder, 'state'), 'a file where the folder is to be');
  const cache = await open();
  await cache.put('a', REASON);
  await cache.put('b', REASON);
  expect([cache.get('a'), cache.get('b')]).toEqual([REASON, REASON]);
  expect(notes).toEqual([expect.stringContaining('reasons are not kept for the next command: ')]);
});

test('a file that cannot be read is as good as none', async () => {
  mkdirSync(file, { recursive: true });
  const cache = await open();
  await cache.put('a', REASON);
  expect(cache.get('a')).toEqual(REASON);
  expect(notes).toHaveLength(1);
  expect(existsSync(file)).toBe(true);
  chmodSync(file, 0o700);
});
