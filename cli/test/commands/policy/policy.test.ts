import { DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { GetFunctionConfigurationCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { OperatorActions } from '../../../../src/contract';
import { policyHint } from '../../../aws/policy-hint';
import { policy } from '../../../commands/policy/command';
import { type PolicyOptions, run } from '../../../commands/policy/run';
import type { Clients } from '../../../context';
import type { Dlq } from '../../../dlq';
import { fakeContext } from '../../support/fake-context';
import { functionArn, queueUrl } from '../../support/fake-stack';
import { commandsIn, requestOf } from '../../support/printed-commands';

const region = { region: 'us-east-1' };
const [sqs, s3, lambda, kinesis] = [new SQSClient(region), new S3Client(region), new LambdaClient(region), new KinesisClient(region)];
const mocks = { sqs: mockClient(sqs), s3: mockClient(s3), lambda: mockClient(lambda), kinesis: mockClient(kinesis) };
const clients = { sqs: async () => sqs, s3: async () => s3, lambda: async () => lambda, kinesis: async () => kinesis } as unknown as Clients;

const arn = (service: string, rest: string): string => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
const KEY = arn('kms', 'key/4f');
const STREAM = arn('kinesis', 'stream/orders');
const TABLE_STREAM = arn('dynamodb', 'table/T/stream/2026-01-01T00:00:00.000');
const TOPIC = arn('sns', 'failures');
const PREFIX = 'dead-letters/1a2b3c4d/';
const bare: Dlq = {
  queueUrl: queueUrl('Dlq'), queueArn: arn('sqs', 'Dlq'), maxMessageBytes: 1_048_576, isFifo: false, functions: [],
  messages: { visible: 0, inFlight: 0, delayed: 0 },
};
const full: Dlq = {
  ...bare,
  functions: [
    {
      role: 'hydrate',
      functionArn: functionArn('Hydrate'),
      environment: {
        QUEUE_URL: queueUrl('Dlq'), UNDELIVERABLE_QUEUE_URL: queueUrl('Undeliverable'), OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: PREFIX,
        TOPIC_ARN: TOPIC, INTAKE_QUEUE_URL: queueUrl('Intake'),
      },
    },
    {
      role: 'redrive',
      functionArn: functionArn('Redrive'),
      environment: { QUEUE_URL: queueUrl('Dlq'), PARKING_QUEUE_URL: queueUrl('Parking'), OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: PREFIX },
    },
  ],
  auditLogGroup: 'operators',
  kmsKeyId: '4f',
};
const captured: Dlq = {
  ...bare,
  functions: [{
    role: 'capture',
    functionArn: functionArn('Capture'),
    environment: { QUEUE_URL: queueUrl('Dlq'), CAPTURE_BUCKET: 'captured' },
  }],
};

/** A mapping of a stream, and where it sends what fails. */
const mapping = (name: string, destination?: string, EventSourceArn = STREAM) =>
  ({ FunctionArn: functionArn(name), EventSourceArn, ...(destination && { DestinationConfig: { OnFailure: { Destination: destination } } }) });

/** All mappings of the region, a few to a page. */
function mapped(...mappings: readonly ReturnType<typeof mapping>[]): void {
  mocks.lambda.on(ListEventSourceMappingsCommand).callsFake(({ Marker: marker = '0', EventSourceArn, FunctionName }: Record<string, string | undefined>) => {
    if (EventSourceArn !== undefined || FunctionName !== undefined) throw new Error('those of all streams are meant');
    const end = Number(marker) + 2;
    return { EventSourceMappings: mappings.slice(Number(marker), end), ...(end < mappings.length && { NextMarker: String(end) }) };
  });
}

const denied = (): Error => Object.assign(new Error('Access Denied'), { name: 'AccessDenied', $fault: 'client' });

beforeEach(() => {
  Object.values(mocks).forEach((mock) => mock.reset());
  mocks.sqs.on(GetQueueAttributesCommand).resolves({ Attributes: {} });
  mocks.s3.on(GetBucketEncryptionCommand).resolves({
    ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
  });
  mocks.kinesis.on(DescribeStreamSummaryCommand).resolves({ StreamDescriptionSummary: { KeyId: 'alias/aws/kinesis' } as never });
  mapped(mapping('orders:live', TOPIC));
  mocks.lambda.on(GetFunctionConfigurationCommand).resolves({});
});

interface Printed {
  readonly Sid: string;
  readonly Action: string[];
  readonly Resource: string[];
  readonly Condition?: object;
}

async function printed(dlq: Dlq | undefined, options: PolicyOptions) {
  const { context, streams } = fakeContext({ command: 'policy', clients, ...(dlq && { globals: { queue: 'Dlq' }, dlq: async () => dlq }) });
  expect(await run(context, [], options)).toBe(0);
  const { Version, Statement } = JSON.parse(streams.out()) as { Version: string; Statement: (Printed & { Effect: string })[] };
  expect(Version).toBe('2012-10-17');
  expect(Statement.map(({ Effect }) => Effect)).toEqual(Statement.map(() => 'Allow'));
  expect(Statement.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
  const bySid = Statement.map(({ Sid, Action, Resource, Condition }) => [Sid, { Action, Resource, ...(Condition && { Condition }) }] as const);
  return { statements: Object.fromEntries(bySid), err: streams.err() };
}

test('of processors alone, for a file of dead letters, has no queue and no account', async () => {
  const { statements, err } = await printed(undefined, { redrive: true, logs: true, processor: [functionArn('orders')] });
  expect(statements).toEqual({
    ReadProcessorLogs: { Action: OperatorActions.LOGS.LOG_GROUP, Resource: [arn('logs', 'log-group:/aws/lambda/orders:*')] },
    InvokeProcessors: { Action: OperatorActions.REDRIVE.PROCESSOR, Resource: [functionArn('orders')] },
  });
  expect(err).toBe('');
});

test('is what a hint of a file names', () => {
  expect(policyHint('lambda:InvokeFunction', undefined, {})).toMatch('`npx stream-dlq policy --redrive --processor ARN`, ');
  expect(policyHint('logs:FilterLogEvents', undefined, { region: 'eu-west-1' })).toMatch('`npx stream-dlq policy --read --logs --processor ARN --region eu-west-1`, ');
  expect(policyHint('logs:FilterLogEvents', undefined, { stack: 'Orders' })).toMatch('`npx stream-dlq policy --read --logs --stack Orders`, ');
});

const OF_THIS_ACCOUNT = { StringEquals: { 's3:ResourceAccount': '123456789012' } };
const READ = {
  ReadQueues: {
    Action: ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    Resource: [arn('sqs', 'Dlq'), arn('sqs', 'Undeliverable'), arn('sqs', 'Parking')],
  },
  CountFailureRecords: { Action: ['sqs:GetQueueAttributes'], Resource: [arn('sqs', 'Intake')] },
  ReadObjects: { Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::overflow/dead-letters/1a2b3c4d/*'], Condition: OF_THIS_ACCOUNT },
  ReadKeys: { Action: ['kms:Decrypt'], Resource: [KEY] },
  ReadFunctions: { Action: ['lambda:GetFunctionConfiguration'], Resource: [functionArn('Hydrate'), functionArn('Redrive')] },
  ReadStreams: { Action: ['kinesis:DescribeStreamSummary'], Resource: [STREAM] },
  FindFunctionsAndMappings: { Action: ['tag:GetResources', 'lambda:ListEventSourceMappings'], Resource: ['*'] },
};
const REDRIVE = {
  ...READ,
  ChangeQueues: { Action: ['sqs:DeleteMessage', 'sqs:SendMessage'], Resource: READ.ReadQueues.Resource },
  WriteSmallerDeadLetters: { Action: ['s3:PutObject'], Resource: ['arn:aws:s3:::overflow/dead-letters/1a2b3c4d/*'], Condition: OF_THIS_ACCOUNT },
  WriteWithKeys: { Action: ['kms:GenerateDataKey'], Resource: [KEY] },
  InvokeProcessors: { Action: ['lambda:InvokeFunction', 'lambda:GetFunctionConfiguration'], Resource: [functionArn('orders:live')] },
  Rehydrate: { Action: ['lambda:InvokeFunction'], Resource: [functionArn('Hydrate')] },
  WriteAuditLog: { Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: [arn('logs', 'log-group:operators:*')] },
};

describe('the policy', () => {
  it('to look names every resource, and lets nothing be changed', async () => {
    expect(await printed(full, { read: true })).toEqual({ statements: READ, err: '' });
  });

  it('to redrive lets what is there be sent, written and noted', async () => {
    expect(await printed(full, { redrive: true })).toEqual({ statements: REDRIVE, err: '' });
  });

  it('to redrive to the stream allows that, and the key of the stream', async () => {
    mocks.kinesis.on(DescribeStreamSummaryCommand, { StreamARN: STREAM }).resolves({ StreamDescriptionSummary: { KeyId: 'alias/orders' } as never });
    expect((await printed(full, { redrive: true, toStream: true })).statements).toEqual({
      ...REDRIVE,
      PutToStreams: { Action: ['kinesis:PutRecords', 'kinesis:ListShards'], Resource: [STREAM] },
      PutWithKeysOfStreamsByAlias: {
        Action: ['kms:GenerateDataKey'],
        Resource: [arn('kms', 'key/*')],
        Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/orders'] } },
      },
    });
  });

  it('needs no permission on keys of AWS itself', async () => {
    const { statements } = await printed({ ...full, kmsKeyId: 'alias/aws/sqs' }, { redrive: true, toStream: true });
    expect(Object.keys(statements).filter((sid) => /Key/.test(sid))).toEqual([]);
  });

  it('has all processors and streams of a queue: whichever mapping delivers to it', async () => {
    const payments = arn('kinesis', 'stream/payments');
    mapped(
      mapping('orders:live', TOPIC), mapping('audit', TOPIC, TABLE_STREAM), mapping('fast', TOPIC, `${payments}/consumer/fast:1700000000`),
      mapping('others', arn('sns', 'failures-of-others'), arn('kinesis', 'stream/of-others')), mapping('almost', arn('sns', 'fail')), mapping('carefree'),
      mapping('queued', TOPIC, payments),
    );
    mocks.kinesis.on(DescribeStreamSummaryCommand, { StreamARN: payments }).resolves({ StreamDescriptionSummary: { KeyId: arn('kms', 'key/5a') } as never });
    const { statements, err } = await printed(full, { redrive: true, toStream: true });
    expect(statements).toMatchObject({
      InvokeProcessors: { Resource: ['orders:live', 'audit', 'fast', 'queued'].map(functionArn) },
      ReadStreams: { Resource: [STREAM, payments] },
      PutToStreams: { Resource: [STREAM, payments] },
      PutWithKeysOfStreams: { Resource: [arn('kms', 'key/5a')] },
    });
    expect(err).toBe('');
  });

  it('to redrive in AWS allows the switch of the mapping alone', async () => {
    mocks.lambda.on(ListEventSourceMappingsCommand, { FunctionName: functionArn('Redrive') })
      .resolvesOnce({ EventSourceMappings: [{ UUID: 'u-1' }], NextMarker: 'more' })
      .resolvesOnce({ EventSourceMappings: [{ UUID: 'u-2' }] });
    expect((await printed(full, { redrive: true, remote: true })).statements).toMatchObject({
      SwitchRedriveFunction: {
        Action: ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
        Resource: [arn('lambda', 'event-source-mapping:u-1'), arn('lambda', 'event-source-mapping:u-2')],
      },
    });
  });

  it('to read logs has those of the processors, and looks up the names of log groups that are not the default', async () => {
    mapped(mapping('orders:live', TOPIC), mapping('audit', TOPIC, TABLE_STREAM), mapping('audit', TOPIC), mapping('others', arn('sns', 'of-others')));
    mocks.lambda.on(GetFunctionConfigurationCommand, { FunctionName: functionArn('orders:live') }).resolves({});
    mocks.lambda.on(GetFunctionConfigurationCommand, { FunctionName: functionArn('audit') }).resolves({ LoggingConfig: { LogGroup: 'shop' } });
    const ofLogs = {
      ReadProcessorLogs: {
        Action: ['logs:FilterLogEvents', 'logs:GetLogEvents'],
        Resource: [arn('logs', 'log-group:/aws/lambda/orders:*'), arn('logs', 'log-group:shop:*')],
      },
      FindProcessorLogs: { Action: ['lambda:GetFunctionConfiguration'], Resource: [functionArn('audit')] },
    };
    expect(await printed(full, { read: true, logs: true })).toEqual({ statements: { ...READ, ...ofLogs }, err: '' });
    expect((await printed(full, { redrive: true, logs: true })).statements).toMatchObject(ofLogs);
    expect(Object.keys((await printed(full, { redrive: true })).statements)).not.toContain('ReadProcessorLogs');
  });

  it('to read logs has the default log group of a processor that may not be looked at, and says so', async () => {
    mocks.lambda.on(GetFunctionConfigurationCommand).rejects(denied());
    const { statements, err } = await printed(full, { read: true, logs: true });
    expect(statements.ReadProcessorLogs.Resource).toEqual([arn('logs', 'log-group:/aws/lambda/orders:*')]);
    expect(err).toBe(`warning: the log group of ${functionArn('orders:live')} is not known: the policy has Lambda's default, /aws/lambda/orders (lambda:GetFunctionConfiguration)\n`);
    mapped();
    expect((await printed(full, { read: true, logs: true })).err).toBe('warning: no processor is known, so the policy lets nobody read a log: give --processor ARN\n');
  });

  it('to redrive lets the items of tables be read that dead letters are from', async () => {
    mapped(mapping('orders', TOPIC), mapping('audit', TOPIC, TABLE_STREAM), mapping('other', TOPIC, TABLE_STREAM));
    expect((await printed(full, { redrive: true })).statements).toMatchObject({
      CheckItems: { Action: ['dynamodb:BatchGetItem'], Resource: [arn('dynamodb', 'table/T')] },
    });
    expect(Object.keys((await printed(full, { read: true })).statements)).not.toContain('CheckItems');
  });

  it('has the keys of all queues and buckets, once each', async () => {
    mocks.sqs.on(GetQueueAttributesCommand, { QueueUrl: queueUrl('Undeliverable') }).resolves({ Attributes: { KmsMasterKeyId: KEY } });
    mocks.sqs.on(GetQueueAttributesCommand, { QueueUrl: queueUrl('Parking') }).resolves({ Attributes: { KmsMasterKeyId: 'alias/parking' } });
    mocks.s3.on(GetBucketEncryptionCommand, { Bucket: 'overflow' }).resolves({
      ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn('kms', 'key/5a') } }] },
    });
    const { statements } = await printed(full, { read: true });
    expect(statements).toMatchObject({
      ReadKeys: { Resource: [KEY, arn('kms', 'key/5a')] },
      ReadKeysByAlias: { Resource: [arn('kms', 'key/*')], Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/parking'] } } },
    });
  });

  it('has the objects of a capture, and the processors that its stream is mapped to', async () => {
    mapped(mapping('orders', 'arn:aws:s3:::captured'), mapping('others', 'arn:aws:s3:::others'), mapping('carefree'), mapping('audit', 'arn:aws:s3:::captured', TABLE_STREAM));
    const { statements, err } = await printed(captured, { redrive: true });
    expect(statements).toMatchObject({
      ReadObjects: { Resource: ['arn:aws:s3:::captured/aws/lambda/*'] },
      InvokeProcessors: { Resource: [functionArn('orders'), functionArn('audit')] },
      Rehydrate: { Resource: [functionArn('Capture')] },
    });
    expect(Object.keys(statements)).not.toContain('WriteSmallerDeadLetters');
    expect(err).toBe('');
  });

  it('leaves out the streams of others that share the capture bucket', async () => {
    mapped(
      mapping('orders', 'arn:aws:s3:::captured', `${STREAM}/consumer/fast:1`), mapping('others', 'arn:aws:s3:::captured', `${STREAM}-of-others`),
      mapping('audit', 'arn:aws:s3:::captured', TABLE_STREAM.replace('01-01', '02-02')),
    );
    const [writer] = captured.functions;
    const STREAM_ARNS = JSON.stringify([STREAM, TABLE_STREAM]);
    const shared = { ...writer, environment: { ...writer.environment, STREAM_ARNS } };
    const { statements } = await printed({ ...captured, functions: [shared] }, { redrive: true });
    expect(statements.InvokeProcessors.Resource).toEqual([functionArn('orders'), functionArn('audit')]);
    expect(statements.ReadStreams.Resource).toEqual([STREAM]);
  });

  it('lets nothing be written with the key of the capture bucket', async () => {
    mocks.s3.on(GetBucketEncryptionCommand, { Bucket: 'captured' }).resolves({
      ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: arn('kms', 'key/5a') } }] },
    });
    const { statements } = await printed({ ...captured, kmsKeyId: '4f' }, { redrive: true });
    expect(statements).toMatchObject({ ReadKeys: { Resource: [KEY, arn('kms', 'key/5a')] }, WriteWithKeys: { Resource: [KEY] } });
  });

  it('has one bucket once that is both', async () => {
    const [writer] = captured.functions;
    const { statements } = await printed({ ...full, functions: [...full.functions, { ...writer, environment: { ...writer.environment, CAPTURE_BUCKET: 'overflow' } }] }, { read: true });
    expect(statements.ReadObjects.Resource).toEqual([...READ.ReadObjects.Resource, 'arn:aws:s3:::overflow/aws/lambda/*']);
    expect(mocks.s3.commandCalls(GetBucketEncryptionCommand)).toHaveLength(1);
  });

  it('has an overflow bucket of another account', async () => {
    mocks.s3.on(GetBucketEncryptionCommand, { ExpectedBucketOwner: '123456789012' }).rejects(denied());
    const { statements, err } = await printed(full, { redrive: true });
    expect(err).toBe('');
    expect(statements).toMatchObject({
      ReadObjectsOfOtherAccount: { Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::overflow/dead-letters/1a2b3c4d/*'] },
      WriteSmallerDeadLettersToOtherAccount: { Action: ['s3:PutObject'], Resource: ['arn:aws:s3:::overflow/dead-letters/1a2b3c4d/*'] },
    });
    expect(Object.keys(statements)).not.toContain('ReadObjects');
    expect(statements.ReadObjectsOfOtherAccount.Condition).toBeUndefined();
  });

  it('has nothing of the mappings where they must not be listed, and says so', async () => {
    mocks.lambda.on(ListEventSourceMappingsCommand).rejects(denied());
    const { statements, err } = await printed(full, { redrive: true });
    expect(Object.keys(statements)).not.toEqual(expect.arrayContaining(['InvokeProcessors']));
    expect(err).toContain('warning: no processor is known, so the policy lets nobody invoke one: give --processor ARN\n');
    mocks.lambda.on(ListEventSourceMappingsCommand).rejects(new Error('connection lost'));
    await expect(printed(full, { redrive: true })).rejects.toThrow('connection lost');
  });

  it('has every object below dead-letters/ where the functions name no prefix', async () => {
    const functions = full.functions.map(({ environment, ...it }) => ({ ...it, environment: { ...environment, OVERFLOW_PREFIX: undefined } }));
    const { statements } = await printed({ ...full, functions }, { read: true });
    expect(statements.ReadObjects.Resource).toEqual(['arn:aws:s3:::overflow/dead-letters/*']);
  });

  it('has what belongs to each of several StreamDlqs that share the queue', async () => {
    const [writer] = captured.functions;
    const { statements } = await printed({ ...full, functions: [...full.functions, ...captured.functions, {
      ...writer, functionArn: functionArn('Third'),
      environment: { ...writer.environment, UNDELIVERABLE_QUEUE_URL: queueUrl('Third'), OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: 'dead-letters/5e6f/' },
    }] }, { read: true });
    expect(statements).toMatchObject({
      ReadQueues: { Resource: [arn('sqs', 'Dlq'), arn('sqs', 'Undeliverable'), arn('sqs', 'Third'), arn('sqs', 'Parking')] },
      ReadObjects: { Resource: ['overflow/dead-letters/1a2b3c4d/*', 'overflow/dead-letters/5e6f/*', 'captured/aws/lambda/*'].map((objects) => `arn:aws:s3:::${objects}`) },
    });
  });

  it('has the dead-letter queue where another one was named', async () => {
    const { statements } = await printed({ ...full, queueUrl: queueUrl('Parking'), queueArn: arn('sqs', 'Parking') }, { read: true });
    expect(statements.ReadQueues.Resource).toEqual([arn('sqs', 'Parking'), arn('sqs', 'Dlq'), arn('sqs', 'Undeliverable')]);
  });

  it('takes the processors that are given instead', async () => {
    const { statements } = await printed(full, { redrive: true, processor: [functionArn('a'), functionArn('b:1')] });
    expect(statements.InvokeProcessors.Resource).toEqual([functionArn('a'), functionArn('b:1')]);
    const { statements: { ReadProcessorLogs } } = await printed(full, { read: true, logs: true, processor: [functionArn('a')] });
    expect(ReadProcessorLogs.Resource).toEqual([arn('logs', 'log-group:/aws/lambda/a:*')]);
  });

  it('says what it cannot know, and is printed all the same', async () => {
    mocks.s3.on(GetBucketEncryptionCommand).rejects(denied());
    mocks.kinesis.on(DescribeStreamSummaryCommand).rejects(denied());
    const ofBucket = 'warning: the key of bucket captured is not known: where there is one, add it to the policy (Access Denied)\n';
    mapped(mapping('orders', 'arn:aws:s3:::captured'));
    expect((await printed(captured, { redrive: true, toStream: true })).err).toBe(
      `${ofBucket}warning: the key of ${STREAM} is not known: where there is one, add it to the policy (Access Denied)\n`,
    );
    mocks.lambda.on(ListEventSourceMappingsCommand).rejects(denied());
    expect((await printed(captured, { redrive: true })).err).toBe([
      `${ofBucket}warning: what delivers to the queue is not known: where there is one, add it to the policy (Access Denied)`,
      'warning: no processor is known, so the policy lets nobody invoke one: give --processor ARN',
      '',
    ].join('\n'));
    mocks.s3.on(GetBucketEncryptionCommand).rejects(new Error('connection lost'));
    await expect(printed(captured, { read: true })).rejects.toThrow('connection lost');
  });

  it('covers the queue alone where nothing else is known of it, and says so', async () => {
    const { statements, err } = await printed(bare, { read: true });
    expect(Object.keys(statements)).toEqual(['ReadQueues', 'FindFunctionsAndMappings']);
    expect(err).toBe('warning: no functions of cdk-stream-dlq are known for this queue: the policy covers the queue alone; --stack finds the rest\n');
  });

  it('is part of the document with --json', async () => {
    const { context, streams } = fakeContext({ command: 'policy', clients, dlq: async () => full, json: true });
    await run(context, [], { read: true });
    expect(JSON.parse(streams.out())).toMatchObject({ command: 'policy', version: 1, policy: { Version: '2012-10-17' } });
  });

  test.each<[string, Dlq, PolicyOptions, string]>([
    ['--to-stream where no mapping of a Kinesis stream delivers to the queue', captured, { redrive: true, toStream: true },
      '--to-stream needs a Kinesis stream, and no mapping of one that delivers to this queue is known: leave it out, or use permissions for ' +
        'lambda:ListEventSourceMappings'],
    ['--remote without a function for it', { ...full, functions: [] }, { redrive: true, remote: true },
      '--remote needs a RedriveFunction on the queue, and there is none: define one in the app, or leave --remote out'],
  ])('cannot be had: %s', async (_, dlq, options, message) => {
    await expect(printed(dlq, options)).rejects.toThrow(message);
  });
});

describe('its options', () => {
  test.each<[PolicyOptions, string]>([
    [{}, 'policy needs --read (look only), --redrive (look and change) or --rescue.'],
    [{ read: true, toStream: true }, '--to-stream needs --redrive.'],
    [{ read: true, remote: true }, '--remote needs --redrive.'],
    [{ read: true, processor: [functionArn('a')] }, '--processor needs --redrive or --logs.'],
    [{ redrive: true, processor: ['orders'] }, '--processor must be the ARN of a function, got: orders'],
  ])('%j are refused', (options, message) => {
    expect(() => policy.check!([], options)).toThrow(message);
  });

  it('may be all together', () => {
    expect(() => policy.check!([], { redrive: true, toStream: true, remote: true, processor: [functionArn('a:live')] })).not.toThrow();
  });
});

describe('what is said of a permission that is missing', () => {
  const { READ: OF_READ, LOGS, REDRIVE: OF_REDRIVE, TO_STREAM, REMOTE } = OperatorActions;
  const actions = [OF_READ, LOGS, OF_REDRIVE, TO_STREAM, REMOTE].flatMap((each) => Object.values(each).flat());

  test.each([...new Set(actions)])('is a command that prints a policy with it: %s', async (action) => {
    const [line] = commandsIn(policyHint(action, undefined, { stack: 'Orders', profile: 'ops' }));
    const { definition, options, globals } = await requestOf(line);
    expect([definition.name, globals]).toMatchObject(['policy', { stack: 'Orders', profile: 'ops' }]);
    mocks.lambda.on(ListEventSourceMappingsCommand).resolves({
      EventSourceMappings: [
        { UUID: 'u-1', ...mapping('orders:live', arn('sns', 'failures')) }, { UUID: 'u-2', ...mapping('audit', arn('sns', 'failures'), TABLE_STREAM) },
      ],
    });
    const { statements } = await printed(full, options);
    expect(Object.values(statements).flatMap(({ Action }) => Action)).toContain(action);
  });
});
