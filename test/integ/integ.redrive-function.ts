import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { KinesisStreamProcessor, RedriveFunction } from '../../src';
import {
  APP_PROPS, IMPATIENT, integTest, kinesisRecord, POISON, poisonedProcessor, putRecords, waitForCount, waitForParkedPoison,
} from './poison';

const app = new App(APP_PROPS);
const stack = new Stack(app, 'StreamDlqRedriveFunction');
const orders = new KinesisStreamProcessor(stack, 'Orders', {
  streamProps: { shardCount: 1, removalPolicy: RemovalPolicy.DESTROY },
  processorProps: poisonedProcessor(stack),
  removalPolicy: RemovalPolicy.DESTROY,
  ...IMPATIENT,
});
const redrive = new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq, maxAttempts: 1, timeout: Duration.minutes(1) });

// The function is switched on, as `stream-dlq redrive --remote start` does. It sends the dead letter to the processor, which refuses it again.
const test = integTest(app, stack);
putRecords(test, orders.stream, [POISON])
  .next(waitForCount(test, orders.dlq.queue, 1))
  .next(test.assertions.awsApiCall('Lambda', 'updateEventSourceMapping', { UUID: redrive.mapping.eventSourceMappingId, Enabled: true }))
  .next(waitForParkedPoison(test, redrive.parkingQueue, kinesisRecord(POISON)))
  .next(waitForCount(test, orders.dlq.queue, 0));
