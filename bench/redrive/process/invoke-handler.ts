import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda';
import type { HandlerUsage } from '../handler-usage';

const RESULT_FD = 3;

/** Plays Lambda with a mapping of batch size 1: invokes a handler with every message of a queue, and measures the time in the handler alone. */
async function main(): Promise<void> {
  const [, , file, queueUrl] = process.argv;
  const { handler } = (await import(pathToFileURL(file).href)) as { handler(event: SQSEvent, context: Partial<Context>): Promise<unknown> };
  const context = { invokedFunctionArn: 'arn:aws:lambda:eu-west-1:123456789012:function:redrive', getRemainingTimeInMillis: () => 900_000 };
  const sqs = new SQSClient({});
  let [millis, cpuMicros, invocations] = [0, 0, 0];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) break;
    for (const message of Messages) {
      const event = { Records: [recordOf(message)] };
      const [start, cpu] = [performance.now(), process.cpuUsage()];
      await handler(event, context);
      const { user, system } = process.cpuUsage(cpu);
      millis += performance.now() - start;
      cpuMicros += user + system;
      invocations++;
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }));
    }
  }
  writeSync(RESULT_FD, JSON.stringify({ millis, cpuMillis: cpuMicros / 1_000, invocations } satisfies HandlerUsage));
}

/** As Lambda writes a message into its event. */
function recordOf({ MessageId, ReceiptHandle, Body, MD5OfBody, Attributes, MessageAttributes = {} }: Message): SQSRecord {
  const messageAttributes = Object.fromEntries(
    Object.entries(MessageAttributes).map(([name, { DataType, StringValue }]) => [name, { dataType: DataType!, stringValue: StringValue }]),
  );
  return {
    messageId: MessageId!, receiptHandle: ReceiptHandle!, body: Body!, md5OfBody: MD5OfBody!, attributes: Attributes as SQSRecord['attributes'],
    messageAttributes, eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:orders-dead-letters', awsRegion: 'eu-west-1',
  };
}

void main();
