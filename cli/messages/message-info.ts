import type { Message } from '@aws-sdk/client-sqs';
import type { FailedRedrives } from '../../lambda/shared/dead-letter/dead-letter';
import { parseJson } from '../../lambda/shared/dead-letter/failure-record';
import { type DeadLetterPointer, pointerIn } from '../../lambda/shared/dead-letter/pointer';
import { failedRedrives } from '../../lambda/shared/redrive/failed-redrives';
import type { Reason } from '../../lambda/shared/redrive/target';
import { UNDELIVERABLE_REASON } from '../../src/contract';
import type { NativeQueue, QueueContent } from '../dlq';
import { isMoved, type NativeMessage, nativeMessageOf } from '../native/native-message';
import { failureTime } from './failure-time';
import type { FilteredMessage } from './filter';
import { messageSummary } from './message-summary';
import type { NewerFormat } from './newer-format';
import { availableUntil, type AvailableUntil, canBeCompleted, type RetentionOf } from './stream-retention';
import { type Undeliverable, undeliverable } from './undeliverable';

/** What is known of a message without its body: bodies of many are not kept. */
export interface MessageInfo extends FilteredMessage {
  /** When Lambda gave up, where the body says so and is in the message. */
  readonly failedAt?: Date;
  /** Absent where it is in a file. */
  readonly receives?: number;
  /** Where records are missing that the stream may have: how long. Not known where the body is in S3. */
  readonly inStreamUntil?: AvailableUntil;
  /** When SQS deletes it, where it is known how long the queue keeps messages. */
  readonly expiresAt?: Date;
  /** Of the body, wherever it is. */
  readonly bytes: number;
  readonly pointer?: DeadLetterPointer;
  /** Without a `summary`: why it is no dead letter. Beside one: what its body says that its attributes do not. */
  readonly defect?: Reason;
  /** What to install, where the message is of a newer format. */
  readonly newerFormat?: NewerFormat;
  readonly undeliverable?: Undeliverable;
  /** Redrives that its processor failed. Not known where the body is in S3. */
  readonly failed?: FailedRedrives;
  /** Why the redrive function parked it. */
  readonly parkedBecause?: string;
  /** What SQS says about it, where SQS itself moved it here: then it is no dead letter of a stream. */
  readonly native?: NativeMessage;
}

/** What a message is in: a queue, or a file. */
export interface Holder {
  readonly content: QueueContent;
  /** How long it keeps a message, where that is known. */
  readonly retentionSeconds?: number;
  /** Whether SQS itself moves messages here. */
  readonly native?: NativeQueue;
}

/** How long its stream has what is missing is found out only where a way to do so is given. */
export async function messageInfo(
  message: Message, { content, retentionSeconds, native }: Holder, retentionOf?: RetentionOf,
): Promise<MessageInfo> {
  const sentAt = new Date(Number(message.Attributes?.SentTimestamp ?? 0));
  const receives = message.Attributes?.ApproximateReceiveCount;
  const pointer = pointerIn(message);
  const reason = message.MessageAttributes?.[UNDELIVERABLE_REASON]?.StringValue;
  const deadLetter = content === 'undeliverables' || pointer || native ? undefined : parseJson(message.Body ?? '');
  const what: ReturnType<typeof whatIsIn> = native ? { native: nativeMessageOf(message) } : whatIsIn(message, content, deadLetter);
  const incomplete = what.summary && canBeCompleted(what.summary.status) ? deadLetter : undefined;
  const failure = what.undeliverable ? parseJson(what.undeliverable.subject ?? '') : incomplete;
  const failed = what.summary && failedRedrives((deadLetter as { readonly redrive?: unknown } | undefined)?.redrive);
  const until = retentionOf && (await availableUntil(failure, retentionOf));
  return {
    messageId: message.MessageId!,
    sentAt,
    failedAt: failureTime(deadLetter),
    ...(receives !== undefined && { receives: Number(receives) }),
    ...(until && { inStreamUntil: until }),
    ...(retentionSeconds && { expiresAt: new Date(sentAt.getTime() + retentionSeconds * 1_000) }),
    bytes: pointer ? pointer.bytes : Buffer.byteLength(message.Body ?? ''),
    ...(pointer && { pointer }),
    ...what,
    ...(failed && { failed }),
    ...(content === 'parked messages' && reason !== undefined && { parkedBecause: reason }),
  };
}

function whatIsIn(
  message: Message, content: QueueContent, body: unknown,
): Pick<MessageInfo, 'summary' | 'defect' | 'newerFormat' | 'undeliverable' | 'native'> {
  const known = messageSummary(message, body);
  // Nothing but SQS sets that attribute. Failure records too are moved, from the intake queue.
  if (content !== 'undeliverables' && !known.summary && !known.newerFormat && isMoved(message)) return { native: nativeMessageOf(message) };
  return content === 'undeliverables' && !known.newerFormat ? { undeliverable: undeliverable(message) } : known;
}
