import { App, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { KinesisStreamProcessor } from 'cdk-stream-dlq';

const app = new App();
const stack = new Stack(app, 'Orders');

const onCall = new sns.Topic(stack, 'OnCall');

new KinesisStreamProcessor(stack, 'Orders', {
  processorProps: {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
  },
  alarmActions: [new SnsAction(onCall)],
});

app.synth();
