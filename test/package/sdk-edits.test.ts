import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type HttpRequest, HttpResponse } from '@smithy/core/protocols';
import { build } from 'esbuild';
import { FullJitterRetry } from '../../lambda/shared/client-options';
import { functionPlugins } from '../../projenrc/bundle-plugins';
import { edited } from '../../projenrc/sdk-edits';
import { type Answer, type Call, callsIn, type Service, USED } from './sdk-calls';

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- the modules of six clients, each built twice */
type Client = Readonly<Record<string, new (options: object) => any>>;
type Request = Omit<HttpRequest, 'body'> & { readonly body?: string | Uint8Array };

/** What AWS, or an operator with an escape hatch, puts into the environment of a function. */
const ENVIRONMENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'us-east-1': {},
  'China': { AWS_REGION: 'cn-north-1' },
  'GovCloud with FIPS': { AWS_REGION: 'us-gov-west-1', AWS_USE_FIPS_ENDPOINT: 'true' },
  'the European Sovereign Cloud': { AWS_REGION: 'eusc-de-east-1' },
  'an isolated Region': { AWS_REGION: 'us-iso-east-1' },
  'dual-stack endpoints': { AWS_REGION: 'eu-west-1', AWS_USE_DUALSTACK_ENDPOINT: 'true' },
  'an endpoint for all services': { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' },
  'an endpoint for S3': { AWS_ENDPOINT_URL_S3: 'https://bucket.vpce-1.s3.us-east-1.vpce.amazonaws.com' },
  'checksums only where S3 requires them': { AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_REQUIRED', AWS_RESPONSE_CHECKSUM_VALIDATION: 'WHEN_REQUIRED' },
  'defaults of the Region and a trace': {
    AWS_DEFAULTS_MODE: 'auto', AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x', AWS_LAMBDA_FUNCTION_NAME: 'f', _X_AMZN_TRACE_ID: 'Root=1',
  },
};
const FIXED = {
  AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token', AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere', AWS_EC2_METADATA_DISABLED: 'true',
};
const environment = { ...process.env };

/** The clients as the bundles have them, and as the SDK has them. */
const clients: Record<'ours' | 'sdk', Partial<Record<Service, Client>>> = { ours: {}, sdk: {} };

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sdk-edits-'));
  try {
    for (const [kind, plugins] of Object.entries({ ours: functionPlugins, sdk: [] })) {
      for (const [service, names] of Object.entries(USED)) {
        const outfile = join(folder, `${kind}-${service}.cjs`);
        await build({
          stdin: { contents: `export { ${names.join()} } from '@aws-sdk/client-${service}'`, resolveDir: resolve(__dirname, '..', '..') }, outfile,
          bundle: true, platform: 'node', mainFields: ['module', 'main'], minify: true, plugins, external: ['bowser'], logLevel: 'error',
        });
        clients[kind as keyof typeof clients][service as Service] = jest.requireActual<Client>(outfile);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

beforeEach(() => {
  // Requests of one time and one id have one signature.
  jest.useFakeTimers({
    now: Date.UTC(2026, 0, 1),
    doNotFake: [
      'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate', 'clearImmediate', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout',
    ],
  });
  jest.spyOn(globalThis.crypto, 'randomUUID').mockReturnValue('00000000-0000-4000-8000-000000000000');
  // SQS warns of a queue URL of another Region.
  jest.spyOn(console, 'warn').mockReturnValue();
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
  process.env = { ...environment };
});

/** Of the body of a request. */
const digest = (body: string | Uint8Array = '') =>
  createHash('sha256').update(ArrayBuffer.isView(body) ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : body).digest('hex');

interface Outcome {
  readonly left: readonly Answer[];
  readonly [of: string]: unknown;
}

/** All that a call sends, and what comes of it. */
async function outcome(client: Client, { service, command, input, answers }: Call): Promise<Outcome> {
  const requests: object[] = [];
  const left = [...answers];
  const requestHandler = {
    metadata: { handlerProtocol: 'http/1.1' }, updateHttpClientConfig: () => undefined, httpHandlerConfigs: () => ({}),
    handle: async ({ method, protocol, hostname, port, path, query, headers: { 'user-agent': _, ...headers }, body }: Request) => {
      requests.push({ method, protocol, hostname, port, path, query, headers, body: digest(body) });
      const answer = left.shift();
      if (!answer) throw new Error('one more request than there are answers');
      const bytes = Buffer.from(answer.body ?? '');
      return {
        response: new HttpResponse({
          statusCode: answer.status ?? 200, body: Readable.from([bytes]), headers: { 'content-length': String(bytes.length), ...answer.headers },
        }),
      };
    },
  };
  const its = new client[USED[service][0]]({ requestHandler, retryStrategy: new FullJitterRetry(() => 0) });
  try {
    const { Body, ...output } = await its.send(new client[command]({ ...input }));
    const body = Body && await text(Body as Readable);
    // The functions use nothing else of these answers: USED_MEMBERS of the build.
    return { requests, left, ...(service === 's3' ? { body, $metadata: output.$metadata } : output.Role ? { Role: output.Role } : { output }) };
  } catch (error) {
    const { name, message, $fault, $metadata } = error as Error & { $fault?: string; $metadata?: object };
    return { requests, left, name, message, $fault, $metadata };
  }
}

describe.each(Object.entries(ENVIRONMENTS))('with %s', (_, variables) => {
  test.each(callsIn({ ...FIXED, ...variables }.AWS_REGION))('a client of the bundles does what that of the SDK does: $service $title', async (call) => {
    process.env = { PATH: environment.PATH, ...FIXED, ...variables };
    const expected = await outcome(clients.sdk[call.service]!, call);
    expect(await outcome(clients.ours[call.service]!, call)).toEqual(expected);
    expect(expected.left).toEqual([]);
  });
});

test('an edit fails where the module of the SDK has another text', () => {
  expect(() => edited('/@smithy/core/dist-es/submodules/config/node-config-provider/configLoader.js', 'export const loadConfig = 1;')).toThrow('compare the edit');
  expect(edited('/@smithy/core/dist-es/other.js', 'export const other = 1;')).toBeUndefined();
});
