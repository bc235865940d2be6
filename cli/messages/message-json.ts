import type { DeadLetterSummary } from '../../lambda/shared/dead-letter/received-dead-letter';
import type { MessageInfo } from './message-info';

/** A message as --json has it: ids whole, times in ISO 8601, whatever is not known left out. */
export function messageJson(message: MessageInfo): object {
  const { messageId, sentAt, failedAt, inStreamUntil, expiresAt, receives, bytes, pointer } = message;
  const { summary, defect, newerFormat, undeliverable, failed, parkedBecause, native } = message;
  return {
    messageId,
    ...(summary && deadLetterJson(summary)),
    ...(failedAt && { failedAt: failedAt.toISOString() }),
    ...(inStreamUntil && { inStreamUntil: { firstRecord: inStreamUntil.firstRecord, lastRecord: inStreamUntil.lastRecord } }),
    sentAt: sentAt.toISOString(),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
    ...(receives !== undefined && { receives }),
    bytes,
    ...(pointer && { pointer: { bucket: pointer.bucket, key: pointer.key } }),
    ...(newerFormat ? { newerFormat } : defect && { notADeadLetter: defect.message }),
    ...(undeliverable && { origin: undeliverable.origin, reason: undeliverable.reason }),
    ...(failed && { attempts: failed.attempts, lastError: failed.lastError }),
    ...(parkedBecause !== undefined && { parkedBecause }),
    ...native,
  };
}

function deadLetterJson(summary: DeadLetterSummary): object {
  const { deadLetterId, status, functionArn, streamArn, shardId, condition, expectedRecords, recoveredRecords } = summary;
  return { deadLetterId, status, functionArn, streamArn, shardId, condition, expectedRecords, recoveredRecords };
}
