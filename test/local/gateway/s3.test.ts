import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Fixture, KEY } from './fixture';

const Bucket = 'overflow';
const BUCKET = 'arn:aws:s3:::overflow';
const Key = 'dead letters/2026/ü+a&b.json';
const object = { Bucket, Key };
let fixture: Fixture;

beforeAll(async () => {
  fixture = await Fixture.start();
  await fixture.admin.s3.send(new CreateBucketCommand({ Bucket }));
});

beforeEach(() => fixture.reset());
afterAll(async () => fixture?.stop());

async function read(input = object): Promise<Buffer> {
  const { Body } = await fixture.worker.s3.send(new GetObjectCommand(input));
  return Buffer.from(await Body!.transformToByteArray());
}

test('an object of 15 MB goes in and out with the permissions for it', async () => {
  fixture.allow(['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], `${BUCKET}/dead letters/*`);
  fixture.allow('s3:ListBucket', BUCKET);
  const Body = Buffer.alloc(15_000_000, 'abc');
  await fixture.worker.s3.send(new PutObjectCommand({ ...object, Body }));
  expect(Body.equals(await read())).toBe(true);
  expect((await fixture.worker.s3.send(new HeadObjectCommand(object))).ContentLength).toBe(15_000_000);
  expect(
    (await fixture.worker.s3.send(new ListObjectsV2Command({ Bucket }))).Contents!.map((entry) => entry.Key),
  ).toEqual([Key]);
  await fixture.worker.s3.send(new DeleteObjectCommand(object));
  await expect(read()).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(fixture.account.decisions[0]).toMatchObject({ action: 's3:PutObject', resource: `${BUCKET}/${Key}` });
});

test('a missing permission is AccessDenied', async () => {
  await expect(fixture.worker.s3.send(new PutObjectCommand({ ...object, Body: 'a' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message:
      'User: arn:aws:sts::123456789012:assumed-role/Worker/local is not authorized to perform: s3:PutObject on resource: '
      + `${BUCKET}/${Key} because no identity-based policy allows the s3:PutObject action`,
    $metadata: { httpStatusCode: 403 },
  });
  await expect(fixture.worker.s3.send(new HeadObjectCommand(object))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
});

test('who may not list a bucket is not told that an object is missing', async () => {
  fixture.allow('s3:GetObject');
  await expect(read({ Bucket, Key: 'missing' })).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('s3:ListBucket'),
  });
  fixture.allow('s3:ListBucket', BUCKET);
  await expect(read({ Bucket, Key: 'missing' })).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('a multipart upload takes s3:PutObject', async () => {
  fixture.allow(['s3:PutObject', 's3:GetObject']);
  const { UploadId } = await fixture.worker.s3.send(new CreateMultipartUploadCommand(object));
  const { ETag } = await fixture.worker.s3.send(
    new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'part' }),
  );
  await fixture.worker.s3.send(
    new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } }),
  );
  expect((await read()).toString()).toBe('part');
  expect(new Set(fixture.account.decisions.map(({ action }) => action))).toEqual(
    new Set(['s3:PutObject', 's3:GetObject']),
  );
});

test('objects are deleted together only if each may be deleted', async () => {
  fixture.allow('s3:DeleteObject', `${BUCKET}/mine/*`);
  const remove = async (...keys: string[]) =>
    fixture.worker.s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((name) => ({ Key: name })) } }),
    );
  await remove('mine/a&b', 'mine/2');
  expect(fixture.account.decisions.map(({ resource }) => resource)).toEqual([`${BUCKET}/mine/a&b`, `${BUCKET}/mine/2`]);
  await expect(remove('mine/3', 'yours')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('an encrypted bucket takes kms:GenerateDataKey to write and kms:Decrypt to read', async () => {
  fixture.allow('s3:*');
  fixture.encrypt(BUCKET);
  const put = new PutObjectCommand({ ...object, Body: 'a' });
  await expect(fixture.worker.s3.send(put)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('kms:GenerateDataKey'),
  });
  fixture.allow('kms:GenerateDataKey', KEY);
  await fixture.worker.s3.send(put);
  await expect(read()).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('kms:Decrypt') });
  fixture.allow('kms:Decrypt', KEY);
  expect((await read()).toString()).toBe('a');
});

