import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { App, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { FailureCapture, KinesisStreamProcessor } from '../../src';
import { Pipeline, type PipelineOptions, processorProps } from './pipeline';
import { permissions, revoke, withoutAll } from './template-permissions';

/** A pipeline with a key of its own on everything, so that every permission there can be is in use. */
function encrypted(app: App): KinesisStreamProcessor[] {
  const stack = new Stack(app, 'Test');
  const bucket = new s3.Bucket(stack, 'Bucket', { encryptionKey: new kms.Key(stack, 'BucketKey') });
  // The CDK's own way to switch it on is a custom resource, which the local deployment does not know.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return [
    new KinesisStreamProcessor(stack, 'Orders', {
      processorProps: processorProps(),
      streamProps: { encryption: kinesis.StreamEncryption.KMS, encryptionKey: new kms.Key(stack, 'StreamKey') },
      encryptionKey: new kms.Key(stack, 'QueueKey'),
      retryAttempts: 0,
      bisectBatchOnError: false,
      capture: FailureCapture.s3({ bucket }),
    }),
  ];
}

/** A pipeline as it is without options. */
function unencrypted(app: App): KinesisStreamProcessor[] {
  return [new KinesisStreamProcessor(new Stack(app, 'Test'), 'Orders', { processorProps: processorProps(), capture: FailureCapture.s3() })];
}

const CAPTURE_ROLE = 'OrdersDlqCaptureRole';
const PROCESSOR_ROLE = 'OrdersProcessorServiceRole';

/** What each permission of the capture role is for, and what becomes of the failed batch without it. */
const CAPTURE: readonly { permission: string; without: 'undeliverable' | 'unlogged' | 'undeployable' }[] = [
  { permission: 'logs:CreateLogStream on LogGroup', without: 'unlogged' },
  { permission: 'logs:PutLogEvents on LogGroup', without: 'unlogged' },
  { permission: 's3:GetObject on Bucket', without: 'undeliverable' },
  { permission: 'kms:Decrypt on BucketKey', without: 'undeliverable' },
  { permission: 'sqs:SendMessage on Queue', without: 'undeliverable' },
  { permission: 'sqs:SendMessage on UndeliverableQueue', without: 'undeployable' },
];

/** What lets the processor's role write failed batches. */
const DELIVERY = ['s3:PutObject on Bucket', 's3:ListBucket on Bucket', 'kms:GenerateDataKey on BucketKey'];

let pipeline: Pipeline | undefined;

/** A batch has failed. */
async function failed(options: Partial<PipelineOptions> = {}): Promise<Pipeline> {
  pipeline = await Pipeline.start({ define: encrypted, ...options });
  await pipeline.publish([{ key: 'a', data: 'throw' }]);
  await pipeline.settle();
  return pipeline;
}

/** A batch has failed in a pipeline without one permission, whose use was denied. */
async function deniedWithout(permission: string, role = CAPTURE_ROLE): Promise<Pipeline> {
  await failed({ edit: (template) => revoke(template, role, permission) });
  const [action] = permission.split(' on ');
  expect(pipeline!.cloud.account.denials.map((denial) => denial.action)).toContain(action);
  return pipeline!;
}

/** Keys of the objects that Lambda has written. */
async function objects({ cloud, stacks: [{ resources }] }: Pipeline): Promise<string[]> {
  const { physicalId: Bucket } = [...resources].find(([id]) => id.startsWith('Bucket') && !id.startsWith('BucketKey') && !id.includes('Policy'))![1];
  const { Contents = [] } = await cloud.clients.s3.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key }) => Key!);
}

afterEach(async () => {
  await pipeline?.stop();
  pipeline = undefined;
});

describe('the permissions of the capture role', () => {
  it('are all in use: with them, nothing is denied', async () => {
    let granted: string[] = [];
    const it = await failed({ edit: (template) => (granted = permissions(template, CAPTURE_ROLE)) });

    expect(await it.deadLetters()).toHaveLength(1);
    expect(it.cloud.account.denials).toEqual([]);
    const queueKey = ['kms:Decrypt on QueueKey', 'kms:GenerateDataKey on QueueKey'];
    expect([...new Set(granted)].sort()).toEqual([...CAPTURE.map(({ permission }) => permission), ...queueKey].sort());
  });

  it.each(CAPTURE.filter(({ without }) => without === 'undeliverable'))(
    'without $permission the event is kept in the undeliverable queue, and names the object',
    async ({ permission }) => {
      const it = await deniedWithout(permission);
      expect(await it.deadLetterMessages()).toEqual([]);
      const [kept, ...more] = await it.undeliverables();
      expect(more).toEqual([]);
      const { requestPayload, responsePayload } = JSON.parse(kept.Body!);
      expect([requestPayload.detail.object.key]).toEqual(await objects(it));
      expect(responsePayload.errorMessage).toMatch(/AccessDenied|not authorized|Access Denied/);
    },
  );

  it.each(['kms:Decrypt on QueueKey', 'kms:GenerateDataKey on QueueKey'])(
    'without %s no queue can be written, which one key encrypts: the batch is in the bucket',
    async (permission) => {
      const it = await deniedWithout(permission);
      expect([...(await it.deadLetters()), ...(await it.undeliverables())]).toEqual([]);
      expect(await objects(it)).toHaveLength(1);
    },
  );

  it.each(CAPTURE.filter(({ without }) => without === 'unlogged'))(
    'without $permission the dead letter is written, and the log is not',
    async ({ permission }) => {
      const it = await deniedWithout(permission);
      expect(await it.deadLetters()).toHaveLength(1);
      const lines = [...it.cloud.account.logGroups.values()].flatMap(({ applicationMessages }) => applicationMessages).filter((message) => message.includes('dead letter sent'));
      expect(lines).toEqual([]);
    },
  );

  it.each(CAPTURE.filter(({ without }) => without === 'undeployable'))(
    'without $permission the stack is refused, as Lambda refuses the destination',
    async ({ permission }) => {
      const edit: PipelineOptions['edit'] = (template) => revoke(template, CAPTURE_ROLE, permission);
      await expect(Pipeline.start({ define: encrypted, edit })).rejects.toThrow(/SendMessage/);
    },
  );
});

