import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** The number of messages in a queue. The numbers are exact in the emulator. */
export async function messagesIn(sqs: SQSClient, queueUrl: string): Promise<{ readonly visible: number; readonly inFlight: number }> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }));
  return { visible: Number(Attributes!.ApproximateNumberOfMessages), inFlight: Number(Attributes!.ApproximateNumberOfMessagesNotVisible) };
}
