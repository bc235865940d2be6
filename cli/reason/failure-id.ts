import { createHash } from 'node:crypto';
import type { FailedBatch } from './failure-reason';

/**
 * What a reason is kept by: the id of its dead letter, and what else of the failure the lookup goes by. Whoever may send to the queue could
 * give a message the id of another dead letter.
 */
export function failureId({ deadLetterId, functionArn, requestId, failedAt }: FailedBatch): string {
  const rest = createHash('sha256').update(JSON.stringify([functionArn, requestId, failedAt?.getTime()])).digest('hex').slice(0, 16);
  return `${deadLetterId}-${rest}`;
}
