import { MessageAttributeValue, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { MessageAttribute } from '../src/contract';
import { DeadLetter } from './dead-letter';

/** Where dead letters go. */
export class DeadLetterQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly queueUrl: string,
  ) {}

  async send(letter: DeadLetter): Promise<void> {
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: this.queueUrl,
        MessageBody: JSON.stringify(letter),
        MessageAttributes: attributes(letter),
        ...(this.queueUrl.endsWith('.fifo')
          ? {
              // The shard is the largest unit that has an order to keep.
              MessageGroupId: letter.KinesisBatchInfo.shardId,
              MessageDeduplicationId: letter.hydration.deadLetterId,
            }
          : {}),
      }),
    );
  }
}

function attributes({ requestContext, KinesisBatchInfo: batch, hydration }: DeadLetter): Record<string, MessageAttributeValue> {
  return {
    [MessageAttribute.STATUS]: string(hydration.status),
    [MessageAttribute.DEAD_LETTER_ID]: string(hydration.deadLetterId),
    [MessageAttribute.FUNCTION_ARN]: string(requestContext.functionArn),
    [MessageAttribute.STREAM_ARN]: string(batch.streamArn),
    [MessageAttribute.SHARD_ID]: string(batch.shardId),
    [MessageAttribute.CONDITION]: string(requestContext.condition),
    [MessageAttribute.EXPECTED_RECORDS]: number(hydration.expectedRecords),
    [MessageAttribute.RECOVERED_RECORDS]: number(hydration.recoveredRecords),
  };
}

function string(value: string): MessageAttributeValue {
  return { DataType: 'String', StringValue: value };
}

function number(value: number): MessageAttributeValue {
  return { DataType: 'Number', StringValue: String(value) };
}
