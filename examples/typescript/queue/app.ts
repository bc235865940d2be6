import { App, Duration, Stack } from 'aws-cdk-lib';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sns from 'aws-cdk-lib/aws-sns';
import { QueueProcessor } from 'cdk-stream-dlq';

const app = new App();
const stack = new Stack(app, 'Emails');
const onCall = new sns.Topic(stack, 'OnCall');

const emails = new QueueProcessor(stack, 'Emails', {
  processorProps: {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
    timeout: Duration.seconds(30),
  },
  maxConcurrency: 10,
  alarmActions: [new SnsAction(onCall)],
});

// Looks at dead letters, reads why they failed, and sends them to the queue again.
const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
emails.grantOperatorRedrive(operator);
emails.grantReadLogs(operator);

app.synth();
