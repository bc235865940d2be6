import { CopyObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { ParkedBodies } from '../../../lambda/redrive/parked-bodies';
import { pointerTo } from '../../../lambda/shared/dead-letter/pointer';
import { callOptions } from '../../support/call-options';
import 'aws-sdk-client-mock-jest';

const { signal } = new AbortController();
const s3 = mockClient(S3Client);
beforeEach(() => void s3.reset().onAnyCommand().resolves({}));

const copy = async (key = 'dead-letters/a.json') =>
  new ParkedBodies(new S3Client({}), 'overflow').copy({ bucket: 'captures', key, bytes: 5 }, 'dead-letters/parked/1.json', signal);

test('S3 copies a body, without its tags', async () => {
  expect(await copy()).toEqual(pointerTo('overflow', 'dead-letters/parked/1.json', 5));
  expect(s3).toHaveReceivedCommandTimes(CopyObjectCommand, 1);
  expect(s3.call(0).args[0].input).toEqual({
    Bucket: 'overflow',
    Key: 'dead-letters/parked/1.json',
    CopySource: 'captures/dead-letters/a.json',
    ContentType: 'application/json',
    MetadataDirective: 'REPLACE',
    TaggingDirective: 'REPLACE',
  });
  expect(callOptions(s3.call(0))).toEqual({ abortSignal: signal });
});

test('the key of a body can have any characters', async () => {
  await copy('aws/lambda/ü+a b?c#d/e%2Ff.json');
  expect((s3.call(0).args[0] as CopyObjectCommand).input.CopySource).toBe('captures/aws/lambda/%C3%BC%2Ba%20b%3Fc%23d/e%252Ff.json');
});

test('an error of S3 is thrown', async () => {
  const gone = Object.assign(new Error('no'), { name: 'NoSuchKey' });
  s3.on(CopyObjectCommand).rejects(gone);
  await expect(copy()).rejects.toMatchObject({ name: 'NoSuchKey' });
});
