import { App, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoStreamProcessor } from 'cdk-stream-dlq';

const app = new App();
const stack = new Stack(app, 'Customers');

const table = new dynamodb.TableV2(stack, 'Table', {
  partitionKey: { name: 'customerId', type: dynamodb.AttributeType.STRING },
  dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
});
const processor = new lambda.Function(stack, 'Processor', {
  runtime: lambda.Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: lambda.Code.fromInline('exports.handler = async (event) => console.log(event.Records.length);'),
});

new DynamoStreamProcessor(stack, 'Audit', { table, processor, batchSize: 50 });

app.synth();
