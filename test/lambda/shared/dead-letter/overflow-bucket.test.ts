import { PutObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { toDeadLetter } from '../../../../lambda/shared/dead-letter/dead-letter';
import { batchOf } from '../../../../lambda/shared/dead-letter/failure-record';
import { OverflowBucket } from '../../../../lambda/shared/dead-letter/overflow-bucket';
import { callOptions } from '../../../support/call-options';
import { failureRecord } from '../../../support/records';
import 'aws-sdk-client-mock-jest';

const ID = 'd51cd6d9680d2472982c44618e99e8d8';
const KEY = `dead-letters/1a2b3c4d/2026/11/21/${ID}.json`;
const found = (count: number) => Array.from({ length: count }, (_, index) => ({ index }));
const whole = { hasStart: true, hasEnd: true };
const deadLetter = toDeadLetter(failureRecord(), { records: found(batchOf(failureRecord()).batchSize), ...whole });
const { signal } = new AbortController();

const s3 = mockClient(S3Client);
beforeEach(() => void s3.reset().onAnyCommand().resolves({}));

const put = (it = deadLetter, body = '{}') => new OverflowBucket(new S3Client({}), 'overflow', 'dead-letters/1a2b3c4d/').keep(it, body, signal);
const refusal = (name: string) => new S3ServiceException({ name, $fault: 'client', $metadata: {}, message: 'no' });

describe('the object of a dead letter', () => {
  test('is its body to the byte', async () => {
    await put(deadLetter, '{"text":"aä€😀\\uffff"}');
    expect(s3).toHaveReceivedCommandTimes(PutObjectCommand, 1);
    expect(s3).toHaveReceivedCommandWith(PutObjectCommand, {
      Bucket: 'overflow',
      Key: KEY,
      Body: Buffer.from('{"text":"aä€😀\\uffff"}', 'utf8'),
      ContentType: 'application/json',
    });
  });

  test('is written within the remaining time', async () => {
    await put();
    expect(callOptions(s3.call(0))).toEqual({ abortSignal: signal });
  });

  test('has the day of the failure in its key, in UTC', async () => {
    const keys = ['2026-11-21T23:59:59.999Z', '2026-11-22T00:30:00+01:00', '2026-01-02T03:04:05Z'].map(async (timestamp) => {
      const [, { s3Key }] = JSON.parse((await put({ ...deadLetter, timestamp })).text);
      return s3Key;
    });
    expect(await Promise.all(keys)).toEqual([
      `dead-letters/1a2b3c4d/2026/11/21/${ID}.json`,
      `dead-letters/1a2b3c4d/2026/11/21/${ID}.json`,
      `dead-letters/1a2b3c4d/2026/01/02/${ID}.json`,
    ]);
  });
});

describe('the pointer to a dead letter', () => {
  test('is in the format of the Extended Client', async () => {
    expect(await put(deadLetter, '"€"')).toEqual({
      text: `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"overflow","s3Key":"${KEY}"}]`,
      bytes: 5,
    });
  });

  const keyOf = async (...args: Parameters<typeof put>) => JSON.parse((await put(...args)).text)[1].s3Key as string;

  test('is the same for every notification that found the whole range', async () => {
    const superset = toDeadLetter(failureRecord(), { records: found(9), ...whole });
    expect(await keyOf(deadLetter, '{}')).toBe(KEY);
    expect(await keyOf(superset, '[]')).toBe(KEY);
  });

  test.each([
    ['partial-2', { records: found(2), hasStart: false, hasEnd: true }],
    ['unreadable-1', { records: found(1), hasStart: true, hasEnd: false, unreadable: true }],
  ])('refers to its own object when fewer records were found: %s', async (suffix, reading) => {
    expect(await keyOf(toDeadLetter(failureRecord(), reading))).toMatch(new RegExp(`^${KEY.replace('.json', '')}-${suffix}-[\\da-f]{16}\\.json$`));
  });

  test.each<[string, Error]>([
    ['AccessDenied', refusal('AccessDenied')],
    ['NoSuchBucket', refusal('NoSuchBucket')],
    ['SlowDown', refusal('SlowDown')],
    ['no connection', Object.assign(new Error('no'), { name: 'TimeoutError' })],
  ])('is not returned when S3 rejects the object: %s', async (_, error) => {
    s3.on(PutObjectCommand).rejects(error);
    await expect(put()).rejects.toBe(error);
  });
});
