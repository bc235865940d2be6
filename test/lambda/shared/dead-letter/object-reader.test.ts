import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { LostBodyError, S3ObjectReader } from '../../../../lambda/shared/dead-letter/object-reader';
import { callOptions } from '../../../support/call-options';
import { object } from '../../../support/captured';
import 'aws-sdk-client-mock-jest';

const { signal } = new AbortController();
const s3 = mockClient(S3Client);
beforeEach(() => void s3.reset());

const read = (maxBytes = 10) => new S3ObjectReader(new S3Client({}), maxBytes).read('overflow', 'a.json', signal);
const refusal = (name: string) => new S3ServiceException({ name, $fault: 'client', $metadata: {}, message: 'no' });

test('an object is read as text, with the time that is left', async () => {
  s3.on(GetObjectCommand).resolves(object('{"a":', '"€"}'));
  expect(await read(11)).toBe('{"a":"€"}');
  expect(s3).toHaveReceivedCommandWith(GetObjectCommand, { Bucket: 'overflow', Key: 'a.json' });
  expect(callOptions(s3.call(0))).toEqual({ abortSignal: signal });
});

test('an object of just the limit is read', async () => {
  s3.on(GetObjectCommand).resolves(object('12345', '67890'));
  expect(await read(10)).toBe('1234567890');
});

describe('a body is lost where its object', () => {
  test('is over the limit by a byte', async () => {
    s3.on(GetObjectCommand).resolves(object('12345', '67890', 'x'));
    await expect(read(10)).rejects.toThrow(
      new LostBodyError('s3://overflow/a.json must have at most 10 bytes, what there is memory for', 'more'),
    );
  });

  test('is no text', async () => {
    s3.on(GetObjectCommand).resolves(object(Buffer.from([0xff, 0xfe])));
    await expect(read()).rejects.toThrow(new LostBodyError('s3://overflow/a.json must be UTF-8', '2 bytes of something else'));
  });

  test.each(['NoSuchKey', 'NoSuchBucket'])('is not there: %s', async (name) => {
    s3.on(GetObjectCommand).rejects(refusal(name));
    await expect(read()).rejects.toThrow(new LostBodyError('s3://overflow/a.json must be there', `${name}: no`));
    await expect(read()).rejects.toBeInstanceOf(LostBodyError);
  });
});

test.each(['AccessDenied', 'SlowDown', 'KMS.DisabledException'])('what may pass, or be mended, is let out: %s', async (name) => {
  const error = refusal(name);
  s3.on(GetObjectCommand).rejects(error);
  await expect(read()).rejects.toBe(error);
});
