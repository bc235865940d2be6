import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { GetBucketEncryptionCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { policy } from '../../../commands/policy/command';
import { type PolicyOptions, run } from '../../../commands/policy/run';
import { policyCommand } from '../../../commands/rescue/policy-command';
import type { Clients, Context, GlobalOptions } from '../../../context';
import type { Dlq } from '../../../dlq';
import { fakeContext } from '../../support/fake-context';
import { functionArn, queueUrl } from '../../support/fake-stack';
import { requestOf } from '../../support/printed-commands';

const region = { region: 'us-east-1' };
const [s3, lambda] = [new S3Client(region), new LambdaClient(region)];
const [kinesis, dynamodb] = [new KinesisClient(region), new DynamoDBClient(region)];
const mocks = { s3: mockClient(s3), lambda: mockClient(lambda), kinesis: mockClient(kinesis), dynamodb: mockClient(dynamodb) };
const clients = {
  s3: async () => s3, lambda: async () => lambda, kinesis: async () => kinesis, dynamodb: async () => dynamodb,
} as unknown as Clients;

const arn = (service: string, rest: string): string => `arn:aws:${service}:us-east-1:123456789012:${rest}`;
const STREAM = arn('kinesis', 'stream/orders');
const TABLE_STREAM = arn('dynamodb', 'table/T/stream/2026-01-01T00:00:00.000');
const OLD: Dlq = {
  queueUrl: queueUrl('Old'), queueArn: arn('sqs', 'Old'), maxMessageBytes: 1_048_576, isFifo: false, functions: [], kmsKeyId: 'alias/old',
  messages: { visible: 0, inFlight: 0, delayed: 0 },
};
const NEW: Dlq = {
  ...OLD,
  queueUrl: queueUrl('New'), queueArn: arn('sqs', 'New'), kmsKeyId: '4f', auditLogGroup: 'operators',
  functions: [{
    role: 'hydrate', functionArn: functionArn('Hydrate'),
    environment: { QUEUE_URL: queueUrl('New'), UNDELIVERABLE_QUEUE_URL: queueUrl('Undeliverable'), OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: 'dead-letters/1a/' },
  }],
};

const mapped = (...mappings: readonly (readonly [streamArn: string, destination: string])[]) =>
  mocks.lambda.on(ListEventSourceMappingsCommand).resolves({
    EventSourceMappings: mappings.map(([EventSourceArn, Destination]) => ({ EventSourceArn, DestinationConfig: { OnFailure: { Destination } } })),
  });

beforeEach(() => {
  Object.values(mocks).forEach((mock) => mock.reset());
  mocks.kinesis.on(DescribeStreamSummaryCommand).resolves({ StreamDescriptionSummary: { KeyId: arn('kms', 'key/stream') } as never });
  mocks.dynamodb.on(DescribeTableCommand).resolves({ Table: { SSEDescription: { KMSMasterKeyArn: arn('kms', 'key/table') } } });
  mocks.s3.on(GetBucketEncryptionCommand).resolves({
    ServerSideEncryptionConfiguration: { Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }] },
  });
  mapped([STREAM, OLD.queueArn], [TABLE_STREAM, OLD.queueArn], [`${STREAM}-other`, arn('sqs', 'Other')]);
});

/** `Sid: actions on resources`, with keys of conditions. */
async function printed(options: PolicyOptions, globals: Partial<GlobalOptions> = { queue: 'Old' }): Promise<string[]> {
  const dlq: Context['dlq'] = async (named) => (named?.prefix === 'to-' ? NEW : named?.isAlone ? OLD : NEW);
  const { context, streams } = fakeContext({ command: 'policy', clients, dlq, ...globals });
  policy.check!([], { rescue: true, ...options });
  expect(await run(context, [], { rescue: true, ...options })).toBe(0);
  const { Statement } = JSON.parse(streams.out()) as { Statement: { Sid: string; Action: string[]; Resource: string[]; Condition?: object }[] };
  return Statement.map(({ Sid, Action, Resource, Condition }) =>
    `${Sid}: ${Action.join(' ')} on ${Resource.join(' ')}${Condition ? ` if ${JSON.stringify(Condition)}` : ''}`);
}

