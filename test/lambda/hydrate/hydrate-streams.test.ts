import * as streams from '@aws-sdk/client-dynamodb-streams';
import * as kinesis from '@aws-sdk/client-kinesis';
import * as s3 from '@aws-sdk/client-s3';
import * as sqs from '@aws-sdk/client-sqs';
import { mockClient } from 'aws-sdk-client-mock';
import { dynamoFailureRecord } from '../../support/dynamo-records';
import { dynamoShardWith } from '../../support/dynamo-shard';
import { mockModules } from '../../support/hydrate-entry';
import { failureRecord, sqsEvent, streamRecord } from '../../support/records';
import { shardOf } from '../../support/shard';

interface Body {
  readonly hydration: { readonly status: string };
  readonly payload: { readonly Records: readonly { readonly eventSourceARN: string }[] };
}

const before = process.env;
beforeEach(() => {
  process.env = {
    ...before, AWS_REGION: 'us-east-1', AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512', QUEUE_URL: 'https://queue', QUEUE_MAX_MESSAGE_BYTES: '1048576',
    UNDELIVERABLE_QUEUE_URL: 'https://undeliverables', INTAKE_QUEUE_URL: 'https://intake', MAX_CONCURRENCY: '1000', OVERFLOW_BUCKET: 'overflow', OVERFLOW_PREFIX: 'dead-letters/',
  };
});
afterEach(() => {
  process.env = before;
  jest.restoreAllMocks();
});

test('one function reads both kinds of stream, each by a client that is loaded for its first batch', async () => {
  const loaded: string[] = [];
  mockModules({});
  for (const [name, module] of [['@aws-sdk/client-kinesis', kinesis], ['@aws-sdk/client-dynamodb-streams', streams]] as const) {
    jest.doMock(name, () => {
      loaded.push(name);
      return module;
    });
  }
  const { handler } = jest.requireActual<typeof import('../../../lambda/hydrate/hydrate-streams')>('../../../lambda/hydrate/hydrate-streams');
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  const queue = mockClient(sqs.SQSClient).onAnyCommand().resolves({});
  mockClient(s3.S3Client);
  const page = () => ({ records: [0, 1, 2].map((index) => streamRecord(index)) });
  const handle = async (failure: object) => handler(sqsEvent(failure), { getRemainingTimeInMillis: () => 300_000 });

  expect(loaded).toEqual([]);
  shardOf([page()]);
  await handle(failureRecord());
  expect(loaded).toEqual(['@aws-sdk/client-kinesis']);
  dynamoShardWith([0, 1, 2]);
  await handle(dynamoFailureRecord());
  shardOf([page()]);
  await handle(failureRecord({ streamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/payments' }));
  expect(loaded).toEqual(['@aws-sdk/client-kinesis', '@aws-sdk/client-dynamodb-streams']);

  const bodies = queue.calls().map((call) => JSON.parse((call.args[0].input as sqs.SendMessageCommandInput).MessageBody!) as Body);
  expect(bodies.map(({ hydration, payload }) => [hydration.status, payload.Records[0].eventSourceARN])).toEqual([
    ['COMPLETE', failureRecord().KinesisBatchInfo!.streamArn],
    ['COMPLETE', dynamoFailureRecord().DDBStreamBatchInfo!.streamArn],
    ['COMPLETE', 'arn:aws:kinesis:us-east-1:123456789012:stream/payments'],
  ]);
});
