import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Asset } from '../../src/contract';
import { dynamoFailureRecord } from '../support/dynamo-records';
import { failureRecord, snsEvent } from '../support/records';

/** What each client of the SDK sends with its requests: the one thing of it that no minifier takes away. */
const SERVICES = {
  Kinesis: 'Kinesis_20131202',
  'DynamoDB Streams': 'DynamoDBStreams_20120810',
  'Lambda': '/2015-03-31/functions/',
};

const codeOf = (asset: string) => readFileSync(join(__dirname, '..', '..', 'assets', asset, 'index.js'), 'utf8');

describe('the bundle of a function', () => {
  test.each<[string, (keyof typeof SERVICES)[]]>([
    [Asset.HYDRATE, ['Kinesis', 'DynamoDB Streams']],
    [Asset.CAPTURE_S3, []],
    [Asset.REDRIVE, ['Lambda']],
  ])('loads no client that it does not call: %s', (asset, services) => {
    const code = codeOf(asset);
    expect(Object.entries(SERVICES).flatMap(([service, target]) => (code.includes(target) ? [service] : []))).toEqual(services);
  });

  test.each<[string, object | string, string[]]>([
    ['nothing of a stream', 'hello', []],
    ['a batch of a Kinesis stream', failureRecord(), ['kinesis']],
    ['a batch of a table', dynamoFailureRecord(), ['dynamodb-streams']],
  ])('loads the client of a kind of stream for the first batch of it: %s', (_, message, expected) => {
    const folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-'));
    try {
      // What esbuild has made lazy says here when it is run.
      const client = /"[^"]*\/client-(kinesis|dynamodb-streams)\/[^"]*Client\.js"\(\)\{/g;
      const code = codeOf(Asset.HYDRATE).replace(client, (start, name: string) => `${start}console.log(JSON.stringify({loaded:"${name}"}));`);
      expect(code.split('{loaded:')).toHaveLength(3);
      writeFileSync(join(folder, 'index.js'), code);
      const run = 'require("./index.js").handler(JSON.parse(process.argv[1]), { getRemainingTimeInMillis: () => 100 }).catch(() => undefined)';
      const env = {
        PATH: process.env.PATH, AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '128', QUEUE_URL: 'http://127.0.0.1:1/1/queue', QUEUE_MAX_MESSAGE_BYTES: '1024',
        UNDELIVERABLE_QUEUE_URL: 'http://127.0.0.1:1/1/undeliverables', OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: 'dead-letters/',
      };
      const out = execFileSync(process.execPath, ['-e', run, JSON.stringify(snsEvent(message))], { cwd: folder, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      expect(out.split('\n').filter((line) => line.includes('loaded')).map((line) => (JSON.parse(line) as { loaded: string }).loaded)).toEqual(expected);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
