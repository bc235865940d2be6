import {
  CreateStreamCommand,
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  StartStreamEncryptionCommand,
} from '@aws-sdk/client-kinesis';
import { Fixture, KEY, ROLE } from './fixture';

const StreamARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';
let fixture: Fixture;
let ConsumerARN: string;

beforeAll(async () => {
  fixture = await Fixture.start();
  await fixture.admin.kinesis.send(new CreateStreamCommand({ StreamName: 'orders', ShardCount: 1 }));
  await fixture.admin.kinesis.send(new CreateStreamCommand({ StreamName: 'other', ShardCount: 1 }));
  const { Consumer } = await fixture.admin.kinesis.send(
    new RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'fan' }),
  );
  ConsumerARN = Consumer!.ConsumerARN!;
});

beforeEach(() => fixture.reset());
afterAll(async () => fixture?.stop());

const iterator = async (stream: object = { StreamARN }) => {
  const input = { ...stream, ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' as const };
  return (await fixture.worker.kinesis.send(new GetShardIteratorCommand(input))).ShardIterator!;
};
const put = new PutRecordsCommand({ StreamARN, Records: [{ PartitionKey: 'k', Data: Buffer.from('hello') }] });

test('records go in and out with the permissions for it, page after page', async () => {
  fixture.allow(['kinesis:PutRecords', 'kinesis:GetShardIterator', 'kinesis:GetRecords'], StreamARN);
  await fixture.worker.kinesis.send(put);
  const first = await fixture.worker.kinesis.send(new GetRecordsCommand({ ShardIterator: await iterator() }));
  expect(Buffer.from(first.Records![0].Data!).toString()).toBe('hello');
  const second = await fixture.worker.kinesis.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }));
  expect(second.Records).toHaveLength(0);
  expect(fixture.account.decisions.map(({ action, resource }) => [action, resource])).toEqual(
    ['PutRecords', 'GetShardIterator', 'GetRecords', 'GetRecords'].map((action) => [`kinesis:${action}`, StreamARN]),
  );
});

