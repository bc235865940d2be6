import { App, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DynamoStreamProcessor } from '../../src';
import { describeNeedsJava } from '../support/java';
import { Pipeline, processorProps } from './pipeline';
import { changesOf, idOf, PipelineTable } from './table';
import { permissions, revoke } from './template-permissions';

const ROLE = 'AuditDlqHydrateRole';

/** A table with a key of its own, so that every permission there can be is in use. */
function encrypted(app: App): DynamoStreamProcessor[] {
  const stack = new Stack(app, 'Test');
  return [
    new DynamoStreamProcessor(stack, 'Audit', {
      table: new dynamodb.Table(stack, 'Table', {
        partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
        stream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        encryptionKey: new kms.Key(stack, 'StreamKey'),
      }),
      processorProps: processorProps(),
      encryptionKey: new kms.Key(stack, 'QueueKey'),
      retryAttempts: 0,
    }),
  ];
}

/** What reads the stream. What writes is the same whatever was read: test/pipeline/permissions.test.ts takes it away. */
const READING = ['dynamodb:GetRecords on Table', 'dynamodb:GetShardIterator on Table', 'kms:Decrypt on StreamKey'];
const WRITING = [
  'kms:Decrypt on QueueKey', 'kms:GenerateDataKey on QueueKey', 'logs:CreateLogStream on LogGroup', 'logs:PutLogEvents on LogGroup',
  's3:PutObject on OverflowBucket', 'sqs:ChangeMessageVisibility on IntakeQueue', 'sqs:DeleteMessage on IntakeQueue',
  'sqs:GetQueueAttributes on IntakeQueue', 'sqs:ReceiveMessage on IntakeQueue', 'sqs:SendMessage on Queue', 'sqs:SendMessage on UndeliverableQueue',
];

describeNeedsJava('the permissions of the hydrate role on the stream of a table', () => {
  let pipeline: Pipeline;

  afterEach(async () => pipeline?.stop());

  async function failed(edit: Parameters<typeof Pipeline.start>[0]['edit']): Promise<void> {
    pipeline = await Pipeline.start({ define: encrypted, edit });
    await new PipelineTable(pipeline).put({ id: { S: 'throw' } });
    await pipeline.settle();
  }

  it('are what reading takes, and no more: with them, nothing is denied', async () => {
    let granted: string[] = [];
    await failed((template) => (granted = permissions(template, ROLE)));

    const [letter] = await pipeline.deadLetters();
    expect(changesOf(letter).map(idOf)).toEqual(['throw']);
    expect(pipeline.cloud.account.denials).toEqual([]);
    expect([...new Set(granted)].sort()).toEqual([...READING, ...WRITING].sort());
  });

  it.each(READING)('without %s the dead letter says so, with the failure record and no payload', async (permission) => {
    await failed((template) => revoke(template, ROLE, permission));

    const [action] = permission.split(' on ');
    expect(new Set(pipeline.cloud.account.denials.map((denial) => denial.action))).toEqual(new Set([action]));
    const letters = await pipeline.deadLetters();
    expect(letters.map(({ hydration }) => hydration)).toEqual([
      expect.objectContaining({
        status: 'UNREADABLE', recoveredRecords: 0, error: { name: 'AccessDeniedException', message: expect.stringContaining(action) },
      }),
    ]);
    expect(letters[0].DDBStreamBatchInfo!.batchSize).toBe(1);
    expect(await pipeline.undeliverables()).toEqual([]);
  });

  it('without sqs:SendMessage on Queue a failure record is denied its way and kept in the undeliverable queue', async () => {
    await failed((template) => revoke(template, ROLE, 'sqs:SendMessage on Queue'));

    expect(await pipeline.deadLetterMessages()).toEqual([]);
    const kept = (await pipeline.undeliverables()).map(({ Body }) => JSON.parse(Body!).Message);
    expect(kept.map((message) => JSON.parse(message).DDBStreamBatchInfo.batchSize)).toEqual([1]);
  });

  it('do not make up for those of the processor: a mapping that may not read is refused', async () => {
    await expect(
      Pipeline.start({ define: encrypted, edit: (template) => revoke(template, 'AuditProcessorServiceRole', 'dynamodb:GetRecords on Table') }),
    ).rejects.toThrow(/please ensure the role can perform the GetRecords/);
  });
});