describe("the permissions of the processor's role", () => {
  it('are all in use for the bucket', async () => {
    let granted: string[] = [];
    await failed({ edit: (template) => (granted = permissions(template, PROCESSOR_ROLE)) });
    expect(granted).toEqual(expect.arrayContaining(DELIVERY));
    expect(granted.filter((permission) => / on Bucket(Key)?$/.test(permission)).sort()).toEqual([...DELIVERY].sort());
  });

  it.each([['s3:PutObject on Bucket', /PutObject on S3/], ['s3:ListBucket on Bucket', /ListBucket on S3/]] as const)(
    'without %s the mapping is refused, as Lambda refuses the destination',
    async (permission, message) => {
      const edit: PipelineOptions['edit'] = (template) => revoke(template, PROCESSOR_ROLE, permission);
      await expect(Pipeline.start({ define: encrypted, edit })).rejects.toThrow(message);
    },
  );

  it('without the key of the bucket Lambda cannot write, and counts it: the mapping was made all the same', async () => {
    const it = await deniedWithout('kms:GenerateDataKey on BucketKey', PROCESSOR_ROLE);
    const [mapping] = it.stacks[0].mappings.values();
    expect(mapping.counters).toMatchObject({ recordsGivenUp: 1, failedDeliveries: 1 });
    expect(await objects(it)).toEqual([]);
  });
});

describe('what a role may not do', () => {
  it.each([
    ['given', encrypted],
    ['its own', unencrypted],
  ] as const)('with a bucket that is %s, no function reads and writes, and none deletes', async (_, define) => {
    pipeline = await Pipeline.start({ define });
    const { cloud, stacks: [{ functions, resources }] } = pipeline;
    const bucketArn = [...resources.values()].find(({ type }) => type === 'AWS::S3::Bucket')!.attributes.Arn;
    const roleOf = (id: string) => [...functions].find(([logicalId]) => logicalId.includes(id))![1].roleArn;
    const may = async (id: string, action: string, path = '') => {
      const { allowed } = await cloud.authorizer.authorize({ principal: { roleArn: roleOf(id) }, action, resource: `${bucketArn}${path}` });
      return allowed;
    };
    const object = '/aws/lambda/mapping/shard/2026/11/20/object';

    const actions = [
      ['s3:PutObject', object], ['s3:GetObject', object], ['s3:DeleteObject', object], ['s3:PutObject', '/dead-letters/2026/11/20/letter.json'],
      ['s3:GetObject', '/dead-letters/2026/11/20/letter.json'], ['s3:PutObject', '/elsewhere'], ['s3:ListBucket', ''], ['s3:PutBucketPolicy', ''],
      ['s3:PutLifecycleConfiguration', ''],
    ] as const;
    const allowedTo = async (id: string) => {
      const answers = await Promise.all(actions.map(async ([action, path]) => ((await may(id, action, path)) ? [`${action} ${path}`] : [])));
      return answers.flat();
    };
    expect(await allowedTo('Processor')).toEqual([`s3:PutObject ${object}`, 's3:ListBucket ']);
    expect(await allowedTo('Capture')).toEqual([`s3:GetObject ${object}`]);
  });
});

describe('the permissions of EventBridge', () => {
  it('to invoke the function: without it, the event waits in the undeliverable queue, whose key it may use', async () => {
    const it = await failed({ edit: withoutAll('AWS::Lambda::Permission') });
    const [kept, ...more] = await it.undeliverables();
    expect(more).toEqual([]);
    expect(kept.MessageAttributes!.ERROR_CODE.StringValue).toBe('NO_PERMISSIONS');
    expect([JSON.parse(kept.Body!).detail.object.key]).toEqual(await objects(it));
    expect(await it.deadLetters()).toEqual([]);
  });

  it('to send to the undeliverable queue: without that as well, the batch is in the bucket', async () => {
    const it = await failed({ edit: withoutAll('AWS::Lambda::Permission', 'AWS::SQS::QueuePolicy') });
    expect([...(await it.deadLetters()), ...(await it.undeliverables())]).toEqual([]);
    const [rule] = it.stacks[0].rules.values();
    expect(rule.lost).toHaveLength(1);
    expect(await objects(it)).toHaveLength(1);
  });
});
