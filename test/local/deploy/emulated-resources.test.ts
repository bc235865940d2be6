import { DescribeStreamSummaryCommand, ListShardsCommand } from '@aws-sdk/client-kinesis';
import { HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ListQueuesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Clients } from '../../../local/deploy/clients';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { inlineFunction, lambdaRole, Recorder } from './recorder';

let emulators: Emulators;
let clients: Clients;
let recorder: Recorder;

beforeAll(async () => {
  emulators = await startEmulators({ accountId: '123456789012', region: 'us-east-1' });
  clients = new Clients(emulators.endpoints, 'us-east-1');
});
afterAll(async () => {
  clients?.destroy();
  await emulators?.stop();
});
beforeEach(() => {
  recorder = new Recorder(emulators.endpoints);
});
afterEach(() => recorder.close());

const kinesisArn = (name: string) => `arn:aws:kinesis:us-east-1:123456789012:stream/${name}`;
const streamResource = (properties: object) => ({ Type: 'AWS::Kinesis::Stream', Properties: properties });

describe('a Kinesis stream', () => {
  test('has the shards, retention and encryption of its template, until it is deleted', async () => {
    const stack = await recorder.deploy({
      Resources: {
        Stream: streamResource({
          ShardCount: 2, RetentionPeriodHours: 48, StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/aws/kinesis' },
        }),
      },
      Outputs: { Arn: { Value: { 'Fn::GetAtt': ['Stream', 'Arn'] } } },
    });
    const name = 'Stack-Stream-AAAAAAAAAAAA';
    expect(stack.outputs).toEqual({ Arn: kinesisArn(name) });
    const { StreamDescriptionSummary: summary } = await clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }));
    expect(summary).toMatchObject({ OpenShardCount: 2, RetentionPeriodHours: 48, EncryptionType: 'KMS', StreamStatus: 'ACTIVE' });
    expect(recorder.account.encryption.get(kinesisArn(name))).toBe('arn:aws:kms:us-east-1:123456789012:alias/aws/kinesis');

    await stack.delete();
    await expect(clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: name }))).rejects.toThrow('not found');
    expect(recorder.account.encryption.size).toBe(0);
  });

  test('starts with four shards when it is on demand', async () => {
    const stack = await recorder.deploy({
      Resources: { Stream: streamResource({ Name: 'on-demand', StreamModeDetails: { StreamMode: 'ON_DEMAND' } }) },
    });
    const { Shards: shards } = await clients.kinesis.send(new ListShardsCommand({ StreamName: 'on-demand' }));
    const { StreamDescriptionSummary: summary } = await clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'on-demand' }));
    expect(shards).toHaveLength(4);
    expect(summary!.StreamModeDetails).toEqual({ StreamMode: 'ON_DEMAND' });
    await stack.delete();
  });

  test('fails without shards', async () => {
    await expect(recorder.deploy({ Resources: { Stream: streamResource({}) } })).rejects.toThrow('property ShardCount is required');
  });

  test('is taken back when its creation fails half-way', async () => {
    const Stream = streamResource({ Name: 'half', ShardCount: 1, RetentionPeriodHours: 9000 });
    await expect(recorder.deploy({ Resources: { Stream } })).rejects.toThrow('resource Stream (AWS::Kinesis::Stream) could not be created');
    await expect(clients.kinesis.send(new DescribeStreamSummaryCommand({ StreamName: 'half' }))).rejects.toThrow('not found');
  });

  test('fails with a key that is not there', async () => {
    const Stream = streamResource({ Name: 'keyless', ShardCount: 1, StreamEncryption: { EncryptionType: 'KMS', KeyId: 'alias/none' } });
    await expect(recorder.deploy({ Resources: { Stream } })).rejects.toThrow('KMS alias alias/none does not exist in the account');
  });

  test('can have consumers', async () => {
    const stack = await recorder.deploy({
      Resources: {
        Stream: streamResource({ Name: 'consumed', ShardCount: 1 }),
        Consumer: {
          Type: 'AWS::Kinesis::StreamConsumer', Properties: { ConsumerName: 'reader', StreamARN: { 'Fn::GetAtt': ['Stream', 'Arn'] } },
        },
      },
    });
    const { physicalId, attributes } = stack.resources.get('Consumer')!;
    expect(physicalId).toMatch(/^arn:aws:kinesis:us-east-1:123456789012:stream\/consumed\/consumer\/reader:\d+$/);
    expect(attributes).toMatchObject({ ConsumerARN: physicalId, ConsumerName: 'reader', StreamARN: kinesisArn('consumed') });
    await stack.delete();
  });
});

