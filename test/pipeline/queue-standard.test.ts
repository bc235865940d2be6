import { Duration } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { messages, QueuePipeline } from './queue-pipeline';

let pipeline: QueuePipeline;
afterEach(async () => pipeline?.stop());

const numbers = (count: number, matches: (number: number) => boolean) => [...Array(count).keys()].filter(matches);
const isPoison = (number: number) => number % 12 === 5;

test('a partial response leaves poison alone in the dead-letter queue, and everything else is processed once', async () => {
  pipeline = await QueuePipeline.start();
  await pipeline.send(messages(60, (number) => (isPoison(number) ? { fail: 'report' } : {})));
  await pipeline.settle();

  expect(await pipeline.reckon()).toEqual({
    processed: numbers(60, (number) => !isPoison(number)), deadLetters: numbers(60, isPoison), lost: [], twice: [],
  });
  expect(pipeline.cloud.account.denials).toEqual([]);
});

test('a message that fails for a while is processed in the end, with the count of its receives', async () => {
  pipeline = await QueuePipeline.start({ maxReceiveCount: 5 });
  await pipeline.send(messages(30, (number) => (number % 3 === 0 ? { fail: 'report', times: 4 } : {})));
  await pipeline.settle();

  expect(await pipeline.reckon()).toEqual({ processed: numbers(30, () => true), deadLetters: [], lost: [], twice: [] });
});

test('poison that throws takes its batch along, and loses nothing', async () => {
  pipeline = await QueuePipeline.start({ maxReceiveCount: 2 });
  await pipeline.send(messages(40, (number) => (isPoison(number) ? { fail: 'throw' } : {})));
  await pipeline.settle();

  const { processed, deadLetters, lost, twice } = await pipeline.reckon();
  expect([lost, twice]).toEqual([[], []]);
  expect(processed.length + deadLetters.length).toBe(40);
  expect(deadLetters).toEqual(expect.arrayContaining(numbers(40, isPoison)));
});

test('poison that throws is alone in the dead-letter queue with batches of one', async () => {
  pipeline = await QueuePipeline.start({ batchSize: 1, maxReceiveCount: 2 });
  await pipeline.send(messages(24, (number) => (isPoison(number) ? { fail: 'throw' } : {})));
  await pipeline.settle();

  expect(await pipeline.reckon()).toEqual({
    processed: numbers(24, (number) => !isPoison(number)), deadLetters: numbers(24, isPoison), lost: [], twice: [],
  });
});

test('a batching window fills batches over ten messages, in part failed too', async () => {
  pipeline = await QueuePipeline.start({ batchSize: 100, maxBatchingWindow: Duration.seconds(60) });
  await pipeline.send(messages(120, (number) => (number === 7 ? { fail: 'report' } : {})));
  await pipeline.settle();

  expect(await pipeline.reckon()).toEqual({ processed: numbers(120, (number) => number !== 7), deadLetters: [7], lost: [], twice: [] });
  expect(Math.max(...pipeline.batches.map(({ batch }) => batch))).toBe(100);
});

test('what no filter accepts is deleted and counted; the rest is processed or in the dead-letter queue', async () => {
  pipeline = await QueuePipeline.start({
    filters: [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })],
    metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] },
  });
  const kinds = ['order', 'audit', undefined];
  await pipeline.send(messages(45, (number) => ({ kind: kinds[number % 3], ...(number === 9 && { fail: 'report' }) })));
  await pipeline.settle();

  const { processed, deadLetters, lost } = await pipeline.reckon();
  expect(processed).toEqual(numbers(45, (number) => number % 3 === 0 && number !== 9));
  expect(deadLetters).toEqual([9]);
  expect(lost).toEqual(numbers(45, (number) => number % 3 !== 0));
  expect(pipeline.mapping.counters.messagesFiltered).toBe(lost.length);
  const sum = (name: string) => pipeline.cloud.account.metrics.of({
    namespace: 'AWS/Lambda', name, dimensions: { EventSourceMappingUUID: pipeline.mapping.spec.uuid },
  }).reduce((total, { value }) => total + value, 0);
  expect([sum('FilteredOutEventCount'), sum('DeletedEventCount')]).toEqual([30, 14]);
});

test('messages of a throttled function wait, and are processed when it may run again', async () => {
  pipeline = await QueuePipeline.start({}, { reservedConcurrentExecutions: 0 });
  await pipeline.send(messages(80, (number) => (number === 3 ? { fail: 'report' } : {})));
  await pipeline.cloud.idle();
  expect(pipeline.batches).toEqual([]);
  const [visible, hidden] = await pipeline.waiting();
  expect([visible + hidden, hidden]).toEqual([80, 50]);

  await pipeline.deploy({ reservedConcurrentExecutions: 2 });
  await pipeline.settle();
  expect(await pipeline.reckon()).toEqual({ processed: numbers(80, (number) => number !== 3), deadLetters: [3], lost: [], twice: [] });
});
