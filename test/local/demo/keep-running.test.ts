import * as path from 'node:path';
import { PassThrough } from 'node:stream';
import { keepRunning } from '../../../local/demo/keep-running';
import type { RunningDemo } from '../../../local/demo/run-demo';
import { Functions } from '../functions/fixture';

const BROKEN = path.resolve('examples/typescript/orders/processor');

let functions: Functions;
let input: PassThrough;
let output: PassThrough;
let stop: AbortController;
let staying: Promise<void>;
let processor: ReturnType<Functions['create']>;

beforeEach(() => {
  functions = new Functions();
  input = new PassThrough();
  output = new PassThrough();
  output.setEncoding('utf8');
  stop = new AbortController();
  processor = functions.create('', { codeDirectory: BROKEN });
  const other = functions.create('exports.handler = async () => 1;', { functionName: 'other' });
  const stage = {
    cloud: { operator: () => ({ environment: { AWS_REGION: 'us-east-1', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' } }) },
    stack: {
      stackName: 'Orders',
      mappings: new Map([['Mapping', { spec: { functionArn: processor.functionArn } }]]),
      functions: new Map([['Other', other], ['Processor', processor]]),
    },
  } as unknown as RunningDemo;
  staying = keepRunning(stage, stop.signal, input, output);
});

afterEach(async () => {
  stop.abort();
  await staying;
  await functions.clean();
});

const said = () => output.read() as string | null;
async function type(line: string): Promise<string> {
  input.write(`${line}\n`);
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    const answer = said();
    if (answer !== null) return answer;
  }
}

const orders = (...quantities: unknown[]) => ({
  Records: quantities.map((quantity, index) => ({
    kinesis: { sequenceNumber: String(index), data: Buffer.from(JSON.stringify({ orderId: `order-${index}`, quantity })).toString('base64') },
  })),
});

it('says how to be the operator, and what to try', () => {
  const invitation = said();
  expect(invitation).toContain('export AWS_REGION=us-east-1\n  export AWS_ENDPOINT_URL=http://127.0.0.1:1\n');
  for (const command of ['queues', 'ls', 'show ID', 'redrive', 'redrive --limit 1']) {
    expect(invitation).toContain(`npx stream-dlq ${command} --stack Orders`);
  }
});

it('fixes the processor, and breaks it again', async () => {
  said();
  expect(await processor.invoke(orders(1, 0))).toMatchObject({ functionError: 'Unhandled' });
  expect(await type('fix')).toMatch(/^Deployed the fixed processor/);
  const fixed = await processor.invoke(orders(1, 0, 'two'));
  expect(fixed.functionError).toBeUndefined();
  const log = functions.account.logGroups.get('/aws/lambda/orders')!.applicationMessages;
  expect(log.slice(-3).map((line) => (JSON.parse(line) as { notice: string }).notice)).toEqual(['order accepted', 'order set aside', 'order set aside']);
  expect(await type(' break ')).toMatch(/^Deployed the original processor/);
  expect(await processor.invoke(orders(1, 0))).toMatchObject({ functionError: 'Unhandled' });
});

it('says what it knows when something else is typed, and nothing to an empty line', async () => {
  said();
  input.write('\n');
  expect(await type('constructor')).toBe('type fix or break, or press Ctrl-C, got: constructor\n');
});

it('stays when there is nobody to type, and ends with the signal', async () => {
  input.end();
  let ended = false;
  void staying.then(() => (ended = true));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(ended).toBe(false);
  stop.abort();
  await staying;
});
