import type { KinesisStreamRecord } from 'aws-lambda';
import { aggregateOf } from '../support/aggregates';
import { batchIn, PlainSession, recordsOf, sortedTexts } from './plain-session';
import { messagesIn } from './queue';

const user = (name: string, bytes: readonly number[]) =>
  ({ partitionKey: `user-${name}`, data: Buffer.concat([Buffer.from(`${name} `), Buffer.from(bytes)]) });

/** Bytes that are no UTF-8, a KPL aggregate, an empty text and a good record, all in one batch. */
const RECORDS = [
  { key: 'binary', data: Buffer.from([...Buffer.from('poison-binary '), 0, 255, 254, 0xc3, 0x28, 0xed, 0xa0, 0x80]) },
  { key: 'aggregate', data: aggregateOf(user('poison-user-0', [0, 255]), user('poison-user-1', [0xc0, 0xaf]), user('poison-user-2', [])) },
  { key: '\u20ac \ud83d\ude00 "key"', data: Buffer.from('poison-text \u20ac \ud83d\ude00\n"{}"') },
  { key: 'good', data: Buffer.from('good') },
];

describe.each([
  ['reads through an enhanced fan-out consumer', true],
  ['reads the stream itself', false],
])('a mapping that %s, with a stream and a queue that have a KMS key', (_, hasConsumer) => {
  let session: PlainSession;

  beforeAll(async () => {
    session = await PlainSession.start({ hasConsumer, isEncrypted: true, mapping: { batchSize: 10, bisectBatchOnError: false } });
    // An aggregate as it is begins with other bytes than its user records: it fails beside them.
    session.processor.setBugs({ throw: ['poison', ''] });
    await session.put(RECORDS);
    await session.pipeline.settle();
  });

  afterAll(async () => session?.stop());

  it('has its failed records read from the stream, as the processor received them', async () => {
    const { exitCode, document } = await session.tool.json('rescue', '--queue', session.queueUrl);
    expect([exitCode, document.counts.complete, document.failures]).toEqual([0, document.failures, document.failures]);
    const deadLetters = session.deadLettersIn('rescued.jsonl');
    for (const deadLetter of deadLetters) {
      expect(batchIn(deadLetter).streamArn).toMatch(hasConsumer ? /:stream\/[^/]+\/consumer\/orders:\d+$/ : /:stream\/[^/]+$/);
    }
    expect(document.streams.map(({ streamArn }: { streamArn: string }) => streamArn)).toEqual([session.streamArn]);
    const records = deadLetters.flatMap(recordsOf);
    expect(sortedTexts(records)).toEqual(sortedTexts(session.failedRecords));
    expect(records).toHaveLength(hasConsumer ? 6 : 4);
    expect(await messagesIn(session.clients.sqs, session.queueUrl)).toEqual({ visible: document.failures, inFlight: 0 });
  });

  it('gets them again, byte for byte', async () => {
    session.processor.fix();
    const failed = session.failedRecords;
    const { exitCode } = await session.tool.run('redrive', '--from', 'rescued.jsonl', '--yes');
    const processed = session.processor.processedEvents.flatMap(({ Records }) => Records) as typeof failed;
    expect(exitCode).toBe(0);
    expect(sortedTexts(processed)).toEqual(sortedTexts(failed));
    expect(session.pipeline.cloud.account.denials).toEqual([]);
  });

  it('gets them again from the stream, byte for byte', async () => {
    const before = session.processor.processedEvents.length;
    const { exitCode } = await session.tool.run('redrive', '--from', 'rescued.jsonl', '--to-stream', '--yes');
    await session.pipeline.settle();
    expect(exitCode).toBe(0);
    const sent = session.processor.processedEvents.slice(before).flatMap(({ Records }) => Records);
    const texts = (records: readonly object[]) =>
      (records as KinesisStreamRecord[]).map(({ kinesis: { data, partitionKey } }) => `${partitionKey} ${data}`).sort();
    expect(texts(sent)).toEqual(texts(session.failedRecords));
  });
});
