import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Dlq } from '../dlq';

export type QueueState = Pick<Dlq, 'queueUrl' | 'queueArn' | 'maxMessageBytes' | 'redrivePolicy' | 'kmsKeyId' | 'isFifo' | 'retentionSeconds' | 'messages'>;

/** SQS's own limit, where a queue does not say one. */
export const MOST_BYTES = 1_048_576;

/** What a queue says of itself. */
export async function queueState(sqs: SQSClient, queueUrl: string, abortSignal?: AbortSignal): Promise<QueueState> {
  const { Attributes: attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }),
    { abortSignal },
  );
  const redrivePolicy = attributes.RedrivePolicy ? (JSON.parse(attributes.RedrivePolicy) as Record<string, string | number>) : undefined;
  return {
    queueUrl,
    queueArn: attributes.QueueArn ?? '',
    maxMessageBytes: Number(attributes.MaximumMessageSize ?? MOST_BYTES),
    // CloudFormation writes the number as a text.
    ...(redrivePolicy && {
      redrivePolicy: { deadLetterTargetArn: String(redrivePolicy.deadLetterTargetArn), maxReceiveCount: Number(redrivePolicy.maxReceiveCount) },
    }),
    ...(attributes.KmsMasterKeyId && { kmsKeyId: attributes.KmsMasterKeyId }),
    isFifo: attributes.FifoQueue === 'true',
    ...(attributes.MessageRetentionPeriod && { retentionSeconds: Number(attributes.MessageRetentionPeriod) }),
    messages: {
      visible: Number(attributes.ApproximateNumberOfMessages ?? 0),
      inFlight: Number(attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
      delayed: Number(attributes.ApproximateNumberOfMessagesDelayed ?? 0),
    },
  };
}