test('a bucket tells what it is encrypted with', async () => {
  fixture.allow('s3:GetEncryptionConfiguration', BUCKET);
  const rule = async () => {
    const { ServerSideEncryptionConfiguration } = await fixture.worker.s3.send(new GetBucketEncryptionCommand({ Bucket }));
    return ServerSideEncryptionConfiguration!.Rules![0].ApplyServerSideEncryptionByDefault;
  };
  expect(await rule()).toEqual({ SSEAlgorithm: 'AES256' });
  fixture.account.encryption.set(BUCKET, KEY);
  expect(await rule()).toEqual({ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KEY });
});

describe('a copy', () => {
  const Copy = 'dead-letters/parked/1.json';
  const copyOf = (key: string, from = Bucket) => {
    const CopySource = [from, ...key.split('/')].map(encodeURIComponent).join('/');
    return new CopyObjectCommand({ Bucket, Key: Copy, CopySource, MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE' });
  };
  const copy = async (key = Key) => fixture.worker.s3.send(copyOf(key));

  beforeAll(async () => {
    await fixture.admin.s3.send(new PutObjectCommand({ ...object, Body: 'original' }));
  });

  test('takes s3:GetObject of the one and s3:PutObject of the other', async () => {
    await expect(copy()).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining(`s3:GetObject on resource: ${BUCKET}/${Key}`) });
    fixture.allow('s3:GetObject', `${BUCKET}/${Key}`);
    await expect(copy()).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining(`s3:PutObject on resource: ${BUCKET}/${Copy}`) });
    fixture.allow('s3:PutObject', `${BUCKET}/${Copy}`);
    expect((await copy()).CopyObjectResult!.ETag).toBeTruthy();
    fixture.allow('s3:GetObject', `${BUCKET}/${Copy}`);
    expect((await read({ Bucket, Key: Copy })).toString()).toBe('original');
  });

  test('between encrypted buckets takes kms:Decrypt of the one and kms:GenerateDataKey of the other', async () => {
    fixture.allow('s3:*');
    fixture.encrypt(BUCKET);
    await expect(copy()).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('kms:Decrypt') });
    fixture.allow('kms:Decrypt', KEY);
    await expect(copy()).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('kms:GenerateDataKey') });
    fixture.allow('kms:GenerateDataKey', KEY);
    expect((await copy()).CopyObjectResult!.ETag).toBeTruthy();
  });

  test('of a missing object says so to those who may list its bucket', async () => {
    fixture.allow(['s3:GetObject', 's3:PutObject']);
    await expect(copy('missing')).rejects.toMatchObject({ name: 'AccessDenied', message: expect.stringContaining('s3:ListBucket') });
    fixture.allow('s3:ListBucket', BUCKET);
    await expect(copy('missing')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('of a version, or into a part, is not known', async () => {
    fixture.allow('s3:*');
    const of = { Bucket, Key: Copy, CopySource: `${Bucket}/missing?versionId=1` };
    await expect(fixture.worker.s3.send(new CopyObjectCommand(of))).rejects.toMatchObject({
      message: expect.stringContaining('does not know copying a version, overflow/missing?versionId=1'),
    });
    const part = new UploadPartCopyCommand({ Bucket, Key: Copy, CopySource: `${Bucket}/missing`, UploadId: '1', PartNumber: 1 });
    await expect(fixture.worker.s3.send(part)).rejects.toMatchObject({ message: expect.stringContaining('does not know copying a part') });
  });
});

test('credentials that no role has are invalid', async () => {
  const stranger = fixture.clients(
    fixture.gateway.endpoints,
    fixture.account.credentialsFor('arn:aws:iam::123456789012:role/Gone'),
  );
  await expect(stranger.s3.send(new GetObjectCommand(object))).rejects.toMatchObject({ name: 'InvalidAccessKeyId' });
});

test('an operation that the gateway does not know is refused', async () => {
  fixture.allow('s3:*');
  await expect(fixture.worker.s3.send(new GetObjectTaggingCommand(object))).rejects.toMatchObject({
    message: expect.stringContaining('the local gateway does not know the parameter tagging'),
    $metadata: { httpStatusCode: 501 },
  });
});

describe('an object that is created', () => {
  const told: { detail: Record<string, unknown> }[] = [];
  let leave: () => void;

  beforeAll(() => {
    leave = fixture.account.events.add({ matches: () => true, deliver: (event) => told.push(event as never) });
  });

  beforeEach(() => {
    told.length = 0;
    fixture.allow('s3:*');
    fixture.account.eventBridgeBuckets.add(Bucket);
  });

  afterEach(() => fixture.account.eventBridgeBuckets.clear());
  afterAll(() => leave());

  test('is an event, with its own key and size', async () => {
    const { ETag } = await fixture.worker.s3.send(new PutObjectCommand({ ...object, Body: 'ü' }));
    expect(told).toMatchObject([
      { detail: { bucket: { name: Bucket }, object: { key: Key, size: 2, etag: ETag!.replaceAll('"', '') }, reason: 'PutObject' } },
    ]);
  });

  test('from a stream is an event with the size of what it carries', async () => {
    const Body = Readable.from([Buffer.alloc(70_000), Buffer.alloc(30_000)]);
    await fixture.worker.s3.send(new PutObjectCommand({ ...object, Body, ContentLength: 100_000 }));
    expect(told).toMatchObject([{ detail: { object: { size: 100_000 } } }]);
  });

  test('from parts is one event', async () => {
    const { UploadId } = await fixture.worker.s3.send(new CreateMultipartUploadCommand(object));
    const Parts = [];
    for (const [index, Body] of [Buffer.alloc(5_242_880), 'end'].entries()) {
      const PartNumber = index + 1;
      const { ETag } = await fixture.worker.s3.send(new UploadPartCommand({ ...object, UploadId, PartNumber, Body }));
      Parts.push({ ETag, PartNumber });
    }
    const { ETag } = await fixture.worker.s3.send(
      new CompleteMultipartUploadCommand({ ...object, UploadId, MultipartUpload: { Parts } }),
    );
    expect(told).toMatchObject([
      { detail: { object: { key: Key, size: 5_242_883, etag: ETag!.replaceAll('"', '') }, reason: 'CompleteMultipartUpload' } },
    ]);
  });

  test('as a copy is one event', async () => {
    await fixture.worker.s3.send(new PutObjectCommand({ ...object, Body: 'a' }));
    const CopySource = [Bucket, ...Key.split('/')].map(encodeURIComponent).join('/');
    const { CopyObjectResult } = await fixture.worker.s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
    expect(told.slice(1)).toMatchObject([
      { detail: { object: { key: 'copy', etag: CopyObjectResult!.ETag!.replaceAll('"', '') }, reason: 'CopyObject' } },
    ]);
  });

  test('is no event when it could not be created', async () => {
    fixture.account.eventBridgeBuckets.add('nowhere');
    const missing = { ...object, Bucket: 'nowhere' };
    await expect(fixture.worker.s3.send(new PutObjectCommand({ ...missing, Body: 'a' }))).rejects.toMatchObject({ name: 'NoSuchBucket' });
    const late = new CompleteMultipartUploadCommand({ ...object, UploadId: 'none', MultipartUpload: { Parts: [{ ETag: 'e', PartNumber: 1 }] } });
    await expect(fixture.worker.s3.send(late)).rejects.toMatchObject({ name: 'NoSuchUpload' });
    const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/missing` });
    await expect(fixture.worker.s3.send(copy)).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(told).toEqual([]);
  });

  test('is no event in a bucket that does not tell EventBridge', async () => {
    fixture.account.eventBridgeBuckets.clear();
    await fixture.worker.s3.send(new PutObjectCommand({ ...object, Body: 'a' }));
    expect(told).toEqual([]);
  });
});
