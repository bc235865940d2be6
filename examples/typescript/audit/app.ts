import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoStreamProcessor } from 'cdk-stream-dlq';
import { Construct } from 'constructs';

/** Audits every change of a customer. A change that cannot be audited becomes a complete dead letter in a queue. */
export class AuditStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const audit = new DynamoStreamProcessor(this, 'Audit', {
      tableProps: {
        partitionKey: { name: 'customerId', type: dynamodb.AttributeType.STRING },
        timeToLiveAttribute: 'expiresAt',
        removalPolicy: RemovalPolicy.DESTROY,
      },
      processorProps: {
        runtime: lambda.Runtime.NODEJS_24_X,
        architecture: lambda.Architecture.ARM_64,
        handler: 'index.handler',
        code: lambda.Code.fromAsset(path.join(__dirname, 'processor')),
        timeout: Duration.seconds(30),
        memorySize: 256,
      },
      batchSize: 25,
      retryAttempts: 2,
    });

    new CfnOutput(this, 'TableName', { value: audit.table.tableName });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: audit.dlq.queue.queueUrl });
    new CfnOutput(this, 'UndeliverableQueueUrl', { value: audit.dlq.undeliverableQueue.queueUrl });
  }
}

if (require.main === module) {
  new AuditStack(new App(), 'Audit');
}
