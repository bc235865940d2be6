import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { Stack } from 'aws-cdk-lib';
import { commandsIn, wordsOf } from '../../cli/test/support/printed-commands';
import { Pipeline } from '../pipeline/pipeline';
import { BuggyProcessor } from './buggy-processor';
import { plainStack } from './plain-stack';
import { Tool } from './tool';

const POISON = ['poison-1', 'poison-2', 'crash-1'];

let processor: BuggyProcessor;
let pipeline: Pipeline;
let tool: Tool;

beforeAll(async () => {
  processor = new BuggyProcessor({ throw: ['poison'], crash: ['crash'] });
  pipeline = await Pipeline.start({
    define: (app) => {
      plainStack(new Stack(app, 'Plain'), processor.props, 'kinesis');
      return [];
    },
    consolidateFailures: 'none',
  });
  tool = new Tool(pipeline.cloud.operator());
  const [{ outputs }] = pipeline.stacks;
  await pipeline.cloud.clients.kinesis.send(new PutRecordsCommand({
    StreamName: outputs.StreamName, Records: POISON.map((name) => ({ PartitionKey: name, Data: Buffer.from(name) })),
  }));
  await pipeline.settle();
  await tool.run('rescue', '--queue', outputs.QueueUrl);
});

afterAll(async () => {
  await pipeline?.stop();
  tool?.remove();
  processor?.remove();
});

/** Calls of SQS and of the tagging API since then: a file needs no queue. */
const callsOfQueues = () => pipeline.cloud.account.decisions
  .filter(({ principal, action }) => principal === tool.roleArn && /^(sqs|tag):/.test(action)).length;

describe('a rescued file', () => {
  it('is looked at, and sent group by group, by the commands that are printed', async () => {
    const before = callsOfQueues();
    const { exitCode, stdout } = await tool.run('ls', '--from', 'rescued.jsonl', '--by', 'error');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('TypeError: poison-');
    expect(stdout).toContain('3 dead letters in rescued.jsonl, 3 records, failed ');
    const [redrive] = commandsIn(stdout);
    expect(redrive).toMatch(/^redrive --group [\da-f]{12} --from rescued\.jsonl$/);

    const { document } = await tool.json('ls', '--from', 'rescued.jsonl', '--where', "data == 'crash-1'");
    expect(document).toMatchObject({ looked: 3, matched: 1, exhausted: true });
    const [{ deadLetterId }] = document.messages;
    const shown = await tool.run('show', deadLetterId.slice(0, 8), '--from', 'rescued.jsonl');
    expect(shown.stdout).toMatch(/^reason +Runtime\.ExitError/);
    expect(shown.stdout).toContain('crash-1');
    expect(commandsIn(shown.stdout)).toEqual([`redrive ${deadLetterId.slice(0, 8)} --from rescued.jsonl`]);

    processor.setBugs({ crash: ['crash'] });
    const [processed] = [processor.processed.length];
    expect((await tool.run(...wordsOf(redrive), '--yes')).exitCode).toBe(0);
    expect([...processor.processed.slice(processed)].sort()).toEqual(['poison-1', 'poison-2']);

    const left = await tool.run('ls', '--from', 'rescued.jsonl');
    expect(left.stdout).toContain('1 dead letter in rescued.jsonl, 1 record, failed ');
    expect(left.stderr).toContain('2 messages were sent before, as rescued.jsonl.redriven says, and are not listed\n');

    processor.fix();
    expect((await tool.run('redrive', '--from', 'rescued.jsonl', '--where', "data == 'crash-1'", '--yes')).exitCode).toBe(0);
    expect(processor.processed.slice(processed).at(-1)).toBe('crash-1');
    expect((await tool.json('ls', '--from', 'rescued.jsonl')).document).toMatchObject({ looked: 0, matched: 0 });
    const sent = await tool.run('show', deadLetterId, '--from', 'rescued.jsonl', '--no-logs');
    expect(sent.stdout.replaceAll(/\n +/g, ' ')).toContain('nothing: it was sent before, as rescued.jsonl.redriven says');
    expect(callsOfQueues()).toBe(before);
  });
});
