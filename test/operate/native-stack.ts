import { CfnOutput, Duration, type Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as sqs from 'aws-cdk-lib/aws-sqs';

/**
 * Queues without this library, each with a native dead-letter queue: `Orders` with a processor, `Payments` and `Refunds` without, and the same
 * as FIFO. Payments and refunds share a dead-letter queue. Outputs: `OrdersUrl`, `OrdersDlqUrl` and so on.
 */
export function nativeStack(stack: Stack, processorProps: lambda.FunctionProps): void {
  const processor = new lambda.Function(stack, 'Processor', { ...processorProps, timeout: Duration.seconds(5) });
  for (const fifo of [false, true]) {
    const define = (name: string, deadLetterQueue?: sqs.Queue) => {
      const queue = new sqs.Queue(stack, fifo ? `${name}Fifo` : name, {
        ...(fifo && { fifo }),
        visibilityTimeout: Duration.seconds(5),
        ...(deadLetterQueue && { deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 1 } }),
      });
      new CfnOutput(stack, `${fifo ? `${name}Fifo` : name}Url`, { value: queue.queueUrl });
      return queue;
    };
    processor.addEventSource(new SqsEventSource(define('Orders', define('OrdersDlq')), { batchSize: 1 }));
    const shared = define('SharedDlq');
    define('Payments', shared);
    define('Refunds', shared);
  }
}
