import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { App, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { LocalCloud } from '../../../local/cloud';
import type { FailureRecord } from '../../../local/mapping/event-source-mapping';
import { drainMessages } from '../../../local/queue-messages';
import { describeNeedsJava } from '../../support/java';

const PROCESSOR = `exports.handler = async ({ Records }) => {
  console.log('processing ' + Records.map(({ dynamodb }) => dynamodb.Keys.pk.S).join(','));
  throw new Error('never');
};`;

const outdir = mkdtempSync(join(tmpdir(), 'table-pipeline-'));
afterAll(() => rmSync(outdir, { recursive: true }));

/** Plain CDK constructs: a table of each generation, with a key of its own, and a function that reads the streams of both. */
function synthesize(): string {
  const stack = new Stack(new App({ outdir, analyticsReporting: false }), 'Tables', { env: { account: '123456789012', region: 'us-east-1' } });
  const queue = new sqs.Queue(stack, 'Failures');
  const processor = new lambda.Function(stack, 'Processor', {
    runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromInline(PROCESSOR),
  });
  const partitionKey = { name: 'pk', type: dynamodb.AttributeType.STRING };
  const encryptionKey = new kms.Key(stack, 'Key', { removalPolicy: RemovalPolicy.DESTROY });
  const tables = [
    new dynamodb.Table(stack, 'Classic', {
      partitionKey, stream: dynamodb.StreamViewType.NEW_IMAGE, encryptionKey, removalPolicy: RemovalPolicy.DESTROY,
    }),
    new dynamodb.TableV2(stack, 'Global', {
      partitionKey, dynamoStream: dynamodb.StreamViewType.NEW_IMAGE, replicas: [{ region: 'eu-central-1' }], removalPolicy: RemovalPolicy.DESTROY,
    }),
  ];
  for (const table of tables) {
    processor.addEventSource(new DynamoEventSource(table, {
      startingPosition: lambda.StartingPosition.TRIM_HORIZON, retryAttempts: 0, onFailure: new SqsDlq(queue),
    }));
    new CfnOutput(stack, `${table.node.id}Name`, { value: table.tableName });
  }
  new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
  return (stack.node.root as App).synth().directory;
}

describeNeedsJava('tables of plain CDK constructs', () => {
  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = await LocalCloud.start({ speed: 60 });
  });
  afterAll(async () => cloud?.stop());

  test('changes flow to the processor, and failures to the queue, with the permissions that the CDK grants', async () => {
    const [{ outputs, delete: remove }] = await cloud.deployAssembly(synthesize());
    for (const [index, name] of [outputs.ClassicName, outputs.GlobalName].entries()) {
      await cloud.clients.dynamodb.send(new PutItemCommand({ TableName: name, Item: { pk: { S: `item-${index}` } } }));
    }
    await cloud.idle();
    const messages = await drainMessages(cloud.clients.sqs, outputs.QueueUrl);
    const failures = messages.map(({ Body: body }) => (JSON.parse(body!) as FailureRecord).DDBStreamBatchInfo!);
    expect(failures.map(({ streamArn }) => streamArn.split('/')[1]).sort()).toEqual([outputs.ClassicName, outputs.GlobalName].sort());
    expect(failures).toMatchObject([{ batchSize: 1 }, { batchSize: 1 }]);
    expect(cloud.account.denials).toEqual([]);
    await remove();
  });
});
