import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { PublishCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource, SnsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sns from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Account } from '../../../local/account';
import { Clock } from '../../../local/clock';
import { Clients } from '../../../local/deploy/clients';
import type { DeployedStack } from '../../../local/deploy/deployed-stack';
import { Deployer } from '../../../local/deploy/deployer';
import { type Emulators, startEmulators } from '../../../local/emulators/emulators';
import { Gateway } from '../../../local/gateway/gateway';
import { Authorizer } from '../../../local/iam/authorizer';

const PROCESSOR = `exports.handler = async ({ Records }) => {
  const texts = Records.map(({ kinesis }) => Buffer.from(kinesis.data, 'base64').toString());
  console.log('processing ' + texts.join(','));
  if (texts.includes('poison')) throw new Error('poison');
};`;
const LISTENER = `exports.handler = async ({ Records: [{ Sns }] }) => {
  console.log('heard ' + Sns.Message);
};`;

let directory: string;
let emulators: Emulators;
let gateway: Gateway;
let deployer: Deployer;
let clients: Clients;
let stacks: DeployedStack[];
const account = new Account();

/** Two stacks of plain CDK constructs: a stream, and what reads it from another stack. */
function synthesize(): string {
  const code = (name: string, source: string) => {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'index.js'), source);
    return lambda.Code.fromAsset(join(directory, name));
  };
  const app = new App({ outdir: join(directory, 'cdk.out'), analyticsReporting: false });
  const source = new Stack(app, 'Source');
  const stream = new kinesis.Stream(source, 'Stream', { streamMode: kinesis.StreamMode.PROVISIONED });
  new CfnOutput(source, 'StreamName', { value: stream.streamName });

  const stack = new Stack(app, 'Processing');
  const common = { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler' };
  const processor = new lambda.Function(stack, 'Processor', { ...common, code: code('processor', PROCESSOR) });
  const topic = new sns.Topic(stack, 'Failures');
  processor.addEventSource(new KinesisEventSource(stream, {
    startingPosition: lambda.StartingPosition.TRIM_HORIZON, bisectBatchOnError: true, retryAttempts: 1, onFailure: new SnsDlq(topic),
  }));
  const listener = new lambda.Function(stack, 'Listener', { ...common, code: code('listener', LISTENER), retryAttempts: 0 });
  const undelivered = new sqs.Queue(stack, 'Undelivered');
  topic.addSubscription(new LambdaSubscription(listener, { deadLetterQueue: undelivered }));
  for (const [name, value] of Object.entries({
    TopicArn: topic.topicArn, ListenerArn: listener.functionArn, UndeliveredUrl: undelivered.queueUrl,
    ProcessorLog: `/aws/lambda/${processor.functionName}`, ListenerLog: `/aws/lambda/${listener.functionName}`,
  })) {
    new CfnOutput(stack, name, { value });
  }
  return app.synth().directory;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'pipeline-test-'));
  emulators = await startEmulators({ accountId: account.accountId, region: account.region });
  const authorizer = new Authorizer(account);
  gateway = await Gateway.start({ account, authorizer, upstream: emulators.endpoints });
  clients = new Clients(emulators.endpoints, account.region);
  deployer = new Deployer({
    account, authorizer, clock: new Clock(60), admin: emulators.endpoints, gateway: gateway.endpoints,
  });
  stacks = await deployer.deployAssembly(synthesize());
});
afterAll(async () => {
  await deployer?.close();
  clients?.destroy();
  await gateway?.stop();
  await emulators?.stop();
  rmSync(directory, { recursive: true });
});

const logged = (name: string) => (account.logGroups.get(name)?.applicationMessages ?? []).join('\n');

test('records flow from the stream to the processor, and failures through the topic to the listener', async () => {
  const [source, processing] = stacks;
  await clients.kinesis.send(new PutRecordsCommand({
    StreamName: source.outputs.StreamName,
    Records: ['a', 'poison', 'b'].map((text) => ({ PartitionKey: 'key', Data: Buffer.from(text) })),
  }));
  const [mapping] = processing.mappings.values();
  await mapping.idle();
  await processing.idle();

  expect(logged(processing.outputs.ProcessorLog)).toContain('processing a,poison,b');
  expect(mapping.counters.failureRecords).toBeGreaterThan(0);
  const heard = logged(processing.outputs.ListenerLog);
  expect(heard).toContain('"condition":"RetryAttemptsExhausted"');
  expect(heard).toContain('"KinesisBatchInfo"');
  expect(account.denials).toEqual([]);
});

test('what the topic may not hand to the listener goes to the subscription\'s queue', async () => {
  const [, { outputs, subscriptions, idle }] = stacks;
  const policy = account.resourcePolicies.get(outputs.ListenerArn)!;
  account.resourcePolicies.delete(outputs.ListenerArn);
  await clients.sns.send(new PublishCommand({ TopicArn: outputs.TopicArn, Message: 'unheard' }));
  await idle();
  account.resourcePolicies.set(outputs.ListenerArn, policy);

  expect([...subscriptions.values()].map(({ redriven, lost }) => ({ redriven, lost }))).toEqual([{ redriven: 1, lost: [] }]);
  const { Messages: messages } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: outputs.UndeliveredUrl }));
  expect(messages).toHaveLength(1);
  expect(messages![0].Body).toContain('unheard');
});

test('deleting the stacks leaves what is to be retained and what Lambda itself made', async () => {
  const [source, processing] = stacks;
  await processing.delete();
  await source.delete();
  expect(source.retained).toHaveLength(1);
  expect(account.functions.size + account.roles.size + account.resourcePolicies.size).toBe(0);
  expect([...account.logGroups.keys()].sort()).toEqual([processing.outputs.ListenerLog, processing.outputs.ProcessorLog].sort());
});
