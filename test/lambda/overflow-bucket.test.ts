import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { deadLetter } from '../../lambda/dead-letter';
import { OverflowBucket } from '../../lambda/overflow-bucket';
import { callOptions } from '../support/call-options';
import { failureRecord } from '../support/records';
import 'aws-sdk-client-mock-jest';

const ID = 'd51cd6d9680d2472982c44618e99e8d8';
const KEY = `dead-letters/2026/11/21/${ID}.json`;
const letter = deadLetter(failureRecord(), { records: [], hasStart: true, hasEnd: true });
const { signal } = new AbortController();

const s3 = mockClient(S3Client);
beforeEach(() => void s3.reset().onAnyCommand().resolves({}));

const put = (it = letter, body = '{}') => new OverflowBucket(new S3Client({}), 'overflow').put(it, body, signal);
const refusal = (name: string) => new S3ServiceException({ name, $fault: 'client', $metadata: {}, message: 'no' });

describe('the object of a dead letter', () => {
  test('is its body to the byte, and is written only where there is none yet', async () => {
    await put(letter, '{"text":"aä€😀\\uffff"}');
    expect(s3).toHaveReceivedCommandTimes(PutObjectCommand, 1);
    expect(s3).toHaveReceivedCommandWith(PutObjectCommand, {
      Bucket: 'overflow',
      Key: KEY,
      Body: Buffer.from('{"text":"aä€😀\\uffff"}', 'utf8'),
      ContentType: 'application/json',
      IfNoneMatch: '*',
    });
  });

  test('is written with the time that is left', async () => {
    await put();
    expect(callOptions(s3.call(0))).toEqual({ abortSignal: signal });
  });

  test('has the day of the failure in its key, in UTC', async () => {
    const keys = ['2026-11-21T23:59:59.999Z', '2026-11-22T00:30:00+01:00', '2026-01-02T03:04:05Z'].map(async (timestamp) => {
      const [, { s3Key }] = JSON.parse(await put({ ...letter, timestamp }));
      return s3Key;
    });
    expect(await Promise.all(keys)).toEqual([
      `dead-letters/2026/11/21/${ID}.json`,
      `dead-letters/2026/11/21/${ID}.json`,
      `dead-letters/2026/01/02/${ID}.json`,
    ]);
  });
});

describe('the pointer to a dead letter', () => {
  test('is in the format of the Extended Client', async () => {
    expect(await put()).toBe(`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"overflow","s3Key":"${KEY}"}]`);
  });

  test('is the same for the same notification, whatever was found the second time', async () => {
    const again = deadLetter(failureRecord(), { records: [{}], hasStart: false, hasEnd: true });
    expect(await put(again, '[]')).toBe(await put());
  });

  test('is given where the object is there already: what was found first stays', async () => {
    s3.on(PutObjectCommand).rejects(refusal('PreconditionFailed'));
    expect(JSON.parse(await put())).toEqual([expect.any(String), { s3BucketName: 'overflow', s3Key: KEY }]);
    expect(s3).toHaveReceivedCommandTimes(PutObjectCommand, 1);
  });

  test.each<[string, Error]>([
    ['AccessDenied', refusal('AccessDenied')],
    ['NoSuchBucket', refusal('NoSuchBucket')],
    ['ConditionalRequestConflict', refusal('ConditionalRequestConflict')],
    ['SlowDown', refusal('SlowDown')],
    ['an error that only bears the name', Object.assign(new Error('no'), { name: 'PreconditionFailed' })],
  ])('is not given where S3 refuses the object: %s', async (_, error) => {
    s3.on(PutObjectCommand).rejects(error);
    await expect(put()).rejects.toBe(error);
  });
});