describe('an event source mapping', () => {
  const topicArn = 'arn:aws:sns:us-east-1:123456789012:topic';
  const resources = (properties: object = {}, streamArn: unknown = { 'Fn::GetAtt': ['Stream', 'Arn'] }) => ({
    Role: lambdaRole,
    Fn: inlineFunction(),
    Stream: streamResource({ Name: 'mapped', ShardCount: 1 }),
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Fn' }, EventSourceArn: streamArn, StartingPosition: 'TRIM_HORIZON', ...properties },
    },
  });

  test('is started with Lambda\'s defaults, and stopped', async () => {
    const stack = await recorder.deploy({ Resources: resources() });
    const uuid = stack.resources.get('Mapping')!.physicalId;
    expect(recorder.calls.slice(1)).toEqual([
      ['create mapping', {
        uuid, functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:fn', eventSourceArn: kinesisArn('mapped'),
        streamArn: kinesisArn('mapped'), batchSize: 100, maximumBatchingWindowSeconds: 0, parallelizationFactor: 1,
        startingPosition: 'TRIM_HORIZON', maximumRetryAttempts: -1, maximumRecordAgeSeconds: -1, bisectBatchOnFunctionError: false,
        reportBatchItemFailures: false, enabled: true,
      }],
      ['start mapping', undefined],
    ]);
    // As AWS answers: localstack's AWS-validated snapshot of test_create_kinesis_event_source_mapping, and of others without a destination.
    expect(recorder.account.mappings.get(uuid)!.configuration).toEqual({
      UUID: uuid, EventSourceMappingArn: `arn:aws:lambda:us-east-1:123456789012:event-source-mapping:${uuid}`,
      EventSourceArn: kinesisArn('mapped'), FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:fn', StartingPosition: 'TRIM_HORIZON',
      BatchSize: 100, MaximumBatchingWindowInSeconds: 0, ParallelizationFactor: 1, DestinationConfig: { OnFailure: {} },
      MaximumRecordAgeInSeconds: -1, BisectBatchOnFunctionError: false, MaximumRetryAttempts: -1, TumblingWindowInSeconds: 0,
      FunctionResponseTypes: [],
    });
    await stack.delete();
    expect(recorder.log.slice(3)).toEqual(['stop mapping', 'close function arn:aws:lambda:us-east-1:123456789012:function:fn']);
  });

  test('has the properties that the template gives', async () => {
    const stack = await recorder.deploy({
      Resources: resources({
        BatchSize: 7, MaximumBatchingWindowInSeconds: 5, ParallelizationFactor: 2, StartingPosition: 'AT_TIMESTAMP',
        StartingPositionTimestamp: 1_700_000_000, MaximumRetryAttempts: 3, MaximumRecordAgeInSeconds: 60, BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'], Enabled: false, TumblingWindowInSeconds: 0,
        MetricsConfig: { Metrics: ['EventCount'] },
        DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:123456789012:topic' } },
        FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }, { Pattern: '{"partitionKey":["k"]}' }] },
      }),
    });
    expect(recorder.calls[1][1]).toMatchObject({
      batchSize: 7, maximumBatchingWindowSeconds: 5, parallelizationFactor: 2, startingPosition: 'AT_TIMESTAMP',
      startingPositionTimestamp: new Date('2023-11-14T22:13:20Z'), maximumRetryAttempts: 3, maximumRecordAgeSeconds: 60,
      bisectBatchOnFunctionError: true, reportBatchItemFailures: true, enabled: false, countsEvents: true,
      onFailureArn: 'arn:aws:sns:us-east-1:123456789012:topic', filters: ['{"data":{"a":[1]}}', '{"partitionKey":["k"]}'],
    });
    expect(recorder.log).not.toContain('start mapping');
    expect(recorder.account.mappings.get(stack.resources.get('Mapping')!.physicalId)!.configuration).toMatchObject({
      StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000, FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: 'arn:aws:sns:us-east-1:123456789012:topic' } },
      FilterCriteria: { Filters: [{ Pattern: '{"data":{"a":[1]}}' }, { Pattern: '{"partitionKey":["k"]}' }] },
    });
    await stack.delete();
  });

  test.each<[string, object, string]>([
    ['a filter that is no pattern', { FilterCriteria: { Filters: [{ Pattern: '{"data":"x"}' }] } }, 'an event pattern must be an object with at'],
    ['a filter without a pattern', { FilterCriteria: { Filters: [{}] } }, 'property FilterCriteria.Filters needs Pattern in each of its items'],
    ['a key for its filters', { KmsKeyArn: 'key' }, 'property KmsKeyArn is not emulated'],
    [
      'a tumbling window and parallelization', { TumblingWindowInSeconds: 60, ParallelizationFactor: 2 },
      'Parallelization factor must be equal to 1 when tumbling window period is configured',
    ],
    ['no starting position', { StartingPosition: { Ref: 'AWS::NoValue' } }, 'property StartingPosition must be one of'],
    ['a batch size out of bounds', { BatchSize: 10_001 }, 'batchSize must be 1 to 10000, got: 10001'],
    ['another response type', { FunctionResponseTypes: ['Other'] }, 'property FunctionResponseTypes knows ReportBatchItemFailures only, got: Other'],
    ['metrics of another source', { MetricsConfig: { Metrics: ['KafkaMetrics'] } }, 'MetricsConfig.Metrics must be EventCount for a stream or a queue, got'],
    ['a stream that is not there', { EventSourceArn: kinesisArn('nowhere') }, `Stream not found: ${kinesisArn('nowhere')}`],
    ['another kind of source', { EventSourceArn: 'arn:aws:sns:us-east-1:123456789012:topic' }, 'must be the ARN of a Kinesis stream'],
    ['what is for queues', { ScalingConfig: { MaximumConcurrency: 2 } }, 'property ScalingConfig is for queues, and the source is a stream'],
  ])('fails with %s', async (_, properties, message) => {
    await expect(recorder.deploy({ Resources: resources(properties) })).rejects.toThrow(message);
    expect(recorder.log.at(-1)).toMatch('close function');
  });

  test.each<[string, string, string, string]>([
    ['read the stream', 'kinesis:GetRecords', topicArn, 'cannot access stream arn:aws:kinesis:us-east-1:123456789012:stream/mapped'],
    ['publish on the destination', 'sns:Publish', topicArn, 'does not have permissions to call Publish on SNS: not authorized to perform: sns:Publish'],
    ['write to the destination', 's3:PutObject', 'arn:aws:s3:::bucket', 'does not have permissions to call PutObject on S3'],
    ['list the destination', 's3:ListBucket', 'arn:aws:s3:::bucket', 'does not have permissions to call ListBucket on S3'],
  ])('fails when the role may not %s', async (_, action, destination, message) => {
    recorder.denied.add(action);
    const Resources = resources({ DestinationConfig: { OnFailure: { Destination: destination } } });
    await expect(recorder.deploy({ Resources })).rejects.toThrow(message);
  });

  test('fails when there is one already from the stream to the function', async () => {
    const { Mapping, ...rest } = resources();
    await expect(recorder.deploy({ Resources: { ...rest, One: Mapping, Two: Mapping } })).rejects.toThrow('already exists');
  });
});

