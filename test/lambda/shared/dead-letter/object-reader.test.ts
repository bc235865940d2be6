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

test('an object is read as text, within the remaining time', async () => {
  s3.on(GetObjectCommand).resolves(object('{"a":', '"€"}'));
  expect(await read(11)).toBe('{"a":"€"}');
  expect(s3).toHaveReceivedCommandWith(GetObjectCommand, { Bucket: 'overflow', Key: 'a.json' });
  expect(callOptions(s3.call(0))).toEqual({ abortSignal: signal });
});

test('an object of exactly the limit is read', async () => {
  s3.on(GetObjectCommand).resolves(object('12345', '67890'));
  expect(await read(10)).toBe('1234567890');
});

describe('a body is lost when its object', () => {
  test('exceeds the limit by one byte', async () => {
    s3.on(GetObjectCommand).resolves(object('12345', '67890', 'x'));
    await expect(read(10)).rejects.toThrow(
      new LostBodyError('s3://overflow/a.json must have at most 10 bytes to fit into memory', 'more'),
    );
  });

  test('is not UTF-8', async () => {
    s3.on(GetObjectCommand).resolves(object(Buffer.from([0xff, 0xfe])));
    await expect(read()).rejects.toThrow(new LostBodyError('s3://overflow/a.json must be UTF-8', '2 bytes of something else'));
  });

  test.each(['NoSuchKey', 'NoSuchBucket'])('does not exist: %s', async (name) => {
    s3.on(GetObjectCommand).rejects(refusal(name));
    await expect(read()).rejects.toThrow(new LostBodyError('s3://overflow/a.json must exist', `${name}: no`));
    await expect(read()).rejects.toBeInstanceOf(LostBodyError);
  });
});

test.each(['AccessDenied', 'SlowDown', 'KMS.DisabledException'])('any other error is thrown, because it can be transient or fixed: %s', async (name) => {
  const error = refusal(name);
  s3.on(GetObjectCommand).rejects(error);
  await expect(read()).rejects.toBe(error);
});
