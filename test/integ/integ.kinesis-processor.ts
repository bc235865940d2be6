import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { KinesisStreamProcessor } from '../../src';
import { APP_PROPS, IMPATIENT, integTest, kinesisRecord, POISON, poisonedProcessor, putRecords, waitForPoison } from './poison';

const app = new App(APP_PROPS);
const stack = new Stack(app, 'StreamDlqKinesisProcessor');
const orders = new KinesisStreamProcessor(stack, 'Orders', {
  streamProps: { shardCount: 1, removalPolicy: RemovalPolicy.DESTROY },
  processorProps: poisonedProcessor(stack),
  removalPolicy: RemovalPolicy.DESTROY,
  ...IMPATIENT,
});

const test = integTest(app, stack);
putRecords(test, orders.stream, ['good', POISON, 'fine']).next(waitForPoison(test, orders.dlq.queue, kinesisRecord(POISON)));
