import { conditionOf, type FailureRecord } from '../../lambda/shared/dead-letter/failure-record';
import { failureTime } from '../messages/failure-time';
import type { FailedBatch } from './failure-reason';

/** What a dead letter, or a plain failure record, says about the failed invocation. Undefined where it names no function. */
export function failedBatchOf(body: unknown, deadLetterId: string): FailedBatch | undefined {
  const { requestContext, responseContext } = (body ?? {}) as { readonly requestContext?: unknown; readonly responseContext?: unknown };
  if (typeof requestContext !== 'object' || requestContext === null) return undefined;
  const { functionArn, requestId } = requestContext as { readonly functionArn?: unknown; readonly requestId?: unknown };
  if (typeof functionArn !== 'string') return undefined;
  const failedAt = failureTime(body);
  return {
    deadLetterId,
    functionArn,
    condition: conditionOf(body as FailureRecord),
    ...(typeof requestId === 'string' && { requestId }),
    ...(failedAt && { failedAt }),
    ...(typeof responseContext === 'object' && responseContext !== null && { functionError: functionErrorIn(responseContext) }),
  };
}

function functionErrorIn({ functionError }: { readonly functionError?: unknown }): string | null {
  return typeof functionError === 'string' && functionError !== '' ? functionError : null;
}
