import { App, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor, RedriveFunction } from 'cdk-stream-dlq';

const app = new App();
const stack = new Stack(app, 'Invoices');

const invoices = new KinesisStreamProcessor(stack, 'Invoices', {
  processorProps: {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
  },
});
const redrive = new RedriveFunction(stack, 'Redrive', { dlq: invoices.dlq, maxConcurrency: 10 });

// Looks at dead letters, sends them again, and turns the RedriveFunction on and off.
const operator = new iam.Role(stack, 'Operator', { assumedBy: new iam.AccountRootPrincipal() });
invoices.dlq.grantOperatorRedrive(operator);
redrive.grantOperatorRemoteRedrive(operator);

// For a permission set of IAM Identity Center: looks at dead letters.
const viewer = new iam.ManagedPolicy(stack, 'Viewer');
invoices.dlq.grantOperatorRead(viewer);

app.synth();
