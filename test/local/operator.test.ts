import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  GetEventSourceMappingCommand, GetFunctionConfigurationCommand, InvokeCommand, LambdaClient, ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetResourcesCommand, ResourceGroupsTaggingAPIClient } from '@aws-sdk/client-resource-groups-tagging-api';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { App, CfnOutput, Duration, Stack, Tags } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { LocalCloud } from '../../local/cloud';
import type { DeployedStack } from '../../local/deploy/deployed-stack';
import type { Operator } from '../../local/operator';

const WORKER = `exports.handler = async (event) => {
  if (!event.Records) return { endpoint: process.env.AWS_ENDPOINT_URL, greeting: event.greeting };
  console.log('worked on ' + event.Records.map(({ body }) => body).join(','));
  return { batchItemFailures: event.Records.filter(({ body }) => body === 'poison').map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

let directory: string;
let cloud: LocalCloud;
let stack: DeployedStack;
let operator: Operator;

/** A queue, a worker that CDK's own event source binds to it, and a mapping that is off. */
function synthesize(): string {
  mkdirSync(join(directory, 'worker'));
  writeFileSync(join(directory, 'worker', 'index.js'), WORKER);
  const app = new App({ outdir: join(directory, 'cdk.out'), analyticsReporting: false });
  const worked = new Stack(app, 'Worked');
  const queue = new sqs.Queue(worked, 'Letters', { visibilityTimeout: Duration.minutes(3), encryption: sqs.QueueEncryption.KMS });
  const worker = new lambda.Function(worked, 'Worker', {
    runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromAsset(join(directory, 'worker')),
    timeout: Duration.seconds(30), environment: { QUEUE_URL: queue.queueUrl },
  });
  Tags.of(worker).add('role', 'worker');
  worker.addEventSource(new SqsEventSource(queue, { batchSize: 1, maxConcurrency: 2, reportBatchItemFailures: true, enabled: false }));
  new CfnOutput(worked, 'QueueUrl', { value: queue.queueUrl });
  new CfnOutput(worked, 'FunctionName', { value: worker.functionName });
  return app.synth().directory;
}

const client = <T>(Client: new (config: object) => T, of = operator): T => (
  new Client({ region: cloud.account.region, credentials: of.credentials, endpoint: cloud.gateway.endpoint, maxAttempts: 1 })
);

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'operator-test-'));
  cloud = await LocalCloud.start({ speed: 20 });
  [stack] = await cloud.deployAssembly(synthesize());
  operator = cloud.operator();
});
afterAll(async () => {
  await cloud?.stop();
  rmSync(directory, { recursive: true });
});

test('finds a function by the tags of its template and of its stack', async () => {
  const { ResourceTagMappingList: found } = await client(ResourceGroupsTaggingAPIClient).send(new GetResourcesCommand({
    ResourceTypeFilters: ['lambda:function'],
    TagFilters: [{ Key: 'role', Values: ['worker'] }, { Key: 'aws:cloudformation:stack-name', Values: ['Worked'] }],
  }));
  expect(found).toHaveLength(1);
  const configuration = await client(LambdaClient).send(new GetFunctionConfigurationCommand({ FunctionName: found![0].ResourceARN }));
  expect(configuration).toMatchObject({
    FunctionName: stack.outputs.FunctionName, Timeout: 30, Environment: { Variables: { QUEUE_URL: stack.outputs.QueueUrl } },
  });
});

test('invokes a function, whose own calls come to the same endpoint', async () => {
  const { Payload: payload, FunctionError: error } = await client(LambdaClient).send(new InvokeCommand({
    FunctionName: stack.outputs.FunctionName, Payload: JSON.stringify({ greeting: 'für Zoë' }),
  }));
  expect(error).toBeUndefined();
  expect(JSON.parse(payload!.transformToString())).toEqual({ endpoint: cloud.gateway.endpoint, greeting: 'für Zoë' });
});

test('starts and stops a mapping on a queue, and what has failed stays there', async () => {
  const letters = client(SQSClient);
  const functions = client(LambdaClient);
  for (const MessageBody of ['a', 'poison', 'b']) await letters.send(new SendMessageCommand({ QueueUrl: stack.outputs.QueueUrl, MessageBody }));
  const { EventSourceMappings: [mapping] = [] } = await functions.send(
    new ListEventSourceMappingsCommand({ FunctionName: stack.outputs.FunctionName }),
  );
  expect(mapping).toMatchObject({
    State: 'Disabled', BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 }, FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
  const { UUID } = mapping;
  await cloud.idle();
  expect(cloud.account.logGroups.get(`/aws/lambda/${stack.outputs.FunctionName}`)?.applicationMessages ?? []).toEqual([]);

  expect(await functions.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }))).toMatchObject({ State: 'Enabling' });
  await cloud.idle();
  expect(await functions.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({ State: 'Enabled' });
  const { Attributes: left } = await letters.send(new GetQueueAttributesCommand({ QueueUrl: stack.outputs.QueueUrl, AttributeNames: ['All'] }));
  expect(left).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '1' });
  const log = cloud.account.logGroups.get(`/aws/lambda/${stack.outputs.FunctionName}`)!.applicationMessages.join('\n');
  for (const body of ['a', 'b', 'poison']) expect(log).toContain(`worked on ${body}`);

  expect(await functions.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }))).toMatchObject({ State: 'Disabling' });
  await cloud.idle();
  expect(await functions.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({ State: 'Disabled' });
  expect(cloud.account.denials).toEqual([]);
});

test('may do what its policy says, and is named in refusals', async () => {
  const reader = cloud.operator({ Statement: [{ Effect: 'Allow', Action: 'sqs:GetQueueAttributes', Resource: '*' }] }, 'Reader');
  expect(await client(STSClient, reader).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Arn: 'arn:aws:sts::123456789012:assumed-role/Reader/local',
  });
  const send = new SendMessageCommand({ QueueUrl: stack.outputs.QueueUrl, MessageBody: 'a' });
  await expect(client(SQSClient, reader).send(send)).rejects.toThrow('User: arn:aws:sts::123456789012:assumed-role/Reader/local is not authorized');
  // The same again, with another policy.
  cloud.operator({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] }, 'Reader');
  await expect(client(SQSClient, reader).send(send)).resolves.toHaveProperty('MessageId');
});

test('is what a child process is, by its environment', async () => {
  const script = `const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
    new STSClient({}).send(new GetCallerIdentityCommand({})).then(({ Arn }) => console.log(Arn));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { env: operator.environment });
  expect(stdout.trim()).toBe('arn:aws:sts::123456789012:assumed-role/Operator/local');
});
