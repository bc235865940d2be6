import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ASSETS, filesOf } from '../../bench/function-files';
import { Asset } from '../../src/contract';
import { dynamoFailureRecord } from '../support/dynamo-records';
import { failureRecord, sqsEvent } from '../support/records';

/** What each client of the SDK sends with its requests: the one thing of it that no minifier takes away. */
const SERVICES = {
  Kinesis: 'Kinesis_20131202',
  'DynamoDB Streams': 'DynamoDBStreams_20120810',
  'Lambda': '/2015-03-31/functions/',
};

const ENVIRONMENT = {
  INTAKE_QUEUE_URL: 'https://intake', MAX_CONCURRENCY: '2',
  PATH: process.env.PATH, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128', QUEUE_URL: 'http://127.0.0.1:1/1/queue', QUEUE_MAX_MESSAGE_BYTES: '1024',
  UNDELIVERABLE_QUEUE_URL: 'http://127.0.0.1:1/1/undeliverables', OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: 'dead-letters/',
};

const codeOf = (asset: string, file: string) => readFileSync(join(ASSETS, asset, file), 'utf8');

describe('the bundle of a function', () => {
  test.each<[string, (keyof typeof SERVICES)[]]>([
    [Asset.HYDRATE, ['Kinesis', 'DynamoDB Streams']],
    [Asset.CAPTURE_S3, []],
    [Asset.REDRIVE, ['Lambda']],
  ])('loads no client that it does not call: %s', (asset, services) => {
    const code = filesOf(asset).map((file) => codeOf(asset, file)).join('\n');
    expect(Object.entries(SERVICES).flatMap(([service, target]) => (code.includes(target) ? [service] : []))).toEqual(services);
  });

  test.each(Object.values(Asset))('has at most 250 KB of code: %s', (asset) => {
    expect(filesOf(asset).reduce((sum, file) => sum + Buffer.byteLength(codeOf(asset, file)), 0)).toBeLessThan(250_000);
  });

  test.each(Object.values(Asset))('does not import the modules of Node.js that load many others: %s', (asset) => {
    // An import of one of these as ESM reads all of its exports, and some load more.
    expect(filesOf(asset).filter((file) => /from"node:(fs|process|zlib)"/.test(codeOf(asset, file)))).toEqual([]);
  });

  it('keeps the names of functions in stack traces', () => {
    const run = "import('./index.mjs').then(({ handler }) => handler({ Records: [{}] }, {})).catch((error) => console.log(error.stack))";
    const stack = execFileSync(process.execPath, ['-e', run], { cwd: join(ASSETS, Asset.HYDRATE), env: ENVIRONMENT, encoding: 'utf8' });
    expect(stack).toMatch(/at .*parse\b/);
  });

  test.each<[string, object | string, string[]]>([
    ['nothing of a stream', 'hello', []],
    ['a batch of a Kinesis stream', failureRecord(), ['kinesis-reader']],
    ['a batch of a table', dynamoFailureRecord(), ['dynamo-reader']],
  ])('loads the client of a kind of stream for the first batch of it, and that of S3 for neither: %s', (_, message, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
    try {
      for (const file of filesOf(Asset.HYDRATE)) {
        const [, name] = /^(\w+-reader|overflow)-/.exec(file) ?? [];
        writeFileSync(join(folder, file), `${codeOf(Asset.HYDRATE, file)}${name ? `\nconsole.log(JSON.stringify({loaded:"${name}"}));` : ''}`);
      }
      const run = "import('./index.mjs').then(({ handler }) => handler(JSON.parse(process.argv[1]), { getRemainingTimeInMillis: () => 100 })).catch(() => undefined)";
      const out = execFileSync(process.execPath, ['-e', run, JSON.stringify(sqsEvent(message))], {
        cwd: folder, env: ENVIRONMENT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'],
      });
      expect(out.split('\n').filter((line) => line.includes('loaded')).map((line) => (JSON.parse(line) as { loaded: string }).loaded)).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
