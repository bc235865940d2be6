import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { DynamoStreamProcessor, FailureCapture } from '../../src';
import { APP_PROPS, captureBucket, dynamoRecord, IMPATIENT, integTest, POISON, poisonedProcessor, putItem, waitForPoison } from './poison';

const app = new App(APP_PROPS);
const stack = new Stack(app, 'StreamDlqDynamoS3Capture');
const audit = new DynamoStreamProcessor(stack, 'Audit', {
  tableProps: { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, removalPolicy: RemovalPolicy.DESTROY },
  processorProps: poisonedProcessor(stack),
  capture: FailureCapture.s3({ bucket: captureBucket(stack) }),
  removalPolicy: RemovalPolicy.DESTROY,
  ...IMPATIENT,
});

const test = integTest(app, stack);
putItem(test, audit.table, 'good')
  .next(putItem(test, audit.table, POISON))
  .next(waitForPoison(test, audit.dlq.queue, dynamoRecord(POISON)));