test("a missing permission is AccessDeniedException in AWS's words, for the stream that the iterator belongs to", async () => {
  fixture.allow('kinesis:GetShardIterator');
  fixture.allow('kinesis:GetRecords', `${StreamARN}-2`);
  const ShardIterator = await iterator({ StreamName: 'orders' });
  await expect(fixture.worker.kinesis.send(new GetRecordsCommand({ ShardIterator }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message:
      'User: arn:aws:sts::123456789012:assumed-role/Worker/local is not authorized to perform: kinesis:GetRecords on resource: '
      + `${StreamARN} because no identity-based policy allows the kinesis:GetRecords action`,
    $metadata: { httpStatusCode: 400 },
  });
});

test('an iterator of another stream, or one that was never given out, is an invalid argument', async () => {
  fixture.allow('kinesis:*');
  const ShardIterator = await iterator({ StreamName: 'other' });
  for (const input of [{ StreamARN, ShardIterator }, { ShardIterator: 'made-up' }]) {
    await expect(fixture.worker.kinesis.send(new GetRecordsCommand(input))).rejects.toMatchObject({
      name: 'InvalidArgumentException',
    });
  }
});

test('a consumer ARN in place of a stream ARN is an invalid argument', async () => {
  fixture.allow('kinesis:*');
  await expect(iterator({ StreamARN: ConsumerARN })).rejects.toMatchObject({
    name: 'InvalidArgumentException',
    message: `StreamARN ${ConsumerARN} is not the ARN of a stream`,
  });
});

test('a consumer is described with a permission on the consumer', async () => {
  fixture.allow('kinesis:DescribeStreamConsumer', ConsumerARN);
  const { ConsumerDescription } = await fixture.worker.kinesis.send(new DescribeStreamConsumerCommand({ ConsumerARN }));
  expect(ConsumerDescription!.StreamARN).toBe(StreamARN);
});

test('how long a stream keeps records is told with the permission for it', async () => {
  const describe = async () => fixture.worker.kinesis.send(new DescribeStreamSummaryCommand({ StreamARN }));
  await expect(describe()).rejects.toMatchObject({ name: 'AccessDeniedException', message: expect.stringContaining(`kinesis:DescribeStreamSummary on resource: ${StreamARN}`) });
  fixture.allow('kinesis:DescribeStreamSummary', StreamARN);
  expect((await describe()).StreamDescriptionSummary).toMatchObject({ StreamARN, RetentionPeriodHours: 24 });
});

test('shards are listed by name and by ARN', async () => {
  fixture.allow('kinesis:ListShards', StreamARN);
  for (const input of [{ StreamARN }, { StreamName: 'orders' }]) {
    expect((await fixture.worker.kinesis.send(new ListShardsCommand(input))).Shards).toHaveLength(1);
  }
});

test('reading an encrypted stream takes kms:Decrypt, writing takes kms:GenerateDataKey', async () => {
  fixture.allow('kinesis:*');
  fixture.encrypt(StreamARN);
  const read = new GetRecordsCommand({ ShardIterator: await iterator() });
  for (const [command, action] of [
    [read, 'kms:Decrypt'],
    [put, 'kms:GenerateDataKey'],
  ] as const) {
    await expect(fixture.worker.kinesis.send(command as typeof put)).rejects.toMatchObject({
      name: 'KMSAccessDeniedException',
      message: expect.stringContaining(
        `is not authorized to perform: ${action} on resource: ${KEY} because no identity-based policy`,
      ),
    });
    fixture.allow(action, KEY);
    await fixture.worker.kinesis.send(command as typeof put);
  }
});

test('a key that is gone is named as missing', async () => {
  fixture.allow(['kinesis:*', 'kms:*']);
  fixture.account.encryption.set(StreamARN, KEY);
  await expect(fixture.worker.kinesis.send(put)).rejects.toMatchObject({ name: 'KMSNotFoundException' });
});

test('credentials that no role has are unrecognized', async () => {
  const stranger = fixture.clients(
    fixture.gateway.endpoints,
    fixture.account.credentialsFor('arn:aws:iam::123456789012:role/Gone'),
  );
  await expect(stranger.kinesis.send(put)).rejects.toMatchObject({ name: 'UnrecognizedClientException' });
  expect(fixture.account.decisions).toEqual([]);
});

test('a request that is not signed is refused', async () => {
  const answer = await fetch(fixture.gateway.endpoints.kinesis, { method: 'POST', body: '{}' });
  expect([answer.status, await answer.json()]).toMatchObject([400, { __type: 'MissingAuthenticationTokenException' }]);
});

test('an action that the gateway does not know is refused, permission or not', async () => {
  fixture.allow('kinesis:*');
  const command = new StartStreamEncryptionCommand({ StreamARN, EncryptionType: 'KMS', KeyId: KEY });
  await expect(fixture.worker.kinesis.send(command)).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining(
      'does not know kinesis action StartStreamEncryption: add it to local/gateway/kinesis.ts',
    ),
    $metadata: { httpStatusCode: 501 },
  });
});

test('a client that speaks HTTP/2 fails, and a warning says what it needs', async () => {
  const warned = jest.spyOn(process, 'emitWarning').mockImplementation();
  const client = new KinesisClient({
    endpoint: fixture.gateway.endpoints.kinesis,
    region: 'us-east-1',
    credentials: fixture.account.credentialsFor(ROLE),
    maxAttempts: 1,
  });
  try {
    await expect(client.send(put)).rejects.toThrow();
    expect(warned).toHaveBeenCalledWith(
      expect.stringMatching(/^a client spoke HTTP\/2 to the local kinesis gateway.*NodeHttpHandler/),
    );
  } finally {
    client.destroy();
    warned.mockRestore();
  }
});
