import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, S3OnFailureDestination } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { LocalCloud } from '../../local/cloud';
import type { DeployedStack } from '../../local/deploy/deployed-stack';

const PROCESSOR = `exports.handler = async ({ Records }) => {
  if (Records.some(({ kinesis }) => JSON.parse(Buffer.from(kinesis.data, 'base64')).poison)) throw new Error('poison');
};`;
const LISTENER = 'exports.handler = async ({ detail }) => console.log(JSON.stringify(detail));';

let directory: string;
let cloud: LocalCloud;
let stack: DeployedStack;

/** Plain CDK constructs: a mapping with filters and a bucket as its destination, and a function behind the bucket's events. */
function synthesize(): string {
  const code = (name: string, source: string) => {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'index.js'), source);
    return lambda.Code.fromAsset(join(directory, name));
  };
  const app = new App({ outdir: join(directory, 'cdk.out'), analyticsReporting: false });
  const defined = new Stack(app, 'Capture');
  const common = { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler' };
  const stream = new kinesis.Stream(defined, 'Stream', { shardCount: 1 });
  const bucket = new s3.Bucket(defined, 'Bucket');
  // The CDK's own way to switch it on is a custom resource, which is not emulated.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  const processor = new lambda.Function(defined, 'Processor', { ...common, code: code('processor', PROCESSOR) });
  processor.addEventSource(new KinesisEventSource(stream, {
    startingPosition: lambda.StartingPosition.TRIM_HORIZON, bisectBatchOnError: true, retryAttempts: 0, onFailure: new S3OnFailureDestination(bucket),
    filters: [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('order') } })],
  }));
  const listener = new lambda.Function(defined, 'Listener', { ...common, code: code('listener', LISTENER) });
  const undelivered = new sqs.Queue(defined, 'Undelivered');
  new events.Rule(defined, 'Captured', {
    eventPattern: {
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, object: { key: events.Match.prefix('aws/lambda/') } },
    },
    targets: [new targets.LambdaFunction(listener, { deadLetterQueue: undelivered })],
  });
  for (const [name, value] of Object.entries({
    StreamName: stream.streamName, BucketName: bucket.bucketName, ListenerArn: listener.functionArn, UndeliveredUrl: undelivered.queueUrl,
    ListenerLog: `/aws/lambda/${listener.functionName}`,
  })) {
    new CfnOutput(defined, name, { value });
  }
  return app.synth().directory;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 's3-capture-test-'));
  cloud = await LocalCloud.start({ speed: 60 });
  [stack] = await cloud.deployAssembly(synthesize());
});

afterAll(async () => {
  await cloud?.stop();
  rmSync(directory, { recursive: true });
});

const heard = () => (cloud.account.logGroups.get(stack.outputs.ListenerLog)?.applicationMessages ?? []).map((message) => (
  JSON.parse(/\{.*\}/.exec(message)![0]) as { object: { key: string; size: number } }
));

test('a failed batch, less what was filtered out, becomes an object, an event and a call', async () => {
  const data = [{ kind: 'order', n: 1 }, { kind: 'other', poison: true }, { kind: 'order', poison: true, n: 2 }, 'text', { kind: 'order', n: 3 }];
  await cloud.clients.kinesis.send(new PutRecordsCommand({
    StreamName: stack.outputs.StreamName,
    Records: data.map((each) => ({ PartitionKey: 'k', Data: Buffer.from(typeof each === 'string' ? each : JSON.stringify(each)) })),
  }));
  await cloud.idle();
  const [mapping] = stack.mappings.values();
  expect(mapping.counters).toMatchObject({ recordsFiltered: 2, recordsProcessed: 2, recordsGivenUp: 1, failureRecords: 1, failedDeliveries: 0 });
  expect(heard()).toMatchObject([{ object: { key: expect.stringMatching(`^aws/lambda/${mapping.spec.uuid}/shardId-000000000000/`) as string } }]);
  expect(cloud.account.denials).toEqual([]);
});

test('an object of the administrator is an event, too, unless the rule is for others', async () => {
  const before = heard().length;
  for (const [Key, Body] of [['aws/lambda/mine', 'four'], ['dead-letters/mine', 'x']]) {
    await cloud.clients.s3.send(new PutObjectCommand({ Bucket: stack.outputs.BucketName, Key, Body }));
  }
  await cloud.idle();
  expect(heard().slice(before)).toMatchObject([{ object: { key: 'aws/lambda/mine', size: 4 } }]);
});

test('an event that the function does not let in goes to the rule\'s queue', async () => {
  const { ListenerArn, BucketName, UndeliveredUrl } = stack.outputs;
  cloud.account.resourcePolicies.delete(ListenerArn);
  await cloud.clients.s3.send(new PutObjectCommand({ Bucket: BucketName, Key: 'aws/lambda/unheard', Body: 'x' }));
  await cloud.idle();
  expect([...stack.rules.values()].map(({ deadLettered, lost }) => ({ deadLettered, lost }))).toEqual([{ deadLettered: 1, lost: [] }]);
  const { Messages = [] } = await cloud.clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: UndeliveredUrl, MessageAttributeNames: ['All'] }));
  expect(Messages).toMatchObject([{ Body: expect.stringContaining('aws/lambda/unheard') as string, MessageAttributes: { ERROR_CODE: { StringValue: 'NO_PERMISSIONS' } } }]);
});