const READ = [
  `ReadFailureRecords: sqs:ReceiveMessage sqs:ChangeMessageVisibility sqs:GetQueueAttributes sqs:GetQueueUrl on ${OLD.queueArn}`,
  `ReadStreams: kinesis:DescribeStreamSummary kinesis:GetShardIterator kinesis:GetRecords on ${STREAM}`,
  `ReadStreamsOfTables: dynamodb:GetShardIterator dynamodb:GetRecords on ${arn('dynamodb', 'table/T')}/stream/*`,
  `ReadWithKeys: kms:Decrypt on ${arn('kms', 'key/stream')} ${arn('kms', 'key/table')}`,
  `ReadWithKeysByAlias: kms:Decrypt on ${arn('kms', 'key/*')} if {"ForAnyValue:StringEquals":{"kms:ResourceAliases":["alias/old"]}}`,
];

it('has the queue and the streams whose mappings send their failure records there', async () => {
  expect(await printed({})).toEqual(READ);
});

it('has what --delete and a target need, and nothing of either without them', async () => {
  expect(await printed({ delete: true, toStack: 'Orders' })).toEqual([
    READ[0],
    `DeleteFailureRecords: sqs:DeleteMessage on ${OLD.queueArn}`,
    ...READ.slice(1),
    `SendDeadLetters: sqs:GetQueueUrl sqs:GetQueueAttributes sqs:SendMessage on ${NEW.queueArn}`,
    'WriteLargeDeadLetters: s3:PutObject on arn:aws:s3:::overflow/dead-letters/1a/* if {"StringEquals":{"s3:ResourceAccount":"123456789012"}}',
    `WriteWithKeys: kms:Decrypt kms:GenerateDataKey on ${arn('kms', 'key/4f')}`,
    `WriteAuditLog: logs:CreateLogStream logs:PutLogEvents on ${arn('logs', 'log-group:operators:*')}`,
    'FindFunctions: tag:GetResources on *',
    `ReadFunctions: lambda:GetFunctionConfiguration on ${functionArn('Hydrate')}`,
  ]);
});

it('takes the streams that are given instead', async () => {
  const given = await printed({ stream: [`${STREAM}-other/consumer/c:1`] });
  expect(given[1]).toMatch(/kinesis:GetRecords on arn:aws:kinesis:us-east-1:123456789012:stream\/orders-other$/);
  expect(mocks.lambda.calls()).toEqual([]);
});

it('has the objects of a prefix, and needs no queue', async () => {
  mapped([STREAM, 'arn:aws:s3:::failed']);
  expect((await printed({ from: 's3://failed/aws/lambda/' }, {})).slice(0, 3)).toEqual([
    'ListInvocationRecords: s3:ListBucket on arn:aws:s3:::failed if {"StringLike":{"s3:prefix":"aws/lambda/*"}}',
    'ReadInvocationRecords: s3:GetObject on arn:aws:s3:::failed/aws/lambda/*',
    READ[1],
  ]);
});

it('with --stack has the queues of the stack', async () => {
  const [first] = await printed({ stream: [STREAM] }, { stack: 'Orders' });
  expect(first).toMatch(new RegExp(`on ${NEW.queueArn} ${arn('sqs', 'Undeliverable')}$`));
});

it('asks for the streams where no mapping names the queue', async () => {
  mapped();
  await expect(printed({})).rejects.toThrow('--stream must name the streams, got: none');
  await expect(printed({}, {})).rejects.toThrow('policy --rescue needs a source');
});

test.each<[PolicyOptions, string]>([
  [{ read: true, delete: true }, '--delete needs --rescue.'],
  [{ read: true, toStack: 'Orders' }, '--to-stack needs --rescue.'],
  [{ rescue: true, logs: true }, '--logs cannot be used with --rescue'],
  [{ rescue: true, from: 'failures.jsonl' }, '--from must be s3://bucket/prefix, got: failures.jsonl'],
  [{ rescue: true, stream: [functionArn('a')] }, '--stream must be the ARN of a Kinesis stream'],
])('%j is refused', (options, message) => {
  expect(() => policy.check!([], options)).toThrow(message);
});

it('the command that rescue prints for it asks for the same', async () => {
  const given = { json: false, queue: 'orders', profile: 'ops' };
  const { options, globals } = await requestOf(policyCommand(given, { delete: true, toStack: 'Orders' }).replace('npx stream-dlq ', ''));
  expect([options, globals]).toMatchObject([{ rescue: true, delete: true, toStack: 'Orders' }, { queue: 'orders', profile: 'ops' }]);
});
