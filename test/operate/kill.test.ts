import { type App, Stack } from 'aws-cdk-lib';
import { FailureCapture, KinesisStreamProcessor } from '../../src';
import { SeededRandom } from '../faults/seeded-random';
import { Pipeline } from '../pipeline/pipeline';
import { BuggyProcessor } from './buggy-processor';
import { runCampaign } from './kill-campaign';
import { messagesIn } from './queue';
import { shortPolls } from './short-polls';
import { Tool } from './tool';

/** How often each of the two is killed: `OPERATE_KILLS=20 npx jest test/operate/kill` takes its time. */
const KILLS = Number(process.env.OPERATE_KILLS ?? 3);
const SEED = Number(process.env.OPERATE_SEED ?? 13);
const LETTERS = Math.max(60, 4 * KILLS);

/** Two records each, so that a dead letter can be taken in part. */
const RECORDS = Array.from({ length: LETTERS }, (_, index) => [`poison-${index}-a`, `poison-${index}-b`]).flat();

const TARGETS = [
  // Of every fifth the second record fails on, until all is mended: a smaller dead letter takes its place.
  { stack: 'ToProcessor', command: ['redrive', '--stack', 'ToProcessor'], bugs: { report: RECORDS.filter((name) => /[05]-b$/.test(name)) } },
  { stack: 'ToStream', command: ['redrive', '--stack', 'ToStream', '--to-stream'], bugs: {} },
];

describe(`a redrive that is killed ${KILLS} times, and then run to its end`, () => {
  let pipeline: Pipeline;
  let tools: Tool[];
  const processors = TARGETS.map(() => new BuggyProcessor({ throw: ['poison'] }));

  beforeAll(async () => {
    const define = (app: App) =>
      TARGETS.map(({ stack }, index) => new KinesisStreamProcessor(new Stack(app, stack), 'Orders', {
        processorProps: processors[index].props,
        capture: FailureCapture.hydrate({ reservedConcurrentExecutions: 2 }),
        streamProps: { shardCount: 1 },
        batchSize: 2,
        bisectBatchOnError: false,
        retryAttempts: 0,
      }));
    pipeline = await Pipeline.start({ define });
    pipeline.cloud.gateway.use(shortPolls);
    tools = TARGETS.map(({ stack }) => new Tool(pipeline.cloud.operator(undefined, `OperatorOf${stack}`)));
    await Promise.all(TARGETS.map(async (_, index) => pipeline.publish(RECORDS.map((name) => ({ key: 'a', data: name })), index)));
    await pipeline.settle();
  });

  afterAll(async () => {
    await pipeline?.stop();
    for (const it of [...processors, ...(tools ?? [])]) it.remove();
  });

  // Both at once: most of the time they wait for messages to come back.
  const results = () => Promise.all(TARGETS.map(async ({ command, bugs }, index) => {
    const [processor, tool] = [processors[index], tools[index]];
    expect(processor.processed).toEqual([]);
    processor.setBugs(bugs);
    return runCampaign({ pipeline, index, processor, tool, command, kills: KILLS, deadLetters: LETTERS, chance: new SeededRandom(SEED + index) });
  }));

  it('has lost nothing: every record is processed, and no message is left', async () => {
    for (const [index, result] of (await results()).entries()) {
      const { queueUrl, undeliverableQueueUrl } = pipeline.processors[index];
      const { processed } = processors[index];
      const lost = RECORDS.filter((name) => !processed.includes(name));
      if (process.env.OPERATE_KILLS) {
        const { stack } = TARGETS[index];
        process.stderr.write(`${stack}: ${JSON.stringify({ seed: SEED + index, ...result, records: RECORDS.length, lost: lost.length, duplicates: processed.length - RECORDS.length })}\n`);
      }
      expect(result).toMatchObject({ kills: KILLS, exitCode: 0 });
      expect(result.left).toBeGreaterThan(0);
      expect(lost).toEqual([]);
      expect(await messagesIn(pipeline.cloud.clients.sqs, queueUrl)).toEqual({ visible: 0, inFlight: 0 });
      expect(await messagesIn(pipeline.cloud.clients.sqs, undeliverableQueueUrl)).toEqual({ visible: 0, inFlight: 0 });
    }
    expect(pipeline.cloud.account.denials).toEqual([]);
  }, (120 + 90 * KILLS) * 1_000);
});
