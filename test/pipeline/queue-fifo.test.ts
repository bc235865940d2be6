import { ListMessageMoveTasksCommand, SQSClient, StartMessageMoveTaskCommand } from '@aws-sdk/client-sqs';
import { byGroup, messages, QueuePipeline, type TestMessage } from './queue-pipeline';

let pipeline: QueuePipeline;
afterEach(async () => pipeline?.stop());

const FIFO = { queueProps: { fifo: true } };
const GROUPS = ['a', 'b', 'c', 'd'];
const COUNT = 80;
const isPoison = (number: number) => number % 11 === 6;

const group = (number: number) => ({ group: GROUPS[(number * 7) % GROUPS.length] });
const without = (list: readonly TestMessage[]) => list.filter(({ number }) => !isPoison(number));
const poisonOf = (list: readonly TestMessage[]) => list.map(({ number }) => number).filter(isPoison);

test('each group is processed in order, past its poison, which is alone in the dead-letter queue with batches of one', async () => {
  pipeline = await QueuePipeline.start({ ...FIFO, batchSize: 1, maxReceiveCount: 2 });
  await pipeline.send(messages(COUNT, (number) => ({ ...group(number), ...(isPoison(number) && { fail: 'report' }) })));
  await pipeline.settle();

  expect(byGroup(pipeline.processed)).toEqual(byGroup(without(pipeline.sent)));
  expect(await pipeline.reckon()).toMatchObject({ deadLetters: poisonOf(pipeline.sent), lost: [], twice: [] });
  expect(pipeline.cloud.account.denials).toEqual([]);
});

test('messages of a group that follow its poison in a batch are received as often, and can follow it into the dead-letter queue', async () => {
  pipeline = await QueuePipeline.start({ ...FIFO, maxReceiveCount: 3 });
  await pipeline.send(messages(COUNT, (number) => ({ ...group(number), ...(isPoison(number) && { fail: 'report' }) })));
  await pipeline.settle();

  const { deadLetters, lost, twice } = await expectOrder();
  expect([lost, twice]).toEqual([[], []]);
  expect(deadLetters).toEqual(expect.arrayContaining(poisonOf(pipeline.sent)));
});

test('a message that fails for a while holds its group back, and no group is processed out of order', async () => {
  pipeline = await QueuePipeline.start({ ...FIFO, maxReceiveCount: 10 });
  await pipeline.send(messages(COUNT, (number) => ({ ...group(number), ...(isPoison(number) && { fail: 'report', times: 2 }) })));
  await pipeline.settle();

  expect(byGroup(pipeline.processed)).toEqual(byGroup(pipeline.sent));
  expect(await pipeline.reckon()).toMatchObject({ deadLetters: [], lost: [], twice: [] });
});

test('poison that throws loses nothing, and what is processed is in order', async () => {
  pipeline = await QueuePipeline.start({ ...FIFO, maxReceiveCount: 2 });
  await pipeline.send(messages(COUNT, (number) => ({ ...group(number), ...(isPoison(number) && { fail: 'throw' }) })));
  await pipeline.settle();

  const { deadLetters, lost, twice } = await expectOrder();
  expect([lost, twice]).toEqual([[], []]);
  expect(deadLetters).toEqual(expect.arrayContaining(poisonOf(pipeline.sent)));
});

test('a throttled function gets each group in order when it may run again', async () => {
  pipeline = await QueuePipeline.start(FIFO, { reservedConcurrentExecutions: 0 });
  await pipeline.send(messages(COUNT, group));
  await pipeline.cloud.idle();
  expect(pipeline.batches).toEqual([]);

  await pipeline.deploy({ reservedConcurrentExecutions: 1 });
  await pipeline.settle();
  expect(byGroup(pipeline.processed)).toEqual(byGroup(pipeline.sent));
  expect(await pipeline.reckon()).toMatchObject({ deadLetters: [], lost: [], twice: [] });
});

test('dead letters that are moved back within five minutes, twice, are not dropped, and are processed in order after the fix', async () => {
  pipeline = await QueuePipeline.start({ ...FIFO, batchSize: 1, maxReceiveCount: 1 });
  await pipeline.send(messages(COUNT, (number) => ({ ...group(number), ...(isPoison(number) && { fail: 'report' }) })));
  await pipeline.settle();
  const moved = poisonOf(pipeline.sent).length;

  await moveBack(moved);
  await pipeline.settle();
  await pipeline.deploy({ fixed: true });
  await moveBack(moved);
  await pipeline.settle();
  const poison = pipeline.processed.slice(-moved);
  expect(byGroup(poison)).toEqual(byGroup(pipeline.sent.filter(({ number }) => isPoison(number))));
  expect(await pipeline.reckon()).toMatchObject({ deadLetters: [], lost: [], twice: [] });
});

/** The account of all messages, once what is processed is in the order in which it was sent. */
async function expectOrder() {
  const processed = new Set(pipeline.processed.map(({ number }) => number));
  expect(byGroup(pipeline.processed)).toEqual(byGroup(pipeline.sent.filter(({ number }) => processed.has(number))));
  return pipeline.reckon();
}

/** Moves all dead letters back to the queue by a message move task. */
async function moveBack(expected: number): Promise<void> {
  const { cloud, outputs: { DeadLetterQueueArn: SourceArn } } = pipeline;
  const { credentials } = cloud.operator();
  const sqs = new SQSClient({ region: cloud.account.region, credentials, endpoint: cloud.gateway.endpoint });
  await sqs.send(new StartMessageMoveTaskCommand({ SourceArn }));
  for (;;) {
    const { Results: [task] = [] } = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn }));
    if (task.Status === 'RUNNING') continue;
    expect(task).toMatchObject({ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: expected });
    break;
  }
  sqs.destroy();
}
