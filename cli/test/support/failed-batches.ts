import { randomUUID } from 'node:crypto';
import type { DeadLetter } from '../../../lambda/shared/dead-letter/dead-letter';
import { toEventRecord } from '../../../lambda/shared/stream/kinesis-event-record';
import { SHARD_ID, STREAM_ARN, streamRecord } from '../../../test/support/records';
import { deadLetterOf, type Operation } from './operation';

export const LOG_GROUP = '/aws/lambda/orders';

export interface FailedBatchOptions {
  /** Place of its first record. */
  readonly from: number;
  readonly type?: string;
  readonly message?: string;
  readonly failedAt?: Date;
  /** Data of its records. */
  readonly data?: readonly unknown[];
  /** Whether the log has nothing of it. */
  readonly isUnlogged?: boolean;
  readonly queueUrl?: string;
  readonly maxMessageBytes?: number;
}

/** A dead letter with its own request id, and the error that the log of its processor has. */
export async function putFailed(
  operation: Operation, options: FailedBatchOptions,
): Promise<{ readonly deadLetter: DeadLetter; readonly messageId: string }> {
  const { from, type = 'OrderError', message = 'no quantity', isUnlogged = false, queueUrl, maxMessageBytes } = options;
  const { failedAt = new Date(Date.now() - 3_600_000) } = options;
  const data = options.data ?? [0, 1, 2].map((place) => ({ order: from + place }));
  const records = data.map((it, place) => toEventRecord(
    streamRecord(from + place, { Data: Buffer.from(typeof it === 'string' ? it : JSON.stringify(it)) }), { shardId: SHARD_ID, eventSourceArn: STREAM_ARN }));
  const whole = deadLetterOf({ from, to: from + records.length - 1, records });
  const requestId = randomUUID();
  const deadLetter = { ...whole, requestContext: { ...whole.requestContext, requestId }, timestamp: failedAt.toISOString() };
  if (!isUnlogged) {
    const error = { errorType: type, errorMessage: message, stack: [`${type}: ${message}`, '    at handler (/var/task/index.js:3:9)'] };
    operation.logs.log(LOG_GROUP, 'one', new Date(failedAt.getTime() - 50), `START RequestId: ${requestId} Version: $LATEST`,
      `${failedAt.toISOString()}\t${requestId}\tERROR\tInvoke Error \t${JSON.stringify(error)}`, `END RequestId: ${requestId}`);
  }
  return { deadLetter, messageId: await operation.put(deadLetter, queueUrl, maxMessageBytes) };
}
