/* eslint-disable @typescript-eslint/no-require-imports -- the modules themselves, as a test cannot import them late */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { invokeOptions } from '../../../lambda/shared/redrive/invoke-options';
import { explainAwsError } from '../../aws/aws-error';
import { failedCall } from '../../aws/call';
import { awsClients, type ClientSettings } from '../../aws/clients';
import type { sdk } from '../../aws/sdk';

const loaded: string[] = [];
const load = (name: string, module: string) => async () => {
  loaded.push(name);
  return require(module) as never;
};
const modules: typeof sdk = {
  sqs: load('sqs', '@aws-sdk/client-sqs'),
  s3: load('s3', '@aws-sdk/client-s3'),
  lambda: load('lambda', '@aws-sdk/client-lambda'),
  kinesis: load('kinesis', '@aws-sdk/client-kinesis'),
  dynamodb: load('dynamodb', '@aws-sdk/client-dynamodb'),
  tableStreams: load('tableStreams', '@aws-sdk/client-dynamodb-streams'),
  sts: load('sts', '@aws-sdk/client-sts'),
  logs: load('logs', '@aws-sdk/client-cloudwatch-logs'),
  invoke: load('invoke', '../../../lambda/shared/redrive/invoke-options'),
  put: load('put', '../../../lambda/shared/redrive/put-retry'),
  credentials: load('credentials', '@aws-sdk/credential-provider-node'),
  config: load('config', '@smithy/core/config'),
  proxy: load('proxy', '../../aws/proxy-handler'),
  http: load('http', '@smithy/node-http-handler'),
  tagging: load('tagging', '@aws-sdk/client-resource-groups-tagging-api'),
};
const clientsOf = (settings: Partial<ClientSettings> = {}) => awsClients({ version: '1.2.3', env: {}, region: 'eu-west-1', ...settings }, modules);

beforeEach(() => loaded.splice(0));

it('loads a module when its client is first asked for, and makes one client of each', async () => {
  const clients = clientsOf();
  expect(loaded).toEqual([]);
  const [one, two] = await Promise.all([clients.sqs(), clients.sqs()]);
  expect(one).toBe(two);
  expect(loaded.filter((name) => name.length < 5)).toEqual(['sqs']);
});

test.each(['sqs', 's3', 'lambda', 'kinesis', 'dynamodb', 'sts', 'logs', 'tagging'] as const)('has region, endpoint and name of the tool, and remembers calls: %s', async (name) => {
  const client = await clientsOf({ endpointUrl: 'http://127.0.0.1:4566' })[name]();
  expect(await client.config.region()).toBe('eu-west-1');
  expect(client.config.customUserAgent).toEqual([['stream-dlq', '1.2.3']]);
  expect(await (client.config.endpoint as () => Promise<unknown>)()).toMatchObject({ hostname: '127.0.0.1', port: 4566 });
  expect(client.config.requestHandler).toBeInstanceOf(NodeHttpHandler);
  expect(client.middlewareStack.identify().join('\n')).toContain('callMemory');
});

it('leaves region and endpoint to the SDK where they are not given', async () => {
  const client = await clientsOf({ region: undefined }).sqs();
  expect(client.config.endpoint).toBeUndefined();
});

