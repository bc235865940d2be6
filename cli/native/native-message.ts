import type { Message } from '@aws-sdk/client-sqs';
import { pointerIn } from '../../lambda/shared/dead-letter/pointer';

/** What SQS says about a message that it moved to a dead-letter queue itself. The body is that of its sender. */
export interface NativeMessage {
  /** ARN of the queue that it comes from. Absent where somebody sent it to the dead-letter queue. */
  readonly sourceArn?: string;
  readonly messageGroupId?: string;
  readonly deduplicationId?: string;
  /** The beginning of the body on one line. Empty where the body is in S3. */
  readonly preview: string;
}

/** As much of a body as a list shows. */
const MOST_PREVIEWED = 200;

export function nativeMessageOf(message: Pick<Message, 'Body' | 'Attributes' | 'MessageAttributes'>): NativeMessage {
  const { DeadLetterQueueSourceArn: sourceArn, MessageGroupId: messageGroupId, MessageDeduplicationId: deduplicationId } = message.Attributes ?? {};
  return {
    ...(sourceArn !== undefined && { sourceArn }),
    ...(messageGroupId !== undefined && { messageGroupId }),
    ...(deduplicationId !== undefined && { deduplicationId }),
    preview: pointerIn(message) ? '' : previewOf(message.Body ?? ''),
  };
}

/** Whether SQS moved a message here, whatever is known about the queue. */
export function isMoved({ Attributes: attributes }: Pick<Message, 'Attributes'>): boolean {
  return attributes?.DeadLetterQueueSourceArn !== undefined;
}

function previewOf(body: string): string {
  const line = body.slice(0, 2 * MOST_PREVIEWED).replace(/\s+/g, ' ').trim();
  return line.length > MOST_PREVIEWED || body.length > 2 * MOST_PREVIEWED ? `${line.slice(0, MOST_PREVIEWED)}…` : line;
}
