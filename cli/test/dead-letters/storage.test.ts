import type { S3Client } from '@aws-sdk/client-s3';
import { LostBodyError } from '../../../lambda/shared/dead-letter/object-reader';
import { bodyReader } from '../../dead-letters/storage';

const OPERATOR = 'arn:aws:sts::123456789012:assumed-role/Operator/mia';

function read(error: Error): Promise<string> {
  const client = { send: () => Promise.reject(error) } as unknown as S3Client;
  return bodyReader({ s3: async () => client }).read('overflow', 'a.json', new AbortController().signal);
}

const denied = (message: string) => Object.assign(new Error(message), { name: 'AccessDenied' });
const notAuthorized = (action: string) => denied(`User: ${OPERATOR} is not authorized to perform: ${action} on resource: x`);

describe('a body that must not be read is lost, and no other', () => {
  test.each([
    ['what S3 says of a missing object to who may not list', notAuthorized('s3:ListBucket'),
      's3://overflow/a.json must be there and yours to read: without s3:ListBucket S3 says the same of both'],
    ['what S3 says to who is of another account', denied('Access Denied'),
      's3://overflow/a.json must be there and yours to read: without s3:ListBucket S3 says the same of both'],
    ['an object', notAuthorized('s3:GetObject'), 's3://overflow/a.json must be yours to read, which takes s3:GetObject, as "policy --read" prints it'],
    ['the key of an object', notAuthorized('kms:Decrypt'), 's3://overflow/a.json must be yours to read, which takes kms:Decrypt, as "policy --read" prints it'],
  ])('%s', async (_, error, rule) => {
    const thrown: unknown = await read(error).catch((reason: unknown) => reason);
    expect(thrown).toBeInstanceOf(LostBodyError);
    expect(thrown).toEqual(new LostBodyError(rule, `AccessDenied: ${error.message}`));
  });
});

test.each(['ExpiredToken', 'SlowDown', 'KMS.DisabledException'])('what is not about one body is let out: %s', async (name) => {
  const error = Object.assign(new Error('no'), { name });
  await expect(read(error)).rejects.toBe(error);
});
