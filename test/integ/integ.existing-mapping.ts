import { App, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { StreamDlq, StreamSource } from '../../src';
import { APP_PROPS, IMPATIENT, integTest, kinesisRecord, POISON, poisonedProcessor, putRecords, waitForPoison } from './poison';

const app = new App(APP_PROPS);
const stack = new Stack(app, 'StreamDlqExistingMapping');
const stream = new kinesis.Stream(stack, 'Stream', { shardCount: 1, removalPolicy: RemovalPolicy.DESTROY });
const processor = new lambda.Function(stack, 'Processor', poisonedProcessor(stack));
const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream), removalPolicy: RemovalPolicy.DESTROY });
processor.addEventSource(new KinesisEventSource(stream, {
  startingPosition: lambda.StartingPosition.TRIM_HORIZON,
  onFailure: dlq,
  ...IMPATIENT,
}));

const test = integTest(app, stack);
putRecords(test, stream, ['good', POISON, 'fine']).next(waitForPoison(test, dlq.queue, kinesisRecord(POISON)));