describe('an event source mapping on a queue', () => {
  const queueArn = 'arn:aws:sqs:us-east-1:123456789012:letters';
  const resources = (properties: object = {}) => ({
    Role: lambdaRole,
    Fn: inlineFunction({ Timeout: 30 }),
    Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'letters', VisibilityTimeout: 180 } },
    Mapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      DependsOn: 'Queue',
      Properties: { FunctionName: { Ref: 'Fn' }, EventSourceArn: queueArn, ...properties },
    },
  });

  test('is started with Lambda\'s defaults, known to Lambda\'s API, and stopped', async () => {
    const stack = await recorder.deploy({ Resources: resources({ Tags: [{ Key: 'a', Value: 'b' }] }) });
    const { physicalId: uuid, attributes } = stack.resources.get('Mapping')!;
    const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:fn';
    expect(recorder.calls.slice(1)).toEqual([
      ['create queue mapping', {
        uuid, functionArn, queueArn, batchSize: 10, maximumBatchingWindowSeconds: 0, reportBatchItemFailures: false, enabled: true,
      }],
      ['start mapping', undefined],
    ]);
    expect(stack.queueMappings.size).toBe(1);
    expect(stack.mappings.size).toBe(0);
    const { configuration, state } = recorder.account.mappings.get(uuid)!;
    expect(state).toBe('Enabled');
    // As AWS answers: localstack's AWS-validated snapshot of test_report_batch_item_failures, and 37 others.
    expect(configuration).toEqual({
      UUID: uuid, EventSourceMappingArn: attributes.EventSourceMappingArn, EventSourceArn: queueArn, FunctionArn: functionArn, BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0, FunctionResponseTypes: [],
    });
    await stack.delete();
    expect(recorder.log.slice(3)).toEqual(['stop mapping', `close function ${functionArn}`]);
    expect(recorder.account.mappings.size).toBe(0);
  });

  test('has filters, metrics and provisioned pollers', async () => {
    const settings = {
      FilterCriteria: { Filters: [{ Pattern: '{"body":{"a":[1]}}' }] }, ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 10 },
    };
    const stack = await recorder.deploy({ Resources: resources({ ...settings, MetricsConfig: { Metrics: ['EventCount'] } }) });
    expect(recorder.calls[1][1]).toMatchObject({
      filters: ['{"body":{"a":[1]}}'], countsEvents: true, provisionedPollers: { minimumPollers: 2, maximumPollers: 10 },
    });
    expect(recorder.account.mappings.get(stack.resources.get('Mapping')!.physicalId)!.configuration).toMatchObject(settings);
    await stack.delete();
  });

  test('has the properties that the template gives', async () => {
    const settings = {
      BatchSize: 20, MaximumBatchingWindowInSeconds: 5, FunctionResponseTypes: ['ReportBatchItemFailures'], ScalingConfig: { MaximumConcurrency: 2 },
    };
    const stack = await recorder.deploy({ Resources: resources({ ...settings, Enabled: false }) });
    expect(recorder.calls[1][1]).toMatchObject({
      batchSize: 20, maximumBatchingWindowSeconds: 5, maximumConcurrency: 2, reportBatchItemFailures: true, enabled: false,
    });
    expect(recorder.log).not.toContain('start mapping');
    const { configuration, state } = recorder.account.mappings.get(stack.resources.get('Mapping')!.physicalId)!;
    expect(state).toBe('Disabled');
    expect(configuration).toMatchObject(settings);
    await stack.delete();
  });

  test.each<[string, object, string]>([
    ['a batch that no receive call gives', { BatchSize: 11 }, 'maximumBatchingWindowSeconds must be at least 1 with a batchSize over 10, got: 0 with 11'],
    ['a concurrency out of bounds', { ScalingConfig: { MaximumConcurrency: 1 } }, 'maximumConcurrency must be 2 to 1000, got: 1'],
    ['a starting position', { StartingPosition: 'LATEST' }, 'property StartingPosition is for streams, and the source is a queue'],
    ['a destination', { DestinationConfig: { OnFailure: { Destination: 'arn' } } }, 'property DestinationConfig is for streams'],
    ['a filter that is no pattern', { FilterCriteria: { Filters: [{ Pattern: '{"body":"x"}' }] } }, 'an event pattern must be an object with at'],
    ['metrics of another source', { MetricsConfig: { Metrics: ['ErrorCount'] } }, 'property MetricsConfig.Metrics must be EventCount'],
    [
      'provisioned pollers and a maximum concurrency', { ProvisionedPollerConfig: {}, ScalingConfig: { MaximumConcurrency: 2 } },
      'maximumConcurrency must be unset with provisionedPollers, got: 2',
    ],
    ['another response type', { FunctionResponseTypes: ['Other'] }, 'property FunctionResponseTypes knows ReportBatchItemFailures only, got: Other'],
    ['a queue that is not there', { EventSourceArn: `${queueArn}-gone` }, 'SQS Error Code: AWS.SimpleQueueService.NonExistentQueue'],
  ])('fails with %s', async (_, properties, message) => {
    await expect(recorder.deploy({ Resources: resources(properties) })).rejects.toThrow(message);
  });

  test('fails when a message is visible again before the function is done', async () => {
    const { Queue, ...rest } = resources();
    const Resources = { ...rest, Queue: { ...Queue, Properties: { ...Queue.Properties, VisibilityTimeout: 29 } } };
    await expect(recorder.deploy({ Resources })).rejects.toThrow('Queue visibility timeout: 29 seconds is less than Function timeout: 30 seconds');
  });

  test.each(['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'])('fails when the role may not call %s', async (action) => {
    recorder.denied.add(`sqs:${action}`);
    await expect(recorder.deploy({ Resources: resources() })).rejects.toThrow(
      `the provided execution role does not have permissions to call ${action} on SQS: not authorized`,
    );
  });
});

