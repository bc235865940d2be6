import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { stopwatch } from '../clock';
import { LocalCloud } from '../cloud';
import type { DeployedStack } from '../deploy/deployed-stack';
import type { EventSourceMapping } from '../mapping/event-source-mapping';
import { peekMessages } from '../queue-messages';
import type { DemoResult, ShardCounts } from './demo-result';
import { type Published, countOrders } from './order-totals';
import { makeOrders, type Order } from './orders';
import type { Progress } from './progress';
import { synthesize } from './synth';

const ROOT = resolve(__dirname, '..', '..');
const ORDERS = 480;
const STACK = 'Orders';

/** How much faster waits between retries and polls are. Time stamps do not change. */
const SPEED = 20;

/** As long as a message must wait for the alarms of the queues. They do not take that long here. */
const ALARM_MINUTES = 2;

/** The most records in one call of PutRecords. */
const PUT_LIMIT = 500;

/** The running demo. */
export interface RunningDemo {
  readonly cloud: LocalCloud;
  readonly stack: DeployedStack;
}

/**
 * Deploys examples/typescript/orders on this machine, publishes orders, some of which fail, and checks the result for every order.
 *
 * @param afterwards called with the result while everything still runs
 */
export async function runDemo(
  progress: Progress,
  signal: AbortSignal,
  afterwards: (result: DemoResult, stage: RunningDemo) => Promise<void>,
): Promise<DemoResult> {
  const outdir = await mkdtemp(join(tmpdir(), 'cdk-stream-dlq-demo-'));
  let cloud: LocalCloud | undefined;
  try {
    cloud = await LocalCloud.start({ speed: SPEED });
    const { result, stack } = await Promise.race([runStages(cloud, outdir, progress), aborted(signal)]);
    await afterwards(result, { cloud, stack });
    return result;
  } finally {
    progress.stop();
    await cloud?.stop();
    await rm(outdir, { recursive: true, force: true });
  }
}

async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

async function runStages(cloud: LocalCloud, outdir: string, progress: Progress): Promise<{ result: DemoResult; stack: DeployedStack }> {
  const watch = stopwatch();
  progress.step('synthesizing examples/typescript/orders …');
  await synthesize(ROOT, outdir);
  const synthMillis = watch();

  progress.step('deploying the template …');
  const [stack] = await cloud.deployAssembly(outdir);
  const deployMillis = watch();

  const [mapping] = stack.mappings.values();
  const stories = new Map<string, ShardCounts>();
  const failureRecords: FailureRecord[] = [];
  follow(mapping, stories, failureRecords);

  const orders = makeOrders(ORDERS);
  progress.step(`publishing ${orders.length} orders, ${orders.filter((order) => order.poison).length} of which fail …`);
  const published = await publish(cloud, stack.outputs.StreamName, orders);
  for (const { shardId } of published) countsOf(stories, shardId).orders++;
  const publishMillis = watch();

  progress.step('processing the orders …');
  const settled = () => mapping.counters.recordsProcessed + mapping.counters.recordsGivenUp;
  const ticker = setInterval(() => progress.count('orders', settled(), published.length), 100);
  try {
    await cloud.idle();
  } finally {
    clearInterval(ticker);
    progress.stop();
  }
  const settleMillis = watch();

  const alarms = await cloud.cloudWatch.passMinutes(ALARM_MINUTES);
  const deadLetters = (await peekMessages(cloud.clients.sqs, stack.outputs.DeadLetterQueueUrl)).map(
    ({ Body }) => JSON.parse(Body!) as DeadLetter,
  );
  const undeliverable = await peekMessages(cloud.clients.sqs, stack.outputs.UndeliverableQueueUrl);
  const result: DemoResult = {
    reckoning: countOrders(published, acceptedOrders(cloud), deadLetters, undeliverable.length),
    stack: { name: STACK, resources: stack.resources.size },
    shards: [...stories.values()].sort((a, b) => (a.shardId < b.shardId ? -1 : 1)),
    iam: { checked: cloud.account.decisions.length, denied: cloud.account.denials.map(({ message }) => message) },
    failureRecords,
    deadLetters,
    alarms,
    poison: published
      .filter((order) => order.poison)
      .map(({ sequenceNumber, partitionKey, shardId, poison }) => ({ sequenceNumber, partitionKey, shardId, poison })),
    timings: { synthMillis, deployMillis, publishMillis, settleMillis },
  };
  return { result, stack };
}

/** Counts what the event source mapping does with each shard. */
function follow(mapping: EventSourceMapping, stories: Map<string, ShardCounts>, failureRecords: FailureRecord[]): void {
  mapping.on('batch', ({ shardId, batchSize, attempt, outcome }) => {
    const shard = countsOf(stories, shardId);
    shard.invocations++;
    if (attempt > 1) shard.retries++;
    if (outcome === 'ok') shard.processed += batchSize;
  });
  mapping.on('bisect', ({ shardId }) => countsOf(stories, shardId).splits++);
  mapping.on('giveUp', ({ failureRecord }) => {
    const record = failureRecord as FailureRecord;
    countsOf(stories, record.KinesisBatchInfo!.shardId).givenUp += record.KinesisBatchInfo!.batchSize;
    failureRecords.push(record);
  });
}

function countsOf(stories: Map<string, ShardCounts>, shardId: string): ShardCounts {
  const known = stories.get(shardId);
  if (known) return known;
  const fresh = { shardId, orders: 0, invocations: 0, splits: 0, retries: 0, processed: 0, givenUp: 0 };
  stories.set(shardId, fresh);
  return fresh;
}

async function publish(cloud: LocalCloud, streamName: string, orders: readonly Order[]): Promise<Published[]> {
  const published: Published[] = [];
  for (let start = 0; start < orders.length; start += PUT_LIMIT) {
    const part = orders.slice(start, start + PUT_LIMIT);
    const { Records } = await cloud.clients.kinesis.send(
      new PutRecordsCommand({
        StreamName: streamName,
        Records: part.map(({ partitionKey, data }) => ({ PartitionKey: partitionKey, Data: data })),
      }),
    );
    published.push(
      ...part.map((order, index) => ({
        ...order,
        sequenceNumber: Records![index].SequenceNumber!,
        shardId: Records![index].ShardId!,
      })),
    );
  }
  return published;
}

/** The sequence numbers of the orders that the processor's log lists as accepted. */
function acceptedOrders(cloud: LocalCloud): Set<string> {
  const accepted = new Set<string>();
  for (const message of [...cloud.account.logGroups.values()].flatMap(({ applicationMessages }) => applicationMessages)) {
    const line = parse(message);
    if (line?.notice === 'order accepted' && line.sequenceNumber) accepted.add(line.sequenceNumber);
  }
  return accepted;
}

function parse(message: string): { notice?: string; sequenceNumber?: string } | undefined {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
