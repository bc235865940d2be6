import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { QueueProcessor } from '../../src';
import { APP_PROPS, integTest, POISON, poisonedProcessor, sendMessages, waitForPoisonMessage } from './poison';

const app = new App(APP_PROPS);
const stack = new Stack(app, 'StreamDlqQueueProcessor');
const jobs = new QueueProcessor(stack, 'Jobs', {
  processorProps: { ...poisonedProcessor(stack), timeout: Duration.seconds(2) },
  // A good message in a batch with the poison is received again too: alone, it is processed then.
  batchSize: 1,
  removalPolicy: RemovalPolicy.DESTROY,
});

const test = integTest(app, stack);
sendMessages(test, jobs.queue, ['good', POISON, 'fine']).next(waitForPoisonMessage(test, jobs.deadLetterQueue));
