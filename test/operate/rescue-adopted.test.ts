import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { ExportedMessage } from '../../cli/file/exported-message';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { PolicyDocument } from '../../local/account';
import { drainMessages } from '../../local/queue-messages';
import { KinesisStreamProcessor } from '../../src';
import { Pipeline } from '../pipeline/pipeline';
import { describeNeedsJava } from '../support/java';
import { BuggyProcessor } from './buggy-processor';
import { killAt, type KillPoint } from './kill-point';
import { withoutAction } from './operator-session';
import { messagesIn } from './queue';
import { shortPolls } from './short-polls';
import { Tool } from './tool';

const POISON = Array.from({ length: 8 }, (_, index) => `poison-${index}`);
/** How a processor is wired up without this library. */
const MAPPING = { startingPosition: lambda.StartingPosition.TRIM_HORIZON, bisectBatchOnError: true, retryAttempts: 0, batchSize: 10 };

/** A stream and a table whose failure records go to one plain queue; everything that can have a key has one. */
function oldStack(stack: Stack, processorProps: lambda.FunctionProps): void {
  const processor = new lambda.Function(stack, 'Processor', processorProps);
  const queue = new sqs.Queue(stack, 'OnFailure', { retentionPeriod: Duration.days(14), encryptionMasterKey: new kms.Key(stack, 'QueueKey') });
  const onFailure = new sources.SqsDlq(queue);
  const stream = new kinesis.Stream(stack, 'Stream', { encryptionKey: new kms.Key(stack, 'StreamKey') });
  processor.addEventSource(new sources.KinesisEventSource(stream, { ...MAPPING, onFailure }));
  const table = new dynamodb.TableV2(stack, 'Table', {
    partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
    dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  processor.addEventSource(new sources.DynamoEventSource(table, { ...MAPPING, onFailure }));
  new CfnOutput(stack, 'StreamName', { value: stream.streamName });
  new CfnOutput(stack, 'TableName', { value: table.tableName });
  new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
}

/** What the team has adopted since. A limit that a dead letter may be over. */
function newStack(stack: Stack, processorProps: lambda.FunctionProps): KinesisStreamProcessor {
  const auditLogGroup = new logs.LogGroup(stack, 'Audit');
  const queue = new sqs.Queue(stack, 'NewQueue', { maxMessageSizeBytes: 2_048, encryptionMasterKey: new kms.Key(stack, 'Key') });
  return new KinesisStreamProcessor(stack, 'Orders', { processorProps, queue, auditLogGroup, retryAttempts: 0 });
}

describeNeedsJava('a queue of plain failure records, and a StreamDlq that is deployed since', () => {
  let processor: BuggyProcessor;
  let pipeline: Pipeline;
  let operator: Tool;
  let old: string;
  const tools: Tool[] = [];

  beforeAll(async () => {
    processor = new BuggyProcessor({ throw: ['poison'] });
    pipeline = await Pipeline.start({
      define: (app) => {
        oldStack(new Stack(app, 'Old'), processor.props);
        return [newStack(new Stack(app, 'New'), processor.props)];
      },
      consolidateFailures: 'none',
    });
    pipeline.cloud.gateway.use(shortPolls);
    operator = toolWith(undefined, 'Admin');
    old = pipeline.stacks.find(({ stackName }) => stackName === 'Old')!.outputs.QueueUrl;
  });

  afterAll(async () => {
    await pipeline?.stop();
    for (const it of [...tools, processor]) it?.remove();
  });

  function toolWith(policy: PolicyDocument | undefined, name: string): Tool {
    const tool = new Tool(pipeline.cloud.operator(policy, name));
    tools.push(tool);
    return tool;
  }

  const outputs = () => pipeline.stacks.find(({ stackName }) => stackName === 'Old')!.outputs;

  async function fail(...names: readonly string[]): Promise<void> {
    await pipeline.cloud.clients.kinesis.send(new PutRecordsCommand({
      StreamName: outputs().StreamName, Records: names.map((name) => ({ PartitionKey: name, Data: Buffer.from(name) })),
    }));
    await pipeline.settle();
  }

  async function failInTable(id: string): Promise<void> {
    const Item = { id: { S: id }, text: { S: 'x'.repeat(3_000) } };
    await pipeline.cloud.clients.dynamodb.send(new PutItemCommand({ TableName: outputs().TableName, Item }));
    await pipeline.settle();
  }

  const linesOf = (tool: Tool, file: string) => {
    const path = join(tool.folder, file);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as ExportedMessage) : [];
  };
  const namesIn = ({ body }: { readonly body: string }) => (JSON.parse(body) as DeadLetter).payload.Records
    .map((record) => Buffer.from((record as { kinesis: { data: string } }).kinesis.data, 'base64').toString());

  const waiting = async () => messagesIn(pipeline.cloud.clients.sqs, old);
  const arrived = async () => messagesIn(pipeline.cloud.clients.sqs, pipeline.processors[0].queueUrl);

  const NAME = () => old.split('/').at(-1)!;
  const deniedTo = (tool: Tool) => pipeline.cloud.account.denials.filter(({ principal }) => principal === tool.roleArn).map(({ message }) => message);

  describe('with what policy --rescue prints', () => {
    let policy: PolicyDocument;
    const rescue = (...more: readonly string[]) => ['rescue', '--queue', NAME(), '--to-stack', 'New', '--delete', '--yes', ...more];

    beforeAll(async () => {
      const { exitCode, document, stderr } = await operator.json('policy', '--rescue', '--queue', NAME(), '--to-stack', 'New', '--delete');
      expect([exitCode, stderr]).toEqual([0, '']);
      policy = document.policy as PolicyDocument;
    });

    it('brings everything over, from a stream and from a table, whatever its size', async () => {
      await fail('good', 'poison-a');
      await failInTable('poison-b');
      expect(await waiting()).toEqual({ visible: 2, inFlight: 0 });
      const tool = toolWith(policy, 'Rescuer');
      const { exitCode, stdout, stderr } = await tool.run(...rescue());
      expect([exitCode, deniedTo(tool), stdout]).toEqual([0, [], expect.stringContaining('2 messages deleted from the old queue.')]);
      expect(stderr).not.toContain('warning');
      expect([await waiting(), await arrived()]).toEqual([{ visible: 0, inFlight: 0 }, { visible: 2, inFlight: 0 }]);
      expect(tool.auditLines.map(({ command, result }) => [command, result])).toEqual([
        ['rescue', 'begun'], ['rescue', 'imported'], ['rescue', 'imported'], ['rescue', 'begun'], ['rescue', 'rescued'], ['rescue', 'rescued'],
      ]);
    });

    it('lacks nothing that it has: without one action, something is refused, and nothing is lost', async () => {
      const actions = [...new Set(policy.Statement.flatMap(({ Action }) => [Action ?? []].flat()))];
      expect(actions).toContain('dynamodb:GetRecords');
      for (const [index, action] of actions.entries()) {
        await fail(`poison-c${index}`);
        await failInTable(`poison-d${index}`);
        const before = (await waiting()).visible + (await arrived()).visible;
        const tool = toolWith(withoutAction(policy, action), `Without-${action.replace(':', '-')}`);
        const { exitCode, stderr, stdout } = await tool.run(...rescue());
        expect([action, deniedTo(tool).join('\n')]).toEqual([action, expect.stringContaining(action)]);
        expect(`${stdout}${stderr}`).not.toContain('    at ');
        if (exitCode === 0) continue;
        const { visible, inFlight } = await waiting();
        expect([action, visible + inFlight + (await arrived()).visible >= before]).toEqual([action, true]);
      }
    });
  });

  describe('killed', () => {
    const POINTS: readonly KillPoint[] = [
      { from: 'the first request', request: 20, when: 'after' },
      { from: 'the first message sent', request: 1, when: 'before' },
      { from: 'the first message sent', request: 3, when: 'after' },
      { from: 'the first message deleted', request: 1, when: 'before' },
      { from: 'the first message deleted', request: 1, when: 'after' },
    ];

    /** Ids of the dead letters in the new queue, each once. */
    async function idsInNew(): Promise<Set<string>> {
      const { document } = await operator.json('ls', '--stack', 'New', '--no-logs');
      return new Set((document.messages as { deadLetterId: string }[]).map(({ deadLetterId }) => deadLetterId));
    }

    beforeEach(async () => {
      for (const url of [old, pipeline.processors[0].queueUrl]) await drainMessages(pipeline.cloud.clients.sqs, url);
    });

    it.each(POINTS)('$when request $request from $from: each failure is in a queue at all times, and once in the file', async (point) => {
      const name = `${point.from.split(' ').at(-1)}-${point.request}`;
      const tool = toolWith(undefined, `Killed-${name}`);
      const poison = POISON.map((each) => `${each}-${name}`);
      await fail(...poison.flatMap((each) => [`good-${each}`, each]));
      const command = ['rescue', '--queue', old, '--to-stack', 'New', '--delete', '--yes', '--concurrency', '1'];
      const { child, ended } = tool.start(...command);
      const remove = pipeline.cloud.gateway.use(killAt(point, tool.roleArn, child));
      expect((await ended).exitCode).toBe(null);
      remove();

      const { visible, inFlight } = await waiting();
      const sent = await idsInNew();
      expect(visible + inFlight + sent.size).toBeGreaterThanOrEqual(poison.length);
      const inFile = new Set(linesOf(tool, 'rescued.jsonl').map(({ messageId }) => messageId));
      expect([...sent].filter((id) => !inFile.has(id))).toEqual([]);

      // What the killed run has hidden comes back.
      while ((await waiting()).inFlight > 0) await sleep(500);
      const { exitCode } = await tool.run(...command);
      expect([exitCode, await waiting()]).toEqual([0, { visible: 0, inFlight: 0 }]);
      const lines = linesOf(tool, 'rescued.jsonl');
      expect(lines.flatMap(namesIn).sort()).toEqual([...poison].sort());
      expect([...await idsInNew()].sort()).toEqual(lines.map(({ messageId }) => messageId).sort());
    });
  });
});