describe('a queue', () => {
  test('has its attributes, and a URL that works', async () => {
    const stack = await recorder.deploy({
      Resources: {
        Key: { Type: 'AWS::KMS::Key' },
        Queue: {
          Type: 'AWS::SQS::Queue',
          Properties: {
            MessageRetentionPeriod: 1_209_600, VisibilityTimeout: '45', KmsMasterKeyId: { Ref: 'Key' },
            RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 },
          },
        },
        Dead: { Type: 'AWS::SQS::Queue', Properties: { SqsManagedSseEnabled: true } },
      },
    });
    const { physicalId: url, attributes } = stack.resources.get('Queue')!;
    const arn = 'arn:aws:sqs:us-east-1:123456789012:Stack-Queue-AAAAAAAAAAAA';
    expect(attributes).toEqual({ Arn: arn, QueueName: 'Stack-Queue-AAAAAAAAAAAA', QueueUrl: url });
    const { Attributes: got } = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(got).toMatchObject({ MessageRetentionPeriod: '1209600', VisibilityTimeout: '45' });
    expect(JSON.parse(got!.RedrivePolicy!)).toEqual({ deadLetterTargetArn: stack.resources.get('Dead')!.attributes.Arn, maxReceiveCount: 3 });
    expect(Object.fromEntries(recorder.account.encryption)).toEqual({ [arn]: stack.resources.get('Key')!.attributes.Arn });
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'hello' }));

    await stack.delete();
    const { QueueUrls: urls } = await clients.sqs.send(new ListQueuesCommand({ QueueNamePrefix: 'Stack-' }));
    expect(urls ?? []).toEqual([]);
  });

  test('that is FIFO has a made-up name that ends in .fifo', async () => {
    const stack = await recorder.deploy({
      Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, ContentBasedDeduplication: true } } },
    });
    const { physicalId: url, attributes } = stack.resources.get('Queue')!;
    expect(attributes.QueueName).toBe('Stack-Queue-AAAAAAAAAAAA.fifo');
    const { Attributes: got } = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
    expect(got).toMatchObject({ FifoQueue: 'true', ContentBasedDeduplication: 'true' });
    await stack.delete();
  });

  test('fails with a FIFO name that does not end in .fifo', async () => {
    const Queue = { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true, QueueName: 'queue' } };
    await expect(recorder.deploy({ Resources: { Queue } })).rejects.toThrow('property QueueName of a FIFO queue must end in .fifo, got: queue');
  });

  describe('with a dead-letter queue', () => {
    const arn = (name: string) => `arn:aws:sqs:us-east-1:123456789012:${name}`;
    const queues = (source: object, dlq: object = {}) => ({
      Dlq: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dlq', ...dlq } },
      Source: { Type: 'AWS::SQS::Queue', DependsOn: 'Dlq', Properties: { QueueName: 'source', ...source } },
    });
    const policy = (properties: object = {}) => ({ RedrivePolicy: { deadLetterTargetArn: arn('dlq'), maxReceiveCount: 3, ...properties } });

    test.each<[string, object]>([
      ['of everyone', {}],
      ['of everyone, explicitly', { RedriveAllowPolicy: { redrivePermission: 'allowAll' } }],
      ['of this queue', { RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: [arn('other'), arn('source')] } }],
    ])('is created where the queue is the dead-letter queue %s', async (_, dlq) => {
      const stack = await recorder.deploy({ Resources: queues(policy(), dlq) });
      await stack.delete();
    });

    test.each<[string, object, object, string]>([
      ['that does not exist', policy({ deadLetterTargetArn: arn('gone') }), {}, 'Reason: Dead letter target does not exist.'],
      ['of the other type', policy(), { QueueName: 'dlq.fifo', FifoQueue: true }, 'does not exist'],
      ['that is FIFO', policy({ deadLetterTargetArn: arn('dlq.fifo') }), {}, 'must be same type of queue as the source'],
      ['of another Region', policy({ deadLetterTargetArn: arn('dlq').replace('us-east-1', 'eu-west-1') }), {}, 'account and Region of the queue'],
      ['of another account', policy({ deadLetterTargetArn: arn('dlq').replace('123456789012', '210987654321') }), {}, 'account and Region of the queue'],
      ['after no receive', policy({ maxReceiveCount: 0 }), {}, 'maxReceiveCount: 0, valid values are from 1 to 1000'],
      ['after too many receives', policy({ maxReceiveCount: 1_001 }), {}, 'maxReceiveCount: 1001, valid values are from 1 to 1000'],
      ['that allows no queue', policy(), { RedriveAllowPolicy: { redrivePermission: 'denyAll' } }, 'RedriveAllowPolicy of'],
      [
        'that allows other queues', policy(), { RedriveAllowPolicy: { redrivePermission: 'byQueue', sourceQueueArns: [arn('other')] } },
        `does not allow ${arn('source')}`,
      ],
    ])('fails with one %s', async (_, source, dlq, message) => {
      await expect(recorder.deploy({ Resources: queues(source, dlq) })).rejects.toThrow(message);
    });

    test.each<[object, string]>([
      [{ redrivePermission: 'some' }, 'redrivePermission must be one of allowAll, denyAll, byQueue, got: some'],
      [{ redrivePermission: 'byQueue' }, 'sourceQueueArns goes with redrivePermission byQueue and only with it, got: byQueue'],
      [{ redrivePermission: 'denyAll', sourceQueueArns: [arn('source')] }, 'only with it, got: denyAll'],
      [{ redrivePermission: 'byQueue', sourceQueueArns: Array(11).fill(arn('source')) }, 'must have 1 to 10 queues, got: 11'],
    ])('fails with the RedriveAllowPolicy %j', async (RedriveAllowPolicy, message) => {
      await expect(recorder.deploy({ Resources: queues({}, { RedriveAllowPolicy }) })).rejects.toThrow(message);
    });
  });

  test.each<[string, object, string]>([
    ['of FIFO queues', { ContentBasedDeduplication: true }, 'property ContentBasedDeduplication is for FIFO queues'],
    [
      'of high throughput without its deduplication', { FifoQueue: true, FifoThroughputLimit: 'perMessageGroupId' },
      'property DeduplicationScope must be messageGroup',
    ],
  ])('fails with properties %s', async (_, Properties, message) => {
    await expect(recorder.deploy({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties } } })).rejects.toThrow(message);
  });
});

