import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter-message';
import { exportDeadLetters } from '../../../commands/export/command';
import { type ExportOptions, run } from '../../../commands/export/run';
import { readExportFile } from '../../../file/export-file';
import { deadLetterOf, Operation, PARKING_QUEUE, QUEUE, UNDELIVERABLE_QUEUE } from '../../support/operation';
import { exportOptions } from '../../support/peek-options';

let operation: Operation;
beforeEach(() => (operation = new Operation()));
afterEach(() => operation.close());

const file = (name = 'letters.jsonl') => join(operation.folder, name);
const exportTo = (path: string | undefined, given: Partial<ExportOptions> = {}, json = false) =>
  operation.run({ run }, exportOptions(given), { args: path === undefined ? [] : [path], json });

async function idsIn(path: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { line } of readExportFile(path)) ids.push(line.messageId);
  return ids;
}

describe('export', () => {
  test.each(['letters.jsonl', 'letters.jsonl.gz'])('writes every message to a file, with bodies that are in S3: %s', async (name) => {
    const inline = deadLetterOf();
    const large = deadLetterOf({ from: 3, to: 5 });
    const ids = [await operation.put(inline), await operation.put(large, QUEUE, 1_024)];
    const { exitCode, err, out } = await exportTo(file(name));
    expect(exitCode).toBe(0);
    expect(out).toBe('');
    expect(err).toContain(`2 dead letters written to ${file(name)}; all are in the queue still`);
    const lines = [];
    for await (const { line } of readExportFile(file(name))) lines.push(line);
    expect(lines.map(({ messageId }) => messageId)).toEqual(ids);
    expect(lines.map(({ body }) => parseDeadLetter(body, 'the line').deadLetterId)).toEqual([inline, large].map((it) => it.hydration.deadLetterId));
    expect(lines.map(({ pointer }) => pointer)).toEqual([undefined, { bucket: 'overflow', key: [...operation.objects.keys()][0] }]);
    expect(lines[1].attributes).toMatchObject({ ExtendedPayloadSize: { type: 'Number' }, status: { type: 'String', value: 'COMPLETE' } });
    if (name.endsWith('.gz')) expect(gunzipSync(readFileSync(file(name))).toString().split('\n')).toHaveLength(3);
  });

  test.each([undefined, '-'])('writes lines to stdout, whatever --json says: %s', async (path) => {
    const id = await operation.put(deadLetterOf());
    const { exitCode, out, err } = await exportTo(path);
    expect(exitCode).toBe(0);
    expect(out.split('\n')).toHaveLength(2);
    expect(JSON.parse(out)).toMatchObject({ version: '0.1.0', queueUrl: QUEUE, messageId: id, body: JSON.stringify(deadLetterOf()) });
    expect(err).toContain('1 dead letter written; it is in the queue still');
    expect((await exportTo(path, {}, true)).document).toMatchObject({ messageId: id });
    expect(readdirSync(operation.folder)).toEqual([]);
  });

  test('tells programs what it did', async () => {
    await operation.put(deadLetterOf());
    expect((await exportTo(file(), {}, true)).document).toEqual({
      command: 'test', version: 1, queueUrl: QUEUE, content: 'dead letters', file: file(), written: 1, looked: 1, aboutMore: 0, lost: [],
      inFlight: 0, behind: 0, exhausted: true,
    });
  });

  test('writes what matches, and no more than its limit', async () => {
    for (let index = 0; index < 5; index++) {
      await operation.put(deadLetterOf({ from: index * 3, to: index * 3 + 2, status: index % 2 ? 'PARTIAL' : 'COMPLETE' }));
    }
    await exportTo(file(), { filter: ['status=COMPLETE'], limit: 2 });
    const [first, , third] = operation.sqs.messages(QUEUE);
    expect(await idsIn(file())).toEqual([first.messageId, third.messageId]);
  });

  test('writes a file of nothing where nothing is there', async () => {
    const { exitCode, err } = await exportTo(file());
    expect(exitCode).toBe(0);
    expect(err).toContain('0 dead letters written');
    expect(readFileSync(file(), 'utf8')).toBe('');
  });

  test.each([true, false])('goes on where a body is gone, and says of which message: may list %p', async (mayList) => {
    operation.mayList = mayList;
    const [lostId, id] = [await operation.put(deadLetterOf(), QUEUE, 1_024), await operation.put(deadLetterOf({ from: 3, to: 5 }))];
    operation.objects.clear();
    const { exitCode, err } = await exportTo(file());
    expect(exitCode).toBe(1);
    expect(err).toContain(`message ${lostId} is not in the export: the body of the dead letter cannot be read: s3://overflow/`);
    expect(await idsIn(file())).toEqual([id]);
    expect((await exportTo(file(), { force: true }, true)).document).toMatchObject({
      written: 1, lost: [{ messageId: lostId, reason: expect.any(String) }],
    });
  });

  test('keeps what is no dead letter as it is', async () => {
    operation.sqs.put(QUEUE, { messageId: 'strange', body: 'text' });
    operation.sqs.put(UNDELIVERABLE_QUEUE, { messageId: 'undeliverable', body: '{"Type":"Notification"}' });
    await operation.put(deadLetterOf(), PARKING_QUEUE);
    await exportTo(file('letters'));
    await exportTo(file('undeliverables'), { undeliverables: true });
    await exportTo(file('parked'), { parked: true });
    expect(await idsIn(file('letters'))).toEqual(['strange']);
    expect(await idsIn(file('undeliverables'))).toEqual(['undeliverable']);
    expect(await idsIn(file('parked'))).toHaveLength(1);
  });

  test('replaces no file, unless it is told to', async () => {
    writeFileSync(file(), 'precious');
    await operation.put(deadLetterOf());
    expect((await exportTo(file())).error).toMatchObject({
      exitCode: 2, message: `${file()} exists already. Name another file, or add --force to replace it.`,
    });
    expect(operation.sqs.callsOf('ReceiveMessage')).toEqual([]);
    await exportTo(file(), { force: true });
    expect(await idsIn(file())).toHaveLength(1);
  });

  test('leaves no half of a file after Ctrl-C', async () => {
    for (let index = 0; index < 30; index++) await operation.put(deadLetterOf({ from: index, to: index }));
    let polls = 0;
    operation.sqs.on('ReceiveMessage', () => void (++polls === 3 && operation.stop.abort()));
    const { exitCode, err } = await exportTo(file());
    expect(exitCode).toBe(130);
    expect(err).toContain(`: ${file()} was not written`);
    expect(readdirSync(operation.folder)).toEqual([]);
  });

  test('is a command that takes its options from data', () => {
    expect(() => exportDeadLetters.check!([], exportOptions({ force: true }))).toThrow('--force needs the name of a file: name one, or leave --force out.');
    expect(() => exportDeadLetters.check!(['-'], exportOptions({ force: true }))).toThrow('--force needs the name of a file');
    expect(() => exportDeadLetters.check!(['file'], exportOptions({ force: true }))).not.toThrow();
  });
});
