import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { KinesisStreamEvent } from 'aws-lambda';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import type { TargetKind } from './fake-aws/delivery-tracker';

export interface BareLoopOptions {
  readonly queueUrl: string;
  readonly endpoint: string;
  readonly to: TargetKind;
  readonly concurrency: number;
}

/**
 * The simplest loop that redrives dead letters: receive, send, delete. It does not extend visibility timeouts, keeps no audit log, does not
 * check responses, and ends when a receive call returns no message.
 */
export async function bareLoop({ queueUrl, endpoint, to, concurrency }: BareLoopOptions): Promise<void> {
  // Kinesis's own handler speaks HTTP/2, which needs TLS.
  const options = { endpoint, requestHandler: new NodeHttpHandler() };
  const sqs = new SQSClient(options);
  const lambda = new LambdaClient(options);
  const kinesis = new KinesisClient(options);

  const send = {
    processor: async ({ requestContext, payload }: DeadLetter) =>
      lambda.send(new InvokeCommand({ FunctionName: requestContext.functionArn, Payload: Buffer.from(JSON.stringify(payload)) })),
    stream: async ({ payload }: DeadLetter) => {
      const { Records } = payload as unknown as KinesisStreamEvent;
      return kinesis.send(new PutRecordsCommand({
        StreamARN: Records[0].eventSourceARN,
        Records: Records.map(({ kinesis: { partitionKey, data } }) => ({ PartitionKey: partitionKey, Data: Buffer.from(data, 'base64') })),
      }));
    },
  }[to];

  const work = async () => {
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return;
      for (const { Body, ReceiptHandle } of Messages) {
        await send(JSON.parse(Body!) as DeadLetter);
        await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
