import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor } from 'cdk-stream-dlq';

const app = new App({ outdir: join(__dirname, 'cdk.out') });
new KinesisStreamProcessor(new Stack(app, 'App'), 'Orders', {
  processorProps: {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(join(__dirname, 'orders')),
  },
});
app.synth();