describe('a topic', () => {
  const Resources = {
    Topic: { Type: 'AWS::SNS::Topic', Properties: { KmsMasterKeyId: 'alias/aws/sns', DisplayName: 'News' } },
    Queue: { Type: 'AWS::SQS::Queue' },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: { Protocol: 'sqs', TopicArn: { Ref: 'Topic' }, Endpoint: { 'Fn::GetAtt': ['Queue', 'Arn'] }, RawMessageDelivery: true },
    },
  };

  test('reaches the queue that is subscribed to it', async () => {
    const stack = await recorder.deploy({ Resources });
    const arn = stack.resources.get('Topic')!.physicalId;
    expect(stack.resources.get('Topic')!.attributes).toEqual({ TopicArn: arn, TopicName: 'Stack-Topic-AAAAAAAAAAAA' });
    expect(recorder.account.encryption.get(arn)).toBe('arn:aws:kms:us-east-1:123456789012:alias/aws/sns');
    await clients.sns.send(new PublishCommand({ TopicArn: arn, Message: 'hello' }));
    const { Messages: messages } = await clients.sqs.send(
      new ReceiveMessageCommand({ QueueUrl: stack.resources.get('Queue')!.physicalId, WaitTimeSeconds: 5 }),
    );
    expect(messages).toMatchObject([{ Body: 'hello' }]);
    await stack.delete();
  });

  test('fails when it may not send to a queue that is subscribed to it', async () => {
    recorder.denied.add('sqs:SendMessage');
    await expect(recorder.deploy({ Resources })).rejects.toThrow(
      'resource Subscription (AWS::SNS::Subscription) could not be completed: the topic may not send to the queue',
    );
  });
});

