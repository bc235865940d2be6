import * as path from 'node:path';
import { App, CfnOutput, Duration, RemovalPolicy, Stack, StackProps } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Alarms, KinesisStreamProcessor } from 'cdk-stream-dlq';
import { Construct } from 'constructs';

/** Orders arrive on a stream; what the processor cannot handle waits in a queue, complete, until somebody looks at it. */
export class OrdersStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    const orders = new KinesisStreamProcessor(this, 'Orders', {
      streamProps: {
        shardCount: 4,
        streamMode: kinesis.StreamMode.PROVISIONED,
        retentionPeriod: Duration.days(2),
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
      alarms: Alarms.essential(),
    });

    new CfnOutput(this, 'StreamName', { value: orders.stream.streamName });
    new CfnOutput(this, 'DeadLetterQueueUrl', { value: orders.dlq.queue.queueUrl });
    new CfnOutput(this, 'UndeliverableQueueUrl', { value: orders.dlq.undeliverableQueue.queueUrl });
  }
}

if (require.main === module) {
  new OrdersStack(new App(), 'Orders');
}