describe('a profile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-dlq-profile-'));
  const env = { AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') };
  const saved = { ...process.env };
  beforeAll(() => {
    writeFileSync(env.AWS_CONFIG_FILE, '[profile ops]\nregion = eu-west-1\naws_access_key_id = AKIAOPS\naws_secret_access_key = secret\n');
    writeFileSync(env.AWS_SHARED_CREDENTIALS_FILE, '[old]\naws_access_key_id = AKIAOLD\naws_secret_access_key = secret\n');
  });
  afterEach(() => void (process.env = { ...saved }));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is used where it is given', async () => {
    expect((await clientsOf({ profile: 'ops', env }).sqs()).config).toMatchObject({ profile: 'ops' });
    expect((await clientsOf().sqs()).config).not.toHaveProperty('profile');
  });

  const KEYS = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' };
  test.each<[string, string | undefined, NodeJS.ProcessEnv, string]>([
    ['--profile counts before keys of the environment', 'ops', KEYS, 'AKIAOPS'],
    ['keys of the environment count before AWS_PROFILE', undefined, { ...KEYS, AWS_PROFILE: 'ops' }, 'AKIAENV'],
    ['AWS_PROFILE counts where there are no keys', undefined, { AWS_PROFILE: 'ops' }, 'AKIAOPS'],
    ['one of the credentials file alone is found', 'old', {}, 'AKIAOLD'],
  ])('is chosen as the AWS CLI chooses, without a warning: %s', async (_, profile, more, accessKeyId) => {
    const warn = jest.spyOn(console, 'warn').mockImplementation();
    const all = { ...env, ...more };
    // The SDK reads that of the process.
    Object.assign(process.env, all);
    const { config } = await clientsOf({ profile, env: all }).sqs();
    expect(await config.credentials({})).toMatchObject({ accessKeyId });
    expect(warn.mock.calls.flat().filter((text) => /credential sources/.test(String(text)))).toEqual([]);
    warn.mockRestore();
  });

  test.each<[string, string | undefined, NodeJS.ProcessEnv]>([
    ['--profile', 'gone', {}],
    ['AWS_PROFILE', undefined, { AWS_PROFILE: 'gone' }],
  ])('that neither file has is said to be missing, with the files: %s', async (name, profile, more) => {
    await expect(clientsOf({ profile, env: { ...env, ...more } }).sqs()).rejects.toThrow(
      `profile gone is not found in ${env.AWS_CONFIG_FILE} or ${env.AWS_SHARED_CREDENTIALS_FILE}: check ${name} ("aws configure list-profiles" lists the ` +
      'profiles), or add it with "aws configure --profile gone"',
    );
  });
});

it('invokes as the redrive function does: long, and never again where there was no answer', async () => {
  const { config } = await clientsOf().lambda();
  expect(config.requestHandler).toBe(invokeOptions.requestHandler);
  expect(await config.retryStrategy()).toBe(invokeOptions.retryStrategy);
});

