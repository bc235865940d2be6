import * as path from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Idempotency, KinesisStreamProcessor } from 'cdk-stream-dlq';

const app = new App();
const stack = new Stack(app, 'Payments');

const balances = new dynamodb.TableV2(stack, 'Balances', {
  partitionKey: { name: 'account', type: dynamodb.AttributeType.STRING },
});
const payments = new KinesisStreamProcessor(stack, 'Payments', {
  processorProps: {
    runtime: lambda.Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(path.join(__dirname, 'processor')),
    timeout: Duration.seconds(30),
    environment: { BALANCES_TABLE_NAME: balances.tableName },
    // Powertools for AWS Lambda. The runtime has the AWS SDK.
    layers: [
      lambda.LayerVersion.fromLayerVersionArn(
        stack, 'Powertools', `arn:aws:lambda:${stack.region}:094274105915:layer:AWSLambdaPowertoolsTypeScriptV2:44`,
      ),
    ],
  },
  idempotency: Idempotency.table(),
});
balances.grant(payments.processor, 'dynamodb:UpdateItem');

app.synth();
