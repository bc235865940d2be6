import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sources from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';

/** How a processor is wired up without this library. */
const MAPPING = { startingPosition: lambda.StartingPosition.TRIM_HORIZON, bisectBatchOnError: true, retryAttempts: 0, batchSize: 10 };

/**
 * A stream, or a table, with a processor whose failure records go to a queue as Lambda writes them. Its outputs: StreamName or TableName, and
 * QueueUrl.
 */
export function plainStack(stack: Stack, processorProps: lambda.FunctionProps, source: 'kinesis' | 'dynamodb'): void {
  const processor = new lambda.Function(stack, 'Processor', processorProps);
  const queue = new sqs.Queue(stack, 'OnFailure', { retentionPeriod: Duration.days(14) });
  const onFailure = new sources.SqsDlq(queue);
  if (source === 'kinesis') {
    const stream = new kinesis.Stream(stack, 'Stream');
    processor.addEventSource(new sources.KinesisEventSource(stream, { ...MAPPING, onFailure }));
    new CfnOutput(stack, 'StreamName', { value: stream.streamName });
  } else {
    const table = new dynamodb.TableV2(stack, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING },
      dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    processor.addEventSource(new sources.DynamoEventSource(table, { ...MAPPING, onFailure }));
    new CfnOutput(stack, 'TableName', { value: table.tableName });
  }
  new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
}
