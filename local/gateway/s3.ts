import { randomUUID } from 'node:crypto';
import type { Account } from '../account';
import { escapeXml } from './error-bodies';
import { S3EventPublisher } from './s3-events';
import {
  type GatewayResponse,
  type HttpRequest,
  type Operation,
  type Permission,
  type ServiceAdapter,
  UnsupportedError,
} from './types';

/** Query parameters that do not select another operation. */
const PLAIN = new Set([
  'continuation-token',
  'delimiter',
  'encoding-type',
  'fetch-owner',
  'list-type',
  'marker',
  'max-keys',
  'partNumber',
  'prefix',
  'start-after',
  'uploadId',
  'uploads',
  'delete',
  'encryption',
  'x-id',
]);

interface Location {
  readonly bucket: string;
  readonly key: string;
  readonly bucketArn: string;
  readonly objectArn: string;
}

interface Target extends Location {
  /** Where S3 is to copy the object from. */
  readonly source?: Location;
}

const WRITE_KEY = ['kms:GenerateDataKey'];
const MULTIPART_KEY = ['kms:GenerateDataKey', 'kms:Decrypt'];
const READ_KEY = ['kms:Decrypt'];

/** The REST protocol of S3, path style. */
export class S3Adapter implements ServiceAdapter {
  readonly name = 's3';
  readonly refusals = {
    access: { code: 'AccessDenied', status: 403 },
    keyAccess: { code: 'AccessDenied', status: 403 },
    keyMissing: { code: 'KMS.NotFoundException', status: 400 },
    unknownCredentials: { code: 'InvalidAccessKeyId', status: 403 },
    noCredentials: { code: 'AccessDenied', status: 403 },
  };

  private readonly createdObjects = new S3EventPublisher();

  parse(request: HttpRequest, account: Account): Operation {
    const url = new URL(request.url, 'http://s3');
    for (const name of url.searchParams.keys()) {
      if (!PLAIN.has(name) && !name.startsWith('response-')) throw unsupported(request, `the parameter ${name}`);
    }
    const [, bucket, ...rest] = url.pathname.split('/');
    if (!bucket) throw unsupported(request, 'a request without a bucket in its path');
    const location = { ...locationOf(bucket, rest, account), source: sourceOf(request, account) };
    if (!location.key) return bucketOperation(request, url.searchParams, location, account);
    if (url.searchParams.has('encryption')) throw unsupported(request, 'the encryption of an object');
    const operation = objectOperation(request, url.searchParams, location);
    return this.createdObjects.watch(operation, { request, query: url.searchParams, location, account });
  }

  error(code: string, message: string, status: number, request: HttpRequest): GatewayResponse {
    const body =
      `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message>`
      + `<RequestId>${randomUUID()}</RequestId></Error>`;
    return {
      status,
      headers: { 'content-type': 'application/xml' },
      body: request.method === 'HEAD' ? Buffer.alloc(0) : Buffer.from(body),
    };
  }
}

function locationOf(bucket: string, path: readonly string[], account: Account): Location {
  const key = decodeURIComponent(path.join('/'));
  const bucketArn = `arn:${account.partition}:s3:::${bucket}`;
  return { bucket, key, bucketArn, objectArn: `${bucketArn}/${key}` };
}

