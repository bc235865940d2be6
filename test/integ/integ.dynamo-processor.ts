import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { DynamoStreamProcessor } from '../../src';
import { APP_PROPS, dynamoRecord, IMPATIENT, integTest, POISON, poisonedProcessor, putItem, waitForPoison } from './poison';

const app = new App(APP_PROPS);
const stack = new Stack(app, 'StreamDlqDynamoProcessor');
const audit = new DynamoStreamProcessor(stack, 'Audit', {
  tableProps: { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, removalPolicy: RemovalPolicy.DESTROY },
  processorProps: poisonedProcessor(stack),
  removalPolicy: RemovalPolicy.DESTROY,
  ...IMPATIENT,
});

const test = integTest(app, stack);
putItem(test, audit.table, 'good')
  .next(putItem(test, audit.table, POISON))
  .next(waitForPoison(test, audit.dlq.queue, dynamoRecord(POISON)));
