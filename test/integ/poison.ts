import { ExpectedResult, type IApiCall, IntegTest, Match } from '@aws-cdk/integ-tests-alpha';
import { App, AppProps, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Keeps what no test compares out of the snapshots. */
export const APP_PROPS: AppProps = { analyticsReporting: false, treeMetadata: false };

/** The record that every processor here refuses. */
export const POISON = 'poison';

/** What an idle mapping of AWS may take until it reads for the first time, and then some. */
const WAIT = { totalTimeout: Duration.minutes(5), interval: Duration.seconds(10) };

const PROCESSOR = `exports.handler = async ({ Records }) => {
  for (const { body, kinesis, dynamodb } of Records) {
    const text = body ?? (kinesis ? Buffer.from(kinesis.data, 'base64').toString() : dynamodb.Keys.id.S);
    if (text === '${POISON}') throw new Error(text);
  }
};`;

/** A function that fails for poison. It leaves no log group when its stack is deleted. */
export function poisonedProcessor(scope: Construct): lambda.FunctionProps {
  return {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline(PROCESSOR),
    logGroup: new logs.LogGroup(scope, 'ProcessorLogs', { retention: logs.RetentionDays.ONE_DAY, removalPolicy: RemovalPolicy.DESTROY }),
  };
}

/** A bucket for failed batches that is emptied and deleted with its stack. One that a StreamDlq defines keeps its objects. */
export function captureBucket(scope: Construct): s3.Bucket {
  const bucket = new s3.Bucket(scope, 'CaptureBucket', { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true });
  // On the resource: the CDK's own way is a custom resource, whose function has a log group that outlives the stack.
  (bucket.node.defaultChild as s3.CfnBucket).notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
  return bucket;
}

/** A mapping that gives up soon. The batch is split first. */
export const IMPATIENT = { batchSize: 10, bisectBatchOnError: true, retryAttempts: 0, maxRecordAge: Duration.hours(1) };

/** A test of a stack that deletes everything when it is done. */
export function integTest(app: App, stack: Stack): IntegTest {
  return new IntegTest(app, `${stack.stackName}Test`, {
    testCases: [stack],
    regions: ['us-east-1'],
    // It would deploy the committed snapshot first, which has no assets.
    stackUpdateWorkflow: false,
  });
}

/** Puts records on a stream in one call, so that they lie in one batch. */
export function putRecords({ assertions }: IntegTest, stream: kinesis.IStream, texts: readonly string[]): IApiCall {
  return assertions.awsApiCall('Kinesis', 'putRecords', {
    StreamName: stream.streamName,
    Records: texts.map((text) => ({ PartitionKey: text, Data: text })),
  });
}

/** Puts an item into a table. */
export function putItem({ assertions }: IntegTest, table: dynamodb.ITable, id: string): IApiCall {
  return assertions.awsApiCall('DynamoDB', 'putItem', { TableName: table.tableName, Item: { id: { S: id } } });
}

/** Sends messages to a queue in one call. */
export function sendMessages({ assertions }: IntegTest, queue: sqs.IQueue, texts: readonly string[]): IApiCall {
  const call = assertions.awsApiCall('SQS', 'sendMessageBatch', {
    QueueUrl: queue.queueUrl,
    Entries: texts.map((text, index) => ({ Id: String(index), MessageBody: text })),
  });
  // The action is not named after the call.
  call.provider.addPolicyStatementFromSdkCall('SQS', 'sendMessage');
  return call;
}

/** Waits until a queue has one message: the poison message, as it was sent. */
export function waitForPoisonMessage(test: IntegTest, queue: sqs.IQueue): IApiCall {
  return waitForMessage(test, queue, { Body: POISON });
}

/** Waits until a queue has one message: a complete dead letter of the poison record alone. */
export function waitForPoison(test: IntegTest, queue: sqs.IQueue, record: object): IApiCall {
  return waitForMessage(test, queue, { Body: Match.serializedJson(deadLetterOf(record)) });
}

/** Waits until a RedriveFunction has parked the poison record. */
export function waitForParkedPoison(test: IntegTest, queue: sqs.IQueue, record: object): IApiCall {
  return waitForMessage(test, queue, {
    Body: Match.serializedJson(deadLetterOf(record)),
    MessageAttributes: Match.objectLike({ reason: Match.objectLike({ StringValue: Match.stringLikeRegexp(`: ${POISON}$`) }) }),
  });
}

/** Waits until a queue has that many messages, without receiving one: a RedriveFunction counts that as an attempt. */
export function waitForCount({ assertions }: IntegTest, queue: sqs.IQueue, messages: number): IApiCall {
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'];
  return assertions
    .awsApiCall('SQS', 'getQueueAttributes', { QueueUrl: queue.queueUrl, AttributeNames: names })
    .expect(ExpectedResult.objectLike({ Attributes: { [names[0]]: String(messages), [names[1]]: '0' } }))
    .waitForAssertions(WAIT);
}

function waitForMessage({ assertions }: IntegTest, queue: sqs.IQueue, message: object): IApiCall {
  return assertions
    .awsApiCall('SQS', 'receiveMessage', {
      QueueUrl: queue.queueUrl,
      // All of them would make the response longer than the 4 KB that a custom resource may return.
      MessageAttributeNames: ['reason'],
      // One more than is expected would be found.
      MaxNumberOfMessages: 10,
      // The next look finds it again.
      VisibilityTimeout: 0,
      WaitTimeSeconds: 5,
    })
    .expect(ExpectedResult.objectLike({ Messages: [message] }))
    .waitForAssertions(WAIT);
}

function deadLetterOf(record: object): object {
  return Match.objectLike({
    hydration: { status: 'COMPLETE', expectedRecords: 1, recoveredRecords: 1 },
    payload: { Records: [record] },
  });
}

/** A record of Kinesis, as it is in a payload. */
export function kinesisRecord(text: string): object {
  return { eventSource: 'aws:kinesis', kinesis: { partitionKey: text, data: Buffer.from(text).toString('base64') } };
}

/** A new item, as it is in a payload. */
export function dynamoRecord(id: string): object {
  return { eventSource: 'aws:dynamodb', eventName: 'INSERT', dynamodb: { Keys: { id: { S: id } }, NewImage: { id: { S: id } } } };
}
