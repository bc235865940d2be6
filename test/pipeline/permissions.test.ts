import { App, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import { KinesisStreamProcessor } from '../../src';
import { Pipeline, type PipelineOptions, processorProps, receivedOnce } from './pipeline';
import { permissions, revoke } from './template-permissions';

/** A pipeline with a key of its own on everything, so that every permission there can be is in use. */
function encrypted(app: App): KinesisStreamProcessor[] {
  const stack = new Stack(app, 'Test');
  return [
    new KinesisStreamProcessor(stack, 'Orders', {
      processorProps: processorProps(),
      streamProps: { encryption: kinesis.StreamEncryption.KMS, encryptionKey: new kms.Key(stack, 'StreamKey') },
      encryptionKey: new kms.Key(stack, 'QueueKey'),
      retryAttempts: 0,
      bisectBatchOnError: false,
    }),
  ];
}

/** A batch that fails, whose dead letter is over the limit of the queue. */
const LARGE = [{ key: 'a', data: `throw ${'x'.repeat(500_000)}` }, { key: 'b', data: 'y'.repeat(500_000) }];

const HYDRATE_ROLE = 'OrdersDlqHydrateRole';

/** What each permission of the hydrate role is for, and what becomes of the failure record without it. */
const HYDRATE: readonly { permission: string; without: 'unreadable' | 'undeliverable' | 'unlogged' | 'undeployable' | 'late' | 'without a reason' }[] = [
  { permission: 'logs:CreateLogStream on LogGroup', without: 'unlogged' },
  { permission: 'logs:PutLogEvents on LogGroup', without: 'unlogged' },
  { permission: 'kinesis:GetRecords on Stream', without: 'unreadable' },
  { permission: 'kinesis:GetShardIterator on Stream', without: 'unreadable' },
  { permission: 'kms:Decrypt on StreamKey', without: 'unreadable' },
  { permission: 'sqs:SendMessage on Queue', without: 'undeliverable' },
  { permission: 's3:PutObject on OverflowBucket', without: 'undeliverable' },
  { permission: 'sqs:SendMessage on UndeliverableQueue', without: 'without a reason' },
  { permission: 'sqs:ReceiveMessage on IntakeQueue', without: 'undeployable' },
  { permission: 'sqs:DeleteMessage on IntakeQueue', without: 'undeployable' },
  { permission: 'sqs:GetQueueAttributes on IntakeQueue', without: 'undeployable' },
  // What fails comes again after the visibility timeout of the queue, not sooner.
  { permission: 'sqs:ChangeMessageVisibility on IntakeQueue', without: 'late' },
];

describe('the permissions of the hydrate role', () => {
  let pipeline: Pipeline | undefined;

  afterEach(async () => {
    await pipeline?.stop();
    pipeline = undefined;
  });

  /** A batch has failed in a pipeline without one permission, whose use was denied. */
  async function deniedWithout(permission: string, batch = [{ key: 'a', data: 'throw' }], more?: PipelineOptions['edit']): Promise<Pipeline> {
    pipeline = await Pipeline.start({
      define: encrypted,
      edit: (template, stackName) => {
        revoke(template, HYDRATE_ROLE, permission);
        more?.(template, stackName);
      },
    });
    await pipeline.publish(batch);
    await pipeline.settle();
    const [action] = permission.split(' on ');
    expect(pipeline.cloud.account.denials.map((denial) => denial.action)).toContain(action);
    return pipeline;
  }

  it('are all in use: with them, nothing is denied', async () => {
    let granted: string[] = [];
    pipeline = await Pipeline.start({ define: encrypted, edit: (template) => (granted = permissions(template, HYDRATE_ROLE)) });
    await pipeline.publish(LARGE);
    await pipeline.settle();

    expect(await pipeline.deadLetterMessages()).toHaveLength(1);
    expect(pipeline.cloud.account.denials).toEqual([]);
    const queueKey = ['kms:Decrypt on QueueKey', 'kms:GenerateDataKey on QueueKey'];
    expect([...new Set(granted)].sort()).toEqual([...HYDRATE.map(({ permission }) => permission), ...queueKey].sort());
  });

  it.each(HYDRATE.filter(({ without }) => without === 'unreadable'))(
    'without $permission the dead letter says so, with the failure record and no payload',
    async ({ permission }) => {
      pipeline = await deniedWithout(permission);
      const [letter] = await pipeline.deadLetters();
      expect(letter.hydration).toMatchObject({
        status: 'UNREADABLE',
        recoveredRecords: 0,
        error: { name: expect.stringMatching(/^(KMS)?AccessDeniedException$/), message: expect.stringContaining(permission.split(' on ')[0]) },
      });
      expect(letter.KinesisBatchInfo!.batchSize).toBe(1);
      expect(await pipeline.undeliverables()).toEqual([]);
    },
  );

  it.each(HYDRATE.filter(({ without }) => without === 'undeliverable'))(
    'without $permission a failure record is denied its way and kept in the undeliverable queue',
    async ({ permission }) => {
      pipeline = await deniedWithout(permission, LARGE);
      expect(await pipeline.deadLetterMessages()).toEqual([]);
      const [kept, ...more] = await pipeline.undeliverables();
      expect(more).toEqual([]);
      expect(JSON.parse(JSON.parse(kept.Body!).Message).requestContext.condition).toBe('RetryAttemptsExhausted');
    },
  );

  it('without kms:GenerateDataKey on QueueKey no queue can be written: the failure record is kept in the undeliverable queue', async () => {
    pipeline = await deniedWithout('kms:GenerateDataKey on QueueKey', undefined, receivedOnce);
    expect(await pipeline.deadLetters()).toEqual([]);
    expect(await pipeline.undeliverables()).toHaveLength(1);
  });

  it('without kms:Decrypt on QueueKey the failure record stays in the intake queue', async () => {
    await expect(deniedWithout('kms:Decrypt on QueueKey')).rejects.toThrow('kms:Decrypt');
  });

  it.each(HYDRATE.filter(({ without }) => without === 'unlogged'))(
    'without $permission the dead letter is written, and the log is not',
    async ({ permission }) => {
      pipeline = await deniedWithout(permission);
      expect(await pipeline.deadLetters()).toHaveLength(1);
      const lines = [...pipeline.cloud.account.logGroups.values()].flatMap(({ applicationMessages }) => applicationMessages).filter((message) => message.includes('dead letter sent'));
      expect(lines).toEqual([]);
    },
  );

  it.each(HYDRATE.filter(({ without }) => without === 'undeployable'))(
    'without $permission the stack is refused, as Lambda refuses the mapping',
    async ({ permission }) => {
      await expect(
        Pipeline.start({ define: encrypted, edit: (template) => revoke(template, HYDRATE_ROLE, permission) }),
      ).rejects.toThrow(permission.split(/[: ]/)[1]);
    },
  );
});