test.each<[string, (response: ServerResponse) => void, number]>([
  ['no answer', (response) => void response.destroy(), 1],
  ['an answer that is cut off', (response) => void response.end('{"Records":['), 1],
  ['a mistake of Kinesis', (response) => void response.writeHead(500).end('{"__type":"InternalFailureException"}'), 1],
  ['too many calls', (response) => void response.writeHead(400).end('{"__type":"ProvisionedThroughputExceededException"}'), 3],
])('puts records once where the stream may have taken them, and again where it has not: %s', async (_, answer, calls) => {
  let made = 0;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (++made < 3) answer(response);
      else response.end('{"FailedRecordCount":0,"Records":[{"ShardId":"shardId-0","SequenceNumber":"1"}]}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { PutRecordsCommand } = require('@aws-sdk/client-kinesis') as typeof import('@aws-sdk/client-kinesis');
  const client = await clientsOf({ endpointUrl: `http://127.0.0.1:${port}` }).kinesis();
  client.config.credentials = async () => ({ accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' });
  const put = new PutRecordsCommand({ StreamName: 'orders', Records: [{ Data: Buffer.from('x'), PartitionKey: 'k' }] });
  await client.send(put).catch(() => undefined);
  client.destroy();
  server.close();
  expect(made).toBe(calls);
});

test.each<[string, Partial<ClientSettings>, boolean, boolean]>([
  ['AWS itself', {}, true, false],
  ['--endpoint-url', { endpointUrl: 'http://127.0.0.1:4566' }, false, true],
  ['AWS_ENDPOINT_URL', { env: { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' } }, false, true],
  ['AWS_ENDPOINT_URL, empty', { env: { AWS_ENDPOINT_URL: '' } }, true, false],
  ['AWS_ENDPOINT_URL_SQS', { env: { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4566' } }, false, false],
  ['AWS_ENDPOINT_URL_S3', { env: { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:4566' } }, true, true],
])('goes where the queue URL says, and names buckets by host, at AWS only: %s', async (_, settings, byQueueUrl, pathStyle) => {
  const clients = clientsOf(settings);
  const [sqs, s3] = [await clients.sqs(), await clients.s3()];
  expect([sqs.config.useQueueUrlAsEndpoint, s3.config.forcePathStyle ?? false]).toEqual([byQueueUrl, pathStyle]);
});

test.each(['sqs', 's3', 'lambda', 'kinesis', 'dynamodb', 'sts', 'logs', 'tagging'] as const)('goes by the proxy of the environment: %s', async (name) => {
  const client = await clientsOf({ env: { HTTPS_PROXY: 'http://proxy:3128' } })[name]();
  expect(client.config.requestHandler.constructor.name).toBe('ProxyHandler');
});

test('the certificates of AWS_CA_BUNDLE are trusted by every client', async () => {
  const clients = clientsOf({ env: { AWS_CA_BUNDLE: __filename } });
  for (const name of ['sqs', 's3', 'lambda', 'kinesis', 'dynamodb', 'sts', 'logs', 'tagging'] as const) {
    const { requestHandler } = (await clients[name]()).config;
    type Handler = { configProvider: Promise<{ httpsAgent: { options: { ca: string[] } } }> };
    const { httpsAgent } = await (requestHandler as unknown as Handler).configProvider;
    expect([name, httpsAgent.options.ca.at(-1)]).toEqual([name, readFileSync(__filename, 'utf8')]);
  }
});

describe('a profile with an MFA device', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stream-dlq-mfa-'));
  const saved = { ...process.env };
  beforeAll(() => {
    writeFileSync(join(folder, 'config'), [
      '[profile base]', 'region = eu-west-1', 'aws_access_key_id = AKIAEXAMPLE', 'aws_secret_access_key = secret',
      '[profile oncall]', 'region = eu-west-1', 'source_profile = base', 'role_arn = arn:aws:iam::123456789012:role/OnCall',
      'mfa_serial = arn:aws:iam::123456789012:mfa/someone', '',
    ].join('\n'));
    Object.assign(process.env, { AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none') });
  });
  afterAll(() => {
    process.env = saved;
    rmSync(folder, { recursive: true });
  });
  const credentialsOf = async (settings: Partial<ClientSettings>) => {
    const clients = clientsOf({ profile: 'oncall', env: process.env, ...settings });
    const results = await Promise.allSettled([clients.sqs(), clients.lambda()].map(async (client) => (await client).config.credentials({})));
    return results.map((result) => (result.status === 'rejected' ? (result.reason as Error).message : 'credentials'));
  };

  test('has its code asked for, once for all clients', async () => {
    const asked: string[] = [];
    const mfaCode = async (device: string) => {
      asked.push(device);
      throw new Error('no code was given');
    };
    expect(await credentialsOf({ mfaCode })).toEqual(['no code was given', 'no code was given']);
    expect(asked).toEqual(['arn:aws:iam::123456789012:mfa/someone']);
  });

  test('is said to need a terminal where there is none', async () => {
    const [message] = await credentialsOf({});
    const error = Object.assign(new Error(message), { name: 'CredentialsProviderError' });
    expect(explainAwsError(error, { profile: 'oncall' })?.message).toContain(
      'profile oncall needs an MFA code, and there is no terminal to ask for it on: run the command on a terminal, or set what ' +
      '"aws configure export-credentials --format env --profile oncall" prints',
    );
  });
});

test('an error says which call it comes from, and any other says nothing', async () => {
  const { GetCallerIdentityCommand } = require('@aws-sdk/client-sts') as typeof import('@aws-sdk/client-sts');
  const sts = await clientsOf({ endpointUrl: 'http://127.0.0.1:1', env: { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' } }).sts();
  sts.middlewareStack.add(() => () => Promise.reject(new Error('no')), { step: 'build' });
  const error: Error = await sts.send(new GetCallerIdentityCommand({})).then(() => new Error('answered'), (reason: Error) => reason);
  expect(failedCall(error)).toEqual({ service: 'STS', operation: 'GetCallerIdentity', resource: undefined });
  expect(failedCall(new Error('x'))).toBeUndefined();
});
