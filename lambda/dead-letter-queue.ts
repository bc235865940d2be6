import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ExtendedClient, MessageAttribute } from '../src/contract';
import { DeadLetter } from './dead-letter';
import { MessageAttributes, messageBytes, numberAttribute, stringAttribute } from './message-attributes';
import { messageText } from './message-text';
import { OverflowBucket } from './overflow-bucket';

export interface DeadLetterQueueOptions {
  readonly queueUrl: string;
  /** The most bytes that a message may have, attributes included. */
  readonly maxMessageBytes: number;
}

/** Where dead letters go: into the queue, or past its limit into the overflow bucket, with a pointer in the queue. */
export class DeadLetterQueue {
  constructor(
    private readonly client: SQSClient,
    private readonly overflow: OverflowBucket,
    private readonly options: DeadLetterQueueOptions,
  ) {}

  async send(letter: DeadLetter, signal: AbortSignal): Promise<void> {
    let body = messageText(letter);
    let attributes = attributesOf(letter);
    if (messageBytes(body, attributes) > this.options.maxMessageBytes) {
      attributes = { ...attributes, [ExtendedClient.SIZE_ATTRIBUTE]: numberAttribute(Buffer.byteLength(body)) };
      body = await this.overflow.put(letter, body, signal);
    }
    await this.client.send(
      new SendMessageCommand({
        QueueUrl: this.options.queueUrl,
        MessageBody: body,
        MessageAttributes: attributes,
        ...(this.options.queueUrl.endsWith('.fifo') && {
          // The shard is the largest unit that has an order to keep.
          MessageGroupId: letter.KinesisBatchInfo.shardId,
          MessageDeduplicationId: letter.hydration.deadLetterId,
        }),
      }),
      { abortSignal: signal },
    );
  }
}

function attributesOf({ requestContext, KinesisBatchInfo: batch, hydration }: DeadLetter): MessageAttributes {
  return {
    [MessageAttribute.STATUS]: stringAttribute(hydration.status),
    [MessageAttribute.DEAD_LETTER_ID]: stringAttribute(hydration.deadLetterId),
    [MessageAttribute.FUNCTION_ARN]: stringAttribute(requestContext.functionArn),
    [MessageAttribute.STREAM_ARN]: stringAttribute(batch.streamArn),
    [MessageAttribute.SHARD_ID]: stringAttribute(batch.shardId),
    [MessageAttribute.CONDITION]: stringAttribute(requestContext.condition),
    [MessageAttribute.EXPECTED_RECORDS]: numberAttribute(hydration.expectedRecords),
    [MessageAttribute.RECOVERED_RECORDS]: numberAttribute(hydration.recoveredRecords),
  };
}
