import { functionMetric } from '../../../local/cloudwatch/service-metrics';
import { LogGroup } from '../../../local/cloudwatch-logs/log-group';
import { Functions } from './fixture';

let functions: Functions;
beforeEach(() => {
  functions = new Functions();
  functions.account.logGroups.set('/aws/lambda/orders', new LogGroup());
});
afterEach(async () => functions.clean());

const values = (name: Parameters<typeof functionMetric>[0]) =>
  functions.account.metrics.of(functionMetric(name, functions.account.arn('lambda', 'function:orders'))).map(({ value }) => value);

const EMBEDDED = `exports.handler = async () => process.stdout.write(JSON.stringify({
  _aws: { Timestamp: Date.now(), CloudWatchMetrics: [{ Namespace: 'App', Dimensions: [['Queue']], Metrics: [{ Name: 'Sent' }] }] },
  Queue: 'dlq', Sent: 3,
}) + '\\n');`;

const EMBEDDED_METRIC = { namespace: 'App', name: 'Sent', dimensions: { Queue: 'dlq' } };

test('an invocation counts, and says whether it is an error', async () => {
  const orders = functions.create('exports.handler = async (event) => { if (event.fail) throw new Error("boom"); };');
  await orders.invoke({});
  await orders.invoke({ fail: true });
  expect([values('Invocations'), values('Errors'), values('Throttles')]).toEqual([[1, 1], [0, 1], []]);
});

test('a version of a function counts for the function', async () => {
  const functionArn = functions.account.arn('lambda', 'function:orders:live');
  await functions.create('exports.handler = async () => {};', { functionArn, version: '1' }).invoke({});
  expect(values('Invocations')).toEqual([1]);
});

test('a throttled event is no invocation', async () => {
  await expect(functions.create('', { reservedConcurrency: 0 }).invoke({})).rejects.toThrow();
  expect([values('Invocations'), values('Errors'), values('Throttles')]).toEqual([[], [], [1]]);
});

test('metrics in the log are metrics of the account', async () => {
  await functions.create(EMBEDDED).invoke({});
  expect(functions.account.metrics.of(EMBEDDED_METRIC).map(({ value }) => value)).toEqual([3]);
});

test('metrics in lines that the role cannot write are lost', async () => {
  functions.authorizer.allow = (action) => action !== 'logs:PutLogEvents';
  await functions.create(EMBEDDED).invoke({});
  expect(functions.account.metrics.of(EMBEDDED_METRIC)).toEqual([]);
});
