import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { KinesisStreamProcessor, RedriveFunction } from '../../src';
import {
  APP_PROPS, FLAKY, IMPATIENT, integTest, kinesisRecord, POISON, poisonedProcessor, putRecords, waitForCount, waitForParkedPoison,
} from './poison';

const app = new App(APP_PROPS);
const stack = new Stack(app, 'StreamDlqRedriveFunction');
const orders = new KinesisStreamProcessor(stack, 'Orders', {
  streamProps: { shardCount: 1, removalPolicy: RemovalPolicy.DESTROY },
  processorProps: poisonedProcessor(stack),
  removalPolicy: RemovalPolicy.DESTROY,
  ...IMPATIENT,
  // A dead letter for each record.
  batchSize: 1,
});
const redrive = new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq, maxAttempts: 1, timeout: Duration.minutes(1) });

// Both records fail. Then the function is switched on, as `stream-dlq redrive --remote start` does: one record is processed, the other parked.
const test = integTest(app, stack);
putRecords(test, orders.stream, [FLAKY, POISON])
  .next(waitForCount(test, orders.dlq.queue, 2))
  .next(test.assertions.awsApiCall('Lambda', 'updateEventSourceMapping', { UUID: redrive.mapping.eventSourceMappingId, Enabled: true }))
  .next(waitForParkedPoison(test, redrive.parkingQueue, kinesisRecord(POISON)))
  .next(waitForCount(test, orders.dlq.queue, 0))
  .next(waitForCount(test, redrive.parkingQueue, 1));
