import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { FailureCapture, KinesisStreamProcessor, RedriveFunction } from 'cdk-stream-dlq';

const app = new App();
const stack = new Stack(app, 'App');
const processorProps = { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code: lambda.Code.fromAsset('orders') };
const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
new KinesisStreamProcessor(stack, 'Payments', { processorProps, capture: FailureCapture.s3() });
new RedriveFunction(stack, 'Redrive', { dlq: orders.dlq });
app.synth();
