import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { type FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { peekMessages } from '../../local/queue-messages';
import { PlainSession, recordsOf, sortedTexts } from './plain-session';

const POISON = Array.from({ length: 5 }, (_, index) => `poison-${index}`);
const PIPE = 'arn:aws:pipes:us-east-1:123456789012:pipe/orders';

describe('failure records that somebody has in a file', () => {
  let session: PlainSession;
  let failures: FailureRecord[];
  let texts: string[];

  beforeAll(async () => {
    session = await PlainSession.start();
    await session.put(POISON.map((name) => ({ key: name, data: Buffer.from(`${name} \u20ac`) })));
    await session.pipeline.settle();
    texts = (await peekMessages(session.clients.sqs, session.queueUrl)).map(({ Body }) => Body!);
    failures = texts.map((text) => JSON.parse(text) as FailureRecord);
    expect(failures).toHaveLength(POISON.length);
    expect((await session.tool.run('rescue', '--queue', session.queueUrl)).exitCode).toBe(0);
  });

  afterAll(async () => session?.stop());

  const recordsIn = (file: string) => sortedTexts(session.deadLettersIn(file).flatMap(recordsOf));

  /** A response of SQS as the AWS CLI prints it. */
  async function received(): Promise<string> {
    const { Messages } = await session.clients.sqs.send(new ReceiveMessageCommand({
      QueueUrl: session.queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0, MessageSystemAttributeNames: ['All'],
    }));
    return JSON.stringify({ Messages }, null, 4);
  }

  async function exported(): Promise<string> {
    await session.tool.run('export', '--queue', session.queueUrl, 'exported.jsonl');
    return session.read('exported.jsonl');
  }

  const FORMS: readonly (readonly [string, () => Promise<string | Buffer> | string | Buffer])[] = [
    ['what "aws sqs receive-message" prints', received],
    ['what "export" writes', exported],
    ['a JSON array', () => JSON.stringify(failures)],
    ['a JSON array on many lines, with a byte order mark', () => `\ufeff${JSON.stringify(failures, null, 2)}`],
    ['JSON Lines', () => texts.join('\n')],
    ['JSON Lines that end in CRLF, with a byte order mark and empty lines', () => `\ufeff${texts.join('\r\n\r\n')}\r\n`],
    ['compressed JSON Lines', () => gzipSync(texts.join('\n'))],
    ['JSON Lines among which one has 5 million characters of something else', () => [texts[0], 'x'.repeat(5_000_000), ...texts.slice(1)].join('\n')],
    ['records of EventBridge Pipes', () => failures.map((failure) => JSON.stringify(ofPipe(failure))).join('\n')],
  ];

  it.each(FORMS)('are found in %s', async (form, contentOf) => {
    const place = FORMS.findIndex(([name]) => name === form);
    const content = await contentOf();
    const file = session.write(`from-${place}.json${Buffer.isBuffer(content) ? '.gz' : ''}`, content);
    const { exitCode, document, stderr } = await session.tool.json('rescue', '--from', file, '--to-file', `to-${place}.jsonl`);
    expect({ exitCode, complete: document.counts?.complete, stderr }).toMatchObject({ exitCode: 0, complete: POISON.length });
    expect(recordsIn(`to-${place}.jsonl`)).toEqual(recordsIn('rescued.jsonl'));
  });

  /** As the EventBridge guide and dead letters of pipes have it. */
  function ofPipe({ requestContext: { condition }, version, timestamp, KinesisBatchInfo }: FailureRecord) {
    return { context: { partnerResourceArn: PIPE, condition }, version, timestamp, KinesisBatchInfo };
  }

  it('of a pipe are rescued from its queue, and redrive says where to send them', async () => {
    const queue = await session.queueOf(failures.map((failure) => JSON.stringify(ofPipe(failure))));
    const { exitCode, document } = await session.tool.json('rescue', '--queue', queue, '--to-file', 'pipe.jsonl');
    expect([exitCode, document.counts.complete]).toEqual([0, POISON.length]);
    const redrive = await session.tool.run('redrive', '--from', 'pipe.jsonl', '--yes');
    expect(redrive.exitCode).toBe(1);
    expect(redrive.stderr.replace(/\s+/g, ' ')).toContain('is an EventBridge pipe, which cannot be invoked: --function NAME');
    expect(session.processor.processed).toEqual([]);
  });

  it('of a pipe are sent again to a function, byte for byte', async () => {
    session.processor.fix();
    const [{ physicalId: name }] = [...session.pipeline.stacks[0].resources.values()].filter(({ type }) => type === 'AWS::Lambda::Function');
    const { exitCode, stdout, stderr } = await session.tool.run('redrive', '--from', 'pipe.jsonl', '--function', name, '--yes');
    expect({ exitCode, stdout, stderr }).toMatchObject({ exitCode: 0 });
    const processed = session.processor.processedEvents.flatMap(({ Records }) => Records) as typeof session.failedRecords;
    expect(sortedTexts(processed)).toEqual(recordsIn('pipe.jsonl'));
    expect([...session.processor.processed].sort()).toEqual(POISON);
  });

  it.each<readonly [string, () => string, number, string]>([
    ['a missing file', () => 'missing.json', 2, 'cannot read missing.json: no such file or directory'],
    ['a directory', () => {
      mkdirSync(join(session.tool.folder, 'folder'));
      return 'folder';
    }, 2, 'folder'],
    ['a file that is no gzip', () => session.write('text.gz', 'text'), 2, 'text.gz'],
    ['an empty file', () => session.write('empty.json', ''), 0, '0 failed batches in empty.json'],
    ['a file with a byte order mark alone', () => session.write('mark.json', '\ufeff'), 0, '0 failed batches in mark.json'],
    ['an empty response of SQS', () => session.write('none.json', '{}'), 0, '0 failed batches in none.json'],
  ])('are not found in %s, and the tool says so', async (_, make, code, words) => {
    const { exitCode, stdout, stderr } = await session.tool.run('rescue', '--from', make(), '--to-file', 'nothing.jsonl');
    expect({ exitCode, output: `${stdout}${stderr}` }).toEqual({ exitCode: code, output: expect.stringContaining(words) });
    expect(session.has('nothing.jsonl')).toBe(false);
  });
});
