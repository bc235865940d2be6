import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasPackage, TEST_PYTHON } from '../support/test-python';

const ROOT = join(__dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/processors.md'), 'utf8');

/** The code below a heading, in a language. */
function codeOf(heading: string, language: string): string {
  const section = page.split(`\n## ${heading}\n`)[1].split('\n## ')[0];
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(section)![1];
}

interface Result {
  readonly response: unknown;
  /** What it logged as an error. */
  readonly log: string;
}

function runProgram(program: string, args: readonly string[], cwd: string): Result {
  const { stdout, stderr, status } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the handler must run, got exit code ${status}: ${stderr}`);
  return { response: JSON.parse(stdout), log: stderr };
}

/** Runs a handler in a process of its own. */
const RUN: Readonly<Record<string, (code: string, event: object) => Result>> = {
  js: (code, event) => {
    // In the repository, whose packages stand for those of the runtime.
    const script = `${code}\nprocess.stdout.write(JSON.stringify(await handler(${JSON.stringify(event)})));`;
    return runProgram(process.execPath, ['--input-type=module', '--eval', script], ROOT);
  },
  python: (code, event) => {
    const folder = mkdtempSync(join(tmpdir(), 'cdk-stream-dlq-handler-'));
    try {
      writeFileSync(join(folder, 'index.py'), code);
      const script = 'import json, sys, index; print(json.dumps(index.handler(json.loads(sys.argv[1]), None)))';
      return runProgram(TEST_PYTHON, ['-B', '-c', script, JSON.stringify(event)], folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const kinesis = (id: string, data: unknown) => ({
  kinesis: { sequenceNumber: id, data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64') },
});
const change = (id: string, images: object) => ({ eventName: 'MODIFY', dynamodb: { SequenceNumber: id, ...images } });
const message = (id: string, data: unknown, group = 'a') => ({
  messageId: id, body: typeof data === 'string' ? data : JSON.stringify(data), attributes: { MessageGroupId: group },
});

const good = { id: 'ü-1', quantity: 1 };
const bad = { id: 'ü-2', quantity: 0 };
const image = (changedBy?: string) => ({ customerId: { S: 'c-1' }, ...(changedBy && { changedBy: { S: changedBy } }) });

/** Records by the source, and the identifiers that its processor must report. */
const CASES: readonly (readonly [string, string, readonly object[], readonly string[]])[] = [
  ['Kinesis', 'no failure', [kinesis('1', good), kinesis('2', good)], []],
  ['Kinesis', 'a bad record: stops there', [kinesis('1', good), kinesis('2', bad), kinesis('3', bad)], ['2']],
  ['Kinesis', 'data that is no JSON', [kinesis('1', '{'), kinesis('2', good)], ['1']],
  ['DynamoDB Streams', 'no failure', [change('1', { NewImage: image('ada') }), change('2', { OldImage: image() })], []],
  ['DynamoDB Streams', 'a bad change: stops there', [change('1', { OldImage: image(), NewImage: image() }), change('2', { NewImage: image() })], ['1']],
  ['SQS', 'no failure', [message('1', good), message('2', good)], []],
  ['SQS', 'bad messages: goes on', [message('1', bad), message('2', good), message('3', '{'), message('4', good)], ['1', '3']],
  ['SQS FIFO', 'no failure', [message('1', good), message('2', good)], []],
  ['SQS FIFO', 'a bad message: reports all of its group after it', [
    message('1', good), message('2', bad), message('3', good, 'b'), message('4', good), message('5', '{', 'b'), message('6', good),
  ], ['2', '4', '5', '6']],
];

describe.each([
  ['js', true],
  ['python', hasPackage('boto3')],
])('docs/processors.md in %s', (language, isHere) => {
  (isHere ? test : test.skip).each(CASES)('%s: %s', (source, _, Records, identifiers) => {
    expect(RUN[language](codeOf(source, language), { Records }).response).toEqual({
      batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })),
    });
  });

  (isHere ? test : test.skip).each(['SQS', 'SQS FIFO'])('%s: logs the error with the message ID, by which the tool finds it', (source) => {
    const messageId = 'e54563a9-5cea-4edd-b5b4-fb5c4b59adef';
    const { log } = RUN[language](codeOf(source, language), { Records: [message('1', good, 'b'), message(messageId, bad)] });
    expect(log).toMatch(new RegExp(`${messageId}[^]*quantity of order ü-2 must be above 0, got: 0`));
  });
});

test('docs/processors.md names the options of Powertools that the examples use', () => {
  const processors = ['typescript/idempotency/processor/index.mjs', 'python/idempotency/processor/index.py', 'java/idempotency/processor/src/main/java/com/example/payments/Handler.java'];
  const code = processors.map((file) => readFileSync(join(ROOT, 'examples', file), 'utf8')).join('\n');
  const options = [
    'expiresAfterSeconds', 'expires_after_seconds', 'withExpiration', 'throwOnNoIdempotencyKey', 'raise_on_no_idempotency_key',
    'withThrowOnNoIdempotencyKey', 'registerLambdaContext', 'register_lambda_context', 'Idempotency.registerLambdaContext', 'processInParallel: false',
    'DynamoDBPersistenceLayer', 'DynamoDBPersistenceStore', 'IDEMPOTENCY_TABLE_NAME', 'IDEMPOTENCY_EXPIRY_SECONDS',
  ];
  expect(options.filter((option) => !page.includes(option) || !code.includes(option))).toEqual([]);
});
