import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { PlainSession, recordsOf, sortedTexts } from './plain-session';
import { Tool } from './tool';

const PREFIX = 'aws/lambda/';
/** More than two pages of a listing. */
const COPIES = 2_100;

describe.each(['string', 'object'] as const)('what Lambda wrote to an S3 OnFailure destination, with the payload as %s', (s3Payload) => {
  let session: PlainSession;
  let bucket: string;

  beforeAll(async () => {
    session = await PlainSession.start({ destination: 'bucket', s3Payload, isEncrypted: true, mapping: { batchSize: 2, bisectBatchOnError: false } });
    bucket = session.outputs.BucketName;
    const dataOf = (index: number) => Buffer.from([...Buffer.from(`poison-${index} `), 0, 255, 0xc3]);
    await session.put(Array.from({ length: 7 }, (_, index) => ({ key: `${index}`, data: dataOf(index) })));
    await session.pipeline.settle();
  });

  afterAll(async () => session?.stop());

  const put = async (Key: string, body: string | Buffer) =>
    session.clients.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Buffer.from(body) }));
  const decisions = () => session.pipeline.cloud.account.decisions;
  const objects = async () => (await session.clients.s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: PREFIX }))).KeyCount!;

  it('is rescued as it is: every record, and no stream is read', async () => {
    const begin = decisions().length;
    const { exitCode, document } = await session.tool.json('rescue', '--from', `s3://${bucket}/${PREFIX}`);
    const actions = decisions().slice(begin).filter(({ principal }) => principal === session.tool.roleArn).map(({ action }) => action);
    expect([...new Set(actions)].sort()).toEqual(['kinesis:DescribeStreamSummary', 'kms:Decrypt', 's3:GetObject', 's3:ListBucket']);
    expect([exitCode, document.counts.complete, document.others]).toEqual([0, await objects(), 0]);
    expect(sortedTexts(session.deadLettersIn('rescued.jsonl').flatMap(recordsOf))).toEqual(sortedTexts(session.failedRecords));
  });

  it('is sent again byte for byte', async () => {
    session.processor.fix();
    expect((await session.tool.run('redrive', '--from', 'rescued.jsonl', '--yes')).exitCode).toBe(0);
    const processed = session.processor.processedEvents.flatMap(({ Records }) => Records) as typeof session.failedRecords;
    expect(sortedTexts(processed)).toEqual(sortedTexts(session.failedRecords));
  });

  it('is found among other objects, which are named and not printed', async () => {
    await put(`${PREFIX}folder/`, '');
    await put(`${PREFIX}report.csv`, 'SECRET;1');
    // Not UTF-8.
    await put(`${PREFIX}image.png`, Buffer.from([0x89, 0x50, 0xff, 0x00]));
    await put('elsewhere/order.json', '{"order":"SECRET"}');
    const { exitCode, stdout, stderr } = await session.tool.run('rescue', '--from', `s3://${bucket}`, '--to-file', 'all.jsonl');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('3 entries are not failure records:');
    expect(stderr).toContain(`s3://${bucket}/${PREFIX}report.csv: `);
    expect(`${stdout}${stderr}`).not.toContain('SECRET');
    expect(session.linesOf('all.jsonl').map(({ body }) => body).sort()).toEqual(session.linesOf('rescued.jsonl').map(({ body }) => body).sort());
  });

  it('writes no file where a prefix has nothing', async () => {
    const { exitCode, stdout, stderr } = await session.tool.run('rescue', '--from', `s3://${bucket}/none/`, '--to-file', 'none.jsonl');
    expect([exitCode, session.has('none.jsonl')]).toEqual([0, false]);
    expect(`${stdout}${stderr}`).toContain('0 failed batches');
  });

  it('is refused, and not passed over, without the permission to read an object', async () => {
    const actions = ['s3:ListBucket', 'kinesis:*', 'kms:*'];
    const Statement = actions.map((Action) => ({ Effect: 'Allow' as const, Action, Resource: '*' }));
    const tool = new Tool(session.pipeline.cloud.operator({ Statement }, 'NoObjects'));
    const { exitCode, stdout, stderr } = await tool.run('rescue', '--from', `s3://${bucket}/${PREFIX}`);
    tool.remove();
    expect(exitCode).toBe(3);
    expect(`${stdout}${stderr}`).toContain('not allowed: s3:GetObject');
  });
});

describe('a bucket of thousands of objects', () => {
  let session: PlainSession;

  beforeAll(async () => {
    session = await PlainSession.start({ destination: 'bucket' });
    await session.put([{ key: 'a', data: Buffer.from('poison') }]);
    await session.pipeline.settle();
  });

  afterAll(async () => session?.stop());

  it('is read page by page, to the last object', async () => {
    const { s3 } = session.clients;
    const Bucket = session.outputs.BucketName;
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: PREFIX }));
    expect(Contents).toHaveLength(1);
    await session.tool.run('rescue', '--from', `s3://${Bucket}/${PREFIX}`);
    const [deadLetter] = session.deadLettersIn('rescued.jsonl');
    const { hydration: _, payload, ...failure } = deadLetter;
    for (let start = 0; start < COPIES; start += 50) {
      await Promise.all(Array.from({ length: 50 }, async (__, index) => s3.send(new PutObjectCommand({
        Bucket, Key: `many/${String(start + index).padStart(5, '0')}`,
        Body: JSON.stringify({ ...failure, timestamp: new Date(1_700_000_000_000 + start + index).toISOString(), payload: JSON.stringify(payload) }),
      }))));
    }
    const { exitCode, document } = await session.tool.json('rescue', '--from', `s3://${Bucket}/many/`, '--to-file', 'many.jsonl');
    expect([exitCode, document.failures, document.counts.complete, document.others]).toEqual([0, COPIES, COPIES, 0]);
    expect(new Set(session.linesOf('many.jsonl').map(({ messageId }) => messageId)).size).toBe(COPIES);
  });
});
