import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { Stack } from 'aws-cdk-lib';
import type { ExportedMessage } from '../../cli/file/exported-message';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { Pipeline } from '../pipeline/pipeline';
import { BuggyProcessor } from './buggy-processor';
import { plainStack } from './plain-stack';
import { messagesIn } from './queue';
import { Tool } from './tool';

const POISON = Array.from({ length: 12 }, (_, index) => `poison-${index}`);
const KILLS = 8;

let processor: BuggyProcessor;
let pipeline: Pipeline;
let tool: Tool;
let queue: string;

beforeAll(async () => {
  processor = new BuggyProcessor({ throw: ['poison'] });
  pipeline = await Pipeline.start({
    define: (app) => {
      plainStack(new Stack(app, 'Plain'), processor.props, 'kinesis');
      return [];
    },
    consolidateFailures: 'none',
  });
  tool = new Tool(pipeline.cloud.operator());
  const [{ outputs }] = pipeline.stacks;
  queue = outputs.QueueUrl;
  const names = POISON.flatMap((poison, index) => [`good-${index}`, poison]);
  await pipeline.cloud.clients.kinesis.send(new PutRecordsCommand({
    StreamName: outputs.StreamName, Records: names.map((name) => ({ PartitionKey: name, Data: Buffer.from(name) })),
  }));
  await pipeline.settle();
});

afterAll(async () => {
  await pipeline?.stop();
  tool?.remove();
  processor?.remove();
});

const linesOf = (file: string) =>
  readFileSync(join(tool.folder, file), 'utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as ExportedMessage);
const namesIn = (file: string) => linesOf(file)
  .flatMap(({ body }) => (JSON.parse(body) as DeadLetter).payload.Records as { kinesis: { data: string } }[])
  .map(({ kinesis: { data } }) => Buffer.from(data, 'base64').toString());

const rescued = () => (existsSync(join(tool.folder, 'killed.jsonl')) ? readFileSync(join(tool.folder, 'killed.jsonl'), 'utf8').split('\n').length - 1 : 0);

describe('a queue of plain failure records, with nothing of this library deployed', () => {
  it('says what the stream still has, and touches nothing', async () => {
    const { exitCode, document } = await tool.json('rescue', '--queue', queue, '--dry-run');
    expect(exitCode).toBe(0);
    expect(document).toMatchObject({ command: 'rescue', failures: 12, repeats: 0, others: 0, dryRun: true });
    expect(document.streams).toEqual([expect.objectContaining({ batches: 12, records: 12, gone: 0, until: expect.stringMatching(/^20/) })]);
    expect(existsSync(join(tool.folder, 'rescued.jsonl'))).toBe(false);
    expect(await messagesIn(pipeline.cloud.clients.sqs, queue)).toEqual({ visible: 12, inFlight: 0 });
  });

  it('is rescued once however often the tool is killed', async () => {
    const rescue = ['rescue', '--queue', queue, '--to-file', 'killed.jsonl', '--concurrency', '1'];
    const sizes: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const { child, ended } = tool.start(...rescue);
      // In the midst of the reading, when the messages are back in their queue.
      while (child.exitCode === null && rescued() <= kill) await sleep(20);
      child.kill('SIGKILL');
      await ended;
      sizes.push(rescued());
    }
    expect(sizes[0]).toBeLessThan(POISON.length);
    const result = await tool.run(...rescue);
    expect([result.exitCode, namesIn('killed.jsonl').sort()]).toEqual([0, [...POISON].sort()]);
    expect(new Set(linesOf('killed.jsonl').map(({ messageId }) => messageId)).size).toBe(POISON.length);
    expect(await messagesIn(pipeline.cloud.clients.sqs, queue)).toEqual({ visible: 12, inFlight: 0 });
  });

  it('leaves what is no failure record, and says so', async () => {
    await pipeline.cloud.clients.sqs.send(new SendMessageCommand({ QueueUrl: queue, MessageBody: '{"order":1}' }));
    const { exitCode, stdout, stderr } = await tool.run('rescue', '--queue', queue);
    expect(exitCode).toBe(0);
    expect(stderr).toContain('1 entry is not a failure record:');
    expect(stderr).not.toContain('order');
    expect(stderr).not.toContain('Dead letters need no rescue');
    expect(stdout).toContain('12 messages rescued whole (COMPLETE).');
    expect(stdout).toContain('npx stream-dlq redrive --from rescued.jsonl');
    expect(await messagesIn(pipeline.cloud.clients.sqs, queue)).toEqual({ visible: 13, inFlight: 0 });
  });

  it('leaves dead letters, and says what works on them', async () => {
    const { exitCode, stderr } = await tool.run('rescue', '--from', 'rescued.jsonl', '--to-file', 'again.jsonl');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('12 entries are not failure records:');
    expect(stderr).toContain(': it is a dead letter already\n');
    expect(stderr).toContain('Dead letters need no rescue: "ls" lists those of a queue; "redrive" sends those of a queue or, with --from, of a file.');
  });

  it('gives the processor the records as they were, byte for byte', async () => {
    processor.fix();
    const before = processor.processed.length;
    const { exitCode } = await tool.run('redrive', '--from', 'rescued.jsonl', '--yes');
    expect(exitCode).toBe(0);
    expect([...processor.processed.slice(before)].sort()).toEqual([...POISON].sort());
  });
});
