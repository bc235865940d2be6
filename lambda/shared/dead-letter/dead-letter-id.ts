import { createHash } from 'node:crypto';
import { batchOf, FailureRecord } from './failure-record';

/**
 * The identity of a dead letter: the same for every notification of one failure, another one for another failure.
 * Derived from the failure record alone. Its time and request are part of it: the same records can fail twice, for instance
 * under a mapping that was created anew, and the later dead letter must not pass for the earlier one.
 */
export function deadLetterId(failure: FailureRecord): string {
  const { requestContext } = failure;
  const batch = batchOf(failure);
  const identity = [
    requestContext.functionArn,
    requestContext.requestId,
    requestContext.condition,
    failure.timestamp,
    batch.streamArn,
    batch.shardId,
    batch.startSequenceNumber,
    batch.endSequenceNumber,
  ];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
}
