import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { FailureCapture, KinesisStreamProcessor } from 'cdk-stream-dlq';

const app = new App();
const stack = new Stack(app, 'Clicks');

new KinesisStreamProcessor(stack, 'Clicks', {
  processorProps: {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
  },
  // With hydrate, the default capture, dead letters of concurrent batches include records that did not fail.
  parallelizationFactor: 10,
  capture: FailureCapture.s3(),
});

app.synth();
