import { createHash } from 'node:crypto';
import { batchOf, FailureRecord } from './failure-record';

/**
 * The ID of a dead letter: the same for every notification of one failure, and different for every other failure. It derives from the
 * failure record alone. The time and the request are part of it: the same records can fail twice, for example after a mapping is
 * recreated, and the two dead letters need different IDs.
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