function sourceOf(request: HttpRequest, account: Account): Location | undefined {
  const source = request.headers['x-amz-copy-source'] as string | undefined;
  if (source === undefined) return undefined;
  if (source.includes('?')) throw unsupported(request, `copying a version, ${source}`);
  const [bucket, ...path] = source.replace(/^\//, '').split('/');
  return locationOf(bucket, path, account);
}

function objectOperation(request: HttpRequest, query: URLSearchParams, location: Target): Operation {
  const { method, headers } = request;
  const { bucketArn, objectArn, source } = location;
  const operation = (name: string, action: string, keyActions?: readonly string[]): Operation => ({
    name,
    input: {},
    permissions: [{ action, resource: objectArn }],
    ...(keyActions && { keyUse: { resource: bucketArn, actions: keyActions, keyArn: keyOfRequest(request) } }),
  });
  if (headers['x-amz-tagging'] !== undefined) throw unsupported(request, 'tagging');
  if (headers['x-amz-acl'] !== undefined) throw unsupported(request, 'ACLs');

  if (source) {
    if (query.has('uploadId')) throw unsupported(request, 'copying a part');
    return copyOperation(operation('CopyObject', 's3:PutObject', WRITE_KEY), source, request);
  }
  if (method === 'PUT' && query.has('uploadId')) return operation('UploadPart', 's3:PutObject', MULTIPART_KEY);
  if (method === 'PUT') return operation('PutObject', 's3:PutObject', WRITE_KEY);
  if (method === 'POST' && query.has('uploads')) return operation('CreateMultipartUpload', 's3:PutObject', WRITE_KEY);
  if (method === 'POST' && query.has('uploadId'))
    return operation('CompleteMultipartUpload', 's3:PutObject', MULTIPART_KEY);
  if (method === 'DELETE' && query.has('uploadId')) return operation('AbortMultipartUpload', 's3:AbortMultipartUpload');
  if (method === 'DELETE') return operation('DeleteObject', 's3:DeleteObject');
  if ((method === 'GET' || method === 'HEAD') && !query.has('uploadId')) {
    return {
      ...operation(method === 'GET' ? 'GetObject' : 'HeadObject', 's3:GetObject', READ_KEY),
      afterwards: async (answer, permits) =>
        hideMissing(answer, request, { action: 's3:ListBucket', resource: bucketArn }, permits),
    };
  }
  throw unsupported(request, 'this request on an object');
}

/** A copy is authorized as reading the one object and writing the other. */
function copyOperation(write: Operation, { bucketArn, objectArn }: Location, request: HttpRequest): Operation {
  return {
    ...write,
    permissions: [{ action: 's3:GetObject', resource: objectArn }, ...write.permissions],
    keyUse: [{ resource: bucketArn, actions: READ_KEY }, write.keyUse ?? []].flat(),
    afterwards: async (answer, permits) => hideMissing(answer, request, { action: 's3:ListBucket', resource: bucketArn }, permits),
  };
}

function bucketOperation(request: HttpRequest, query: URLSearchParams, { bucketArn }: Location, account: Account): Operation {
  const { method, body } = request;
  if (query.has('encryption')) {
    if (method !== 'GET') throw unsupported(request, 'changing the encryption');
    return {
      name: 'GetBucketEncryption',
      input: {},
      permissions: [{ action: 's3:GetEncryptionConfiguration', resource: bucketArn }],
      answer: async () => encryptionOf(account.encryption.get(bucketArn)),
    };
  }
  const prefix = query.get('prefix');
  const list = {
    action: 's3:ListBucket',
    resource: bucketArn,
    ...(prefix !== null && { context: { 's3:prefix': prefix } }),
  };
  if (method === 'HEAD') return { name: 'HeadBucket', input: {}, permissions: [list] };
  if (method === 'GET')
    return { name: query.has('list-type') ? 'ListObjectsV2' : 'ListObjects', input: {}, permissions: [list] };
  if (method === 'POST' && query.has('delete')) {
    const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => unescapeXml(key));
    return {
      name: 'DeleteObjects',
      input: {},
      permissions: keys.map((key) => ({ action: 's3:DeleteObject', resource: `${bucketArn}/${key}` })),
    };
  }
  throw unsupported(request, 'this request on a bucket');
}

/** S3 encrypts with keys of its own where none is set. */
function encryptionOf(keyArn: string | undefined): GatewayResponse {
  const rule = keyArn === undefined
    ? '<SSEAlgorithm>AES256</SSEAlgorithm>'
    : `<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>${escapeXml(keyArn)}</KMSMasterKeyID>`;
  const body =
    '<?xml version="1.0" encoding="UTF-8"?>\n<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>'
    + `<ApplyServerSideEncryptionByDefault>${rule}</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>`;
  return { status: 200, headers: { 'content-type': 'application/xml' }, body: Buffer.from(body) };
}

/** Who may not list a bucket is not told either that an object is missing. */
async function hideMissing(
  answer: GatewayResponse,
  request: HttpRequest,
  list: Permission,
  permits: (permission: Permission) => Promise<string | undefined>,
): Promise<GatewayResponse | void> {
  if (answer.status !== 404 || /NoSuchBucket/.test(answer.body.toString())) return;
  const denial = await permits(list);
  if (denial !== undefined) return new S3Adapter().error('AccessDenied', denial, 403, request);
}

function keyOfRequest({ headers }: HttpRequest): string | undefined {
  return headers['x-amz-server-side-encryption-aws-kms-key-id'] as string | undefined;
}

function unescapeXml(text: string): string {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (whole, hex, decimal, name) => {
    if (hex) return String.fromCodePoint(parseInt(hex, 16));
    return decimal ? String.fromCodePoint(Number(decimal)) : (names[name] ?? whole);
  });
}

function unsupported({ method, url }: HttpRequest, what: string): UnsupportedError {
  return new UnsupportedError(
    `the local gateway does not know ${what} (S3 ${method} ${url}): add it to local/gateway/s3.ts`,
  );
}
