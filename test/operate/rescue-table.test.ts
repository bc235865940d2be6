import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { Stack } from 'aws-cdk-lib';
import type { DynamoDBRecord } from 'aws-lambda';
import type { ExportedMessage } from '../../cli/file/exported-message';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { Pipeline } from '../pipeline/pipeline';
import { describeNeedsJava } from '../support/java';
import { BuggyProcessor } from './buggy-processor';
import { plainStack } from './plain-stack';
import { Tool } from './tool';

const POISON = ['poison-0', 'poison-1', 'poison-2'];

describeNeedsJava('a queue of plain failure records of a table', () => {
  let processor: BuggyProcessor;
  let pipeline: Pipeline;
  let tool: Tool;

  beforeAll(async () => {
    processor = new BuggyProcessor({ throw: ['poison'] });
    pipeline = await Pipeline.start({
      define: (app) => {
        plainStack(new Stack(app, 'Plain'), processor.props, 'dynamodb');
        return [];
      },
      consolidateFailures: 'none',
    });
    tool = new Tool(pipeline.cloud.operator());
    for (const id of POISON.flatMap((poison, index) => [`good-${index}`, poison])) {
      await pipeline.cloud.clients.dynamodb.send(new PutItemCommand({ TableName: pipeline.stacks[0].outputs.TableName, Item: { id: { S: id } } }));
    }
    await pipeline.settle();
  });

  afterAll(async () => {
    await pipeline?.stop();
    tool?.remove();
    processor?.remove();
  });

  it('is rescued with nothing of this library deployed, and its records are sent again', async () => {
    const { exitCode, document } = await tool.json('rescue', '--queue', pipeline.stacks[0].outputs.QueueUrl);
    expect([exitCode, document.counts.complete, document.recordsRescued]).toEqual([0, document.failures, POISON.length]);
    const bodies = readFileSync(join(tool.folder, 'rescued.jsonl'), 'utf8').trim().split('\n')
      .map((line) => JSON.parse((JSON.parse(line) as ExportedMessage).body) as DeadLetter);
    const records = bodies.flatMap(({ payload }) => payload.Records) as DynamoDBRecord[];
    expect(records.map(({ dynamodb }) => dynamodb!.NewImage!.id.S).sort()).toEqual(POISON);

    processor.fix();
    const before = processor.processed.length;
    expect((await tool.run('redrive', '--from', 'rescued.jsonl', '--yes')).exitCode).toBe(0);
    expect([...processor.processed.slice(before)].sort()).toEqual(POISON);
    expect(pipeline.cloud.account.denials).toEqual([]);
  });
});