describe('a bucket', () => {
  const Bucket = {
    Type: 'AWS::S3::Bucket',
    Properties: { BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }] } },
  };
  const name = 'stack-bucket-aaaaaaaaaaaa';

  test('has a made-up name in lower case, and its encryption', async () => {
    const stack = await recorder.deploy({ Resources: { Bucket } });
    expect(stack.resources.get('Bucket')).toMatchObject({ physicalId: name, attributes: { Arn: `arn:aws:s3:::${name}` } });
    expect(recorder.account.encryption.get(`arn:aws:s3:::${name}`)).toBe('arn:aws:kms:us-east-1:123456789012:alias/aws/s3');
    await clients.s3.send(new HeadBucketCommand({ Bucket: name }));
    await stack.delete();
    await expect(clients.s3.send(new HeadBucketCommand({ Bucket: name }))).rejects.toThrow();
  });

  test('cannot be deleted while it holds objects', async () => {
    const stack = await recorder.deploy({ Resources: { Bucket } });
    await clients.s3.send(new PutObjectCommand({ Bucket: name, Key: 'a', Body: 'a' }));
    await expect(stack.delete()).rejects.toThrow('resource Bucket (AWS::S3::Bucket) could not be deleted: The bucket you tried to delete is not empty');
  });

  test.each<[string, object, boolean]>([
    ['with an empty configuration', { EventBridgeConfiguration: {} }, true],
    ['when it is enabled', { EventBridgeConfiguration: { EventBridgeEnabled: 'true' } }, true],
    ['not when it is disabled', { EventBridgeConfiguration: { EventBridgeEnabled: false } }, false],
    ['not without its configuration', {}, false],
  ])('tells EventBridge of its objects %s', async (_, configuration, expected) => {
    const stack = await recorder.deploy({ Resources: { Telling: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration: configuration } } } });
    expect(recorder.account.eventBridgeBuckets.has(stack.resources.get('Telling')!.physicalId)).toBe(expected);
    await stack.delete();
    expect(recorder.account.eventBridgeBuckets.size).toBe(0);
  });

  test('fails with notifications of its own', async () => {
    const NotificationConfiguration = { LambdaConfigurations: [] };
    await expect(recorder.deploy({ Resources: { Telling: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration } } } })).rejects.toThrow(
      'property NotificationConfiguration.LambdaConfigurations is not emulated: a bucket sends events to EventBridge only',
    );
  });
});
