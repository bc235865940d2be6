import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ExportFile, readExportFile } from '../../file/export-file';
import { exportedMessage, type ExportedMessage, toMessage, parseExportedMessage } from '../../file/exported-message';

const QUEUE_URL = 'https://sqs.us-east-1.amazonaws.com/123456789012/letters';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'letter-file-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string) => join(folder, name);

function lineOf(number: number, fields: Partial<ExportedMessage> = {}): ExportedMessage {
  return { version: '0.1.0', queueUrl: QUEUE_URL, messageId: `message-${number}`, sentAt: '2026-11-22T03:00:00.000Z', attributes: {}, body: '{}', ...fields };
}

async function write(name: string, lines: readonly ExportedMessage[], options?: { force: boolean }): Promise<void> {
  const file = await ExportFile.create(path(name), options);
  for (const line of lines) await file.write(line);
  await file.commit();
}

async function read(name: string): Promise<ExportedMessage[]> {
  const lines: ExportedMessage[] = [];
  for await (const { line } of readExportFile(path(name))) lines.push(line);
  return lines;
}

describe('a file of messages', () => {
  test.each(['letters.jsonl', 'letters.jsonl.gz'])('is read as it was written: %s', async (name) => {
    const lines = [
      lineOf(1, { attributes: { status: { type: 'String', value: 'COMPLETE' } }, body: 'line\nbreak, \u2028 and \u2029, \u0000, 👩‍👩‍👧, \ud800' }),
      lineOf(2, { pointer: { bucket: 'overflow', key: 'dead-letters/1.json' } }),
    ];
    await write(name, lines);
    expect(await read(name)).toEqual(lines);
    const bytes = readFileSync(path(name));
    expect((name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString().split('\n')).toHaveLength(3);
  });

  test('can be read by its owner alone', async () => {
    await write('letters.jsonl', [lineOf(1)]);
    expect(statSync(path('letters.jsonl')).mode & 0o777).toBe(0o600);
  });

  test('may hold nothing', async () => {
    await write('letters.jsonl.gz', []);
    expect(await read('letters.jsonl.gz')).toEqual([]);
  });

  test('has its name only when it is whole', async () => {
    const file = await ExportFile.create(path('letters.jsonl'));
    await file.write(lineOf(1));
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^letters\.jsonl\.[0-9a-f]{8}\.part$/)]);
    await file.commit();
    expect(readdirSync(folder)).toEqual(['letters.jsonl']);
  });

  test('does not touch that of somebody else who writes to the same name', async () => {
    const [first, second] = [await ExportFile.create(path('letters.jsonl')), await ExportFile.create(path('letters.jsonl'))];
    await first.write(lineOf(1));
    await second.write(lineOf(2));
    await first.commit();
    await expect(second.commit()).rejects.toThrow(`${path('letters.jsonl')} exists already`);
    await second.discard();
    expect(readdirSync(folder)).toEqual(['letters.jsonl']);
    expect(await read('letters.jsonl')).toEqual([lineOf(1)]);
  });

  test('leaves nothing behind when it is given up', async () => {
    const file = await ExportFile.create(path('letters.jsonl.gz'));
    await file.write(lineOf(1));
    await file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('takes more than there is memory for in between', async () => {
    const body = 'x'.repeat(100_000);
    const file = await ExportFile.create(path('letters.jsonl'));
    for (let number = 0; number < 200; number++) await file.write(lineOf(number, { body }));
    await file.commit();
    expect(statSync(path('letters.jsonl')).size).toBeGreaterThan(20_000_000);
    let count = 0;
    for await (const { lineNumber, line } of readExportFile(path('letters.jsonl'))) expect([lineNumber, line.messageId]).toEqual([++count, `message-${count - 1}`]);
    expect(count).toBe(200);
  });

  test('fails if it exists, unless it may be replaced', async () => {
    writeFileSync(path('letters.jsonl'), 'precious');
    await expect(ExportFile.create(path('letters.jsonl'))).rejects.toThrow(
      `${path('letters.jsonl')} exists already. Name another file, or add --force to replace it.`,
    );
    expect(readdirSync(folder)).toEqual(['letters.jsonl']);
    await write('letters.jsonl', [lineOf(1)], { force: true });
    expect(await read('letters.jsonl')).toEqual([lineOf(1)]);
  });

  test('does not replace one that came to be meanwhile', async () => {
    const file = await ExportFile.create(path('letters.jsonl'));
    writeFileSync(path('letters.jsonl'), 'precious');
    await expect(file.commit()).rejects.toThrow('exists already');
    expect(readFileSync(path('letters.jsonl'), 'utf8')).toBe('precious');
  });

  test.each([['a folder', (it: string) => mkdirSync(it)], ['a link', (it: string) => symlinkSync('/dev/null', it)]])(
    'fails if there is %s in its place, whatever may be replaced', async (_what, make) => {
      make(path('letters.jsonl'));
      await expect(ExportFile.create(path('letters.jsonl'), { force: true })).rejects.toThrow(
        `${path('letters.jsonl')} must be a file to write to, got: a directory, link or device. Name another one.`,
      );
    },
  );

  test('fails if its folder is not there', async () => {
    await expect(ExportFile.create(path('none/letters.jsonl'))).rejects.toThrow(
      `cannot write ${path('none/letters.jsonl')}: no such file or directory`,
    );
  });

  test.each(['letters.jsonl', 'letters.jsonl.gz'])('says so if the disk is full: %s', async (name) => {
    const file = await ExportFile.create(path(name));
    const { handle } = file as unknown as { handle: { appendFile(): Promise<void> } };
    handle.appendFile = async () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const writing = (async () => {
      for (let number = 0; number < 10_000; number++) await file.write(lineOf(number, { body: `${Math.random()}`.repeat(1_000) }));
      await file.commit();
    })();
    await expect(writing).rejects.toThrow(`cannot write ${path(name)}: no space left on the device`);
    await file.discard();
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('reading a file', () => {
  const good = JSON.stringify(lineOf(1));
  const advice = 'Lines must be as "export" writes them.';

  test.each([
    ['the last line has no end', good],
    ['lines end as on Windows', `${good}\r\n`],
    ['there are empty lines', `\n${good}\n\n  \n`],
  ])('is done though %s', async (_what, text) => {
    writeFileSync(path('letters.jsonl'), text);
    expect(await read('letters.jsonl')).toEqual([lineOf(1)]);
  });

  test.each([
    ['no JSON', '{"version":1', /letters\.jsonl:2: must be JSON: .+\. Lines must be/],
    ['no object', '[]', `letters.jsonl:2: the line must be a JSON object, got: an array. ${advice}`],
    ['of a newer version', JSON.stringify({ ...lineOf(2), version: '0.4.0' }), 'letters.jsonl:2: version must be at most 0.1.0, got: 0.4.0; run npx stream-dlq@0.4.0 or newer'],
    ['of an unknown version', JSON.stringify({ ...lineOf(2), version: 2 }), 'letters.jsonl:2: version must be a version such as 0.1.0, got: 2; run npx stream-dlq@latest'],
    ['without a version', '{}', `letters.jsonl:2: version must be 0.1.0, got: nothing. ${advice}`],
    ['without a body', JSON.stringify({ ...lineOf(2), body: undefined }), `letters.jsonl:2: body must be a string, got: nothing. ${advice}`],
    ['with a body that is no text', JSON.stringify({ ...lineOf(2), body: {} }), `letters.jsonl:2: body must be a string, got: an object. ${advice}`],
    ['without a time', JSON.stringify({ ...lineOf(2), sentAt: 'now' }), `letters.jsonl:2: sentAt must be a time, got: "now". ${advice}`],
    ['without attributes', JSON.stringify({ ...lineOf(2), attributes: null }), `letters.jsonl:2: attributes must be a JSON object, got: null. ${advice}`],
    ['with an attribute that is none', JSON.stringify({ ...lineOf(2), attributes: { a: 1 } }), `letters.jsonl:2: attributes.a must be a JSON object, got: 1. ${advice}`],
    ['with an attribute without a type', JSON.stringify({ ...lineOf(2), attributes: { a: { value: 'x' } } }), 'attributes.a.type must be a string, got: nothing'],
    ['with an attribute without a value', JSON.stringify({ ...lineOf(2), attributes: { a: { type: 'String' } } }), 'attributes.a.value must be a string'],
    ['with a pointer that is none', JSON.stringify({ ...lineOf(2), pointer: { bucket: 'b' } }), 'pointer.key must be a string, got: nothing'],
  ])('fails if a line is %s, and names it', async (_what, line, message) => {
    writeFileSync(path('letters.jsonl'), `${good}\n${line}\n`);
    await expect(read('letters.jsonl')).rejects.toThrow(message);
    await expect(read('letters.jsonl')).rejects.toMatchObject({ exitCode: 2 });
  });

  test('reads lines of before there were versions of the tool', async () => {
    writeFileSync(path('letters.jsonl'), `${JSON.stringify(lineOf(1, { version: 1 }))}\n`);
    expect(await read('letters.jsonl')).toEqual([lineOf(1, { version: 1 })]);
  });

  test('gives what is before a bad line', async () => {
    writeFileSync(path('letters.jsonl'), `${good}\nbad\n`);
    const lines = readExportFile(path('letters.jsonl'));
    expect((await lines.next()).value).toEqual({ lineNumber: 1, line: lineOf(1) });
    await lines.return();
  });

  test('fails if it is compressed and its name does not say so', async () => {
    writeFileSync(path('letters.jsonl'), gzipSync(good));
    await expect(read('letters.jsonl')).rejects.toThrow(`${path('letters.jsonl')}:1: must be UTF-8. Is the file compressed? Then its name must end in .gz.`);
  });

  test('fails if it is not compressed and its name says so', async () => {
    writeFileSync(path('letters.jsonl.gz'), good);
    await expect(read('letters.jsonl.gz')).rejects.toThrow(`${path('letters.jsonl.gz')}: must be a whole gzip file, got: incorrect header check after line 0.`);
  });

  test('fails if its end is missing', async () => {
    writeFileSync(path('letters.jsonl.gz'), gzipSync(`${good}\n${good}\n`).subarray(0, -12));
    await expect(read('letters.jsonl.gz')).rejects.toThrow(/must be a whole gzip file, got: unexpected end of file after line \d/);
  });

  test('fails if it is not there, or a folder', async () => {
    await expect(read('none.jsonl')).rejects.toThrow(`cannot read ${path('none.jsonl')}: no such file or directory`);
    await expect(read('.')).rejects.toThrow(`cannot read ${path('.')}: it is a directory`);
  });
});

describe('a message as a line', () => {
  test('keeps its attributes of whatever type', () => {
    const line = exportedMessage({
      MessageId: 'id',
      Attributes: { SentTimestamp: '1795316400000' },
      MessageAttributes: {
        text: { DataType: 'String.custom', StringValue: 'a' },
        count: { DataType: 'Number', StringValue: '3' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 255]) },
      },
    }, QUEUE_URL, 'body');
    expect(line.attributes).toEqual({
      text: { type: 'String.custom', value: 'a' }, count: { type: 'Number', value: '3' }, bytes: { type: 'Binary', value: 'AQL/' },
    });
    expect(toMessage(parseExportedMessage(JSON.stringify(line)))).toEqual({
      MessageId: 'id',
      Body: 'body',
      Attributes: { SentTimestamp: '1795316400000' },
      MessageAttributes: {
        text: { DataType: 'String.custom', StringValue: 'a' },
        count: { DataType: 'Number', StringValue: '3' },
        bytes: { DataType: 'Binary', BinaryValue: Buffer.from([1, 2, 255]) },
      },
    });
  });

  test('has its body, and says where that was', () => {
    const size = { DataType: 'Number', StringValue: '2000000' };
    const line = exportedMessage(
      { MessageId: 'id', Attributes: {}, Body: '[…]', MessageAttributes: { ExtendedPayloadSize: size, SQSLargePayloadSize: size } },
      QUEUE_URL, 'the body', { bucket: 'b', key: 'k' },
    );
    expect(line).toMatchObject({ body: 'the body', pointer: { bucket: 'b', key: 'k' }, sentAt: '1970-01-01T00:00:00.000Z' });
    expect(Object.keys(line.attributes)).toEqual(['ExtendedPayloadSize', 'SQSLargePayloadSize']);
    expect(toMessage(line).MessageAttributes).toEqual({});
  });

  test('is the same after any body went through a file', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { maxLength: 5 }), async (bodies) => {
      const lines = bodies.map((body, number) => lineOf(number, { body }));
      await write('any.jsonl.gz', lines, { force: true });
      expect(await read('any.jsonl.gz')).toEqual(lines);
    }), { numRuns: 30 });
  });
});
