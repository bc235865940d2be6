import { createServer, ServerResponse } from 'node:http';
import { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetObjectCommand, S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { CaptureBucket } from '../../../lambda/capture/capture-bucket';
import { UndeliverableError } from '../../../lambda/shared/dead-letter/undeliverable-error';
import { callOptions } from '../../support/call-options';
import { BUCKET, KEY, LOCATION, object } from '../../support/captured';
import 'aws-sdk-client-mock-jest';

jest.mock('node:timers/promises', () => ({ setTimeout: jest.fn(async () => undefined) }));

const { signal } = new AbortController();
const pauses = () => jest.mocked(sleep).mock.calls;
beforeEach(() => void jest.mocked(sleep).mockClear());

const read = (client: S3Client, { maxBytes = 1_000, until = signal } = {}) =>
  new CaptureBucket(client, { name: BUCKET, maxBytes }).read(KEY, until);

const refusal = (name: string, httpStatusCode: number) =>
  new S3ServiceException({ name, $fault: 'client', $metadata: { httpStatusCode }, message: 'no' });
const missing = () => refusal('NoSuchKey', 404);

describe('an object', () => {
  const s3 = mockClient(S3Client);
  beforeEach(() => void s3.reset());
  afterAll(() => s3.restore());
  const client = new S3Client({});

  test('is read as text, in any number of chunks', async () => {
    const bytes = Buffer.from('{"text":"aä€😀"}');
    s3.on(GetObjectCommand).resolves(object(...[...bytes].map((byte) => Buffer.of(byte))));
    expect((await read(client)).text).toBe('{"text":"aä€😀"}');
    expect(s3).toHaveReceivedCommandTimes(GetObjectCommand, 1);
    expect(s3).toHaveReceivedCommandWith(GetObjectCommand, { Bucket: BUCKET, Key: KEY });
    expect(callOptions(s3.call(0))).toEqual({ abortSignal: signal });
  });

  test('is the target of the pointer, with its size: nothing is copied', async () => {
    s3.on(GetObjectCommand).resolves(object('"€"'));
    expect(await (await read(client)).keep()).toEqual({
      text: `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"${BUCKET}","s3Key":"${KEY}"}]`,
      bytes: 5,
    });
    expect(s3.calls()).toHaveLength(1);
  });

  test('may have as many bytes as fit into memory', async () => {
    s3.on(GetObjectCommand).resolves(object('12345', '67890'));
    expect((await read(client, { maxBytes: 10 })).text).toBe('1234567890');
  });

  test('with more bytes has its own error and is not read to its end', async () => {
    const answer = object('12345', '67890', '1', '2', '3');
    s3.on(GetObjectCommand).resolves(answer);
    const error = await read(client, { maxBytes: 10 }).catch((it) => it);
    expect(error).toBeInstanceOf(UndeliverableError);
    expect(error.message).toBe(
      'not an object that can be read: it must have at most 10 bytes to fit into memory; raise `memorySize`, got: "more"',
    );
    expect(answer.Body).toMatchObject({ destroyed: true });
    expect(pauses()).toEqual([]);
  });

  test('that is not UTF-8 is not an object that Lambda wrote', async () => {
    s3.on(GetObjectCommand).resolves(object(Buffer.of(0x22, 0xff, 0x22)));
    const error = await read(client).catch((it) => it);
    expect(error).toBeInstanceOf(UndeliverableError);
    expect(error.message).toBe('not an object that Lambda wrote: it must be UTF-8, got: "3 bytes of something else"');
  });
});

describe('an object that is not there yet', () => {
  const s3 = mockClient(S3Client);
  beforeEach(() => void s3.reset());
  afterAll(() => s3.restore());
  const client = new S3Client({});

  test.each([
    ['missing', missing()],
    ['hidden from a role that may not list', refusal('AccessDenied', 403)],
  ])('is waited for with growing pauses: %s', async (_, error) => {
    s3.on(GetObjectCommand).rejectsOnce(error).rejectsOnce(error).rejectsOnce(error).resolves(object('"here"'));
    expect((await read(client)).text).toBe('"here"');
    expect(pauses()).toEqual([200, 400, 800].map((millis) => [millis, undefined, { signal }]));
  });

  test('fails after some seconds, with the error of S3', async () => {
    const error = missing();
    s3.on(GetObjectCommand).rejects(error);
    await expect(read(client)).rejects.toMatchObject({ message: `${LOCATION} cannot be read: NoSuchKey: no`, cause: error });
    expect(pauses().map(([millis]) => millis)).toEqual([200, 400, 800, 1_600, 3_200]);
    expect(s3.calls()).toHaveLength(6);
  });

  test('is not waited for when no time remains', async () => {
    const controller = new AbortController();
    s3.on(GetObjectCommand).callsFake(() => {
      controller.abort();
      throw missing();
    });
    await expect(read(client, { until: controller.signal })).rejects.toThrow(`no time remains to read ${LOCATION}`);
    expect(s3.calls()).toHaveLength(1);
  });

  test('is not waited for when the time ends during a pause', async () => {
    const controller = new AbortController();
    s3.on(GetObjectCommand).rejects(missing());
    jest.mocked(sleep).mockImplementationOnce(async () => {
      controller.abort();
      throw controller.signal.reason;
    });
    await expect(read(client, { until: controller.signal })).rejects.toThrow(`no time remains to read ${LOCATION}`);
    expect(s3.calls()).toHaveLength(1);
  });
});

describe('an object that S3 does not return', () => {
  const s3 = mockClient(S3Client);
  beforeEach(() => void s3.reset());
  afterAll(() => s3.restore());

  test.each([
    ['KMS.DisabledException', 400],
    ['InvalidObjectState', 400],
    ['InternalError', 500],
  ])('is not requested again: %s', async (name, status) => {
    const error = refusal(name, status);
    s3.on(GetObjectCommand).rejects(error);
    await expect(read(new S3Client({}))).rejects.toMatchObject({ message: `${LOCATION} cannot be read: ${name}: no`, cause: error });
    expect(s3.calls()).toHaveLength(1);
    expect(pauses()).toEqual([]);
  });
});

describe('a response that is cut off', () => {
  /** A client of a server that gives these answers in order. */
  async function withServer(answers: ((response: ServerResponse) => void)[], use: (client: S3Client) => Promise<void>) {
    const server = createServer((_, response) => answers.shift()!(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = new S3Client({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    try {
      await use(client);
    } finally {
      client.destroy();
      server.closeAllConnections();
      server.close();
    }
  }
  const begin = (response: ServerResponse) => response.writeHead(200, { 'content-length': 6 }).write('"he');

  test('is requested again', async () => {
    const cut = (response: ServerResponse) => {
      begin(response);
      setImmediate(() => response.destroy());
    };
    await withServer([cut, (response) => response.writeHead(200, { 'content-length': 6 }).end('"here"')], async (client) => {
      expect((await read(client)).text).toBe('"here"');
      expect(pauses().map(([millis]) => millis)).toEqual([200]);
    });
  });

  test('and hangs ends when the time is over', async () => {
    const controller = new AbortController();
    const hang = (response: ServerResponse) => {
      begin(response);
      setTimeout(() => controller.abort(), 50);
    };
    await withServer([hang], async (client) => {
      await expect(read(client, { until: controller.signal })).rejects.toThrow(`no time remains to read ${LOCATION}`);
    });
  });
});
