import { FunctionThrottledError, InvokeResult, SYNC_PAYLOAD_BYTES } from '../functions/lambda-function';
import { eventBytes, lambdaEvent } from './batch';
import { ResponseContext } from './failure-record';
import { parsePartialResponse } from './partial-response';
import { StreamRecord } from './stream-reader';
import type { WindowFields } from './tumbling-window';

/** One call of the function with some records, as the mapping understands its answer. */
export type Invocation =
  | { readonly kind: 'ok' }
  | { readonly kind: 'throttled' }
  | { readonly kind: 'oversized' }
  /** All records have failed. With `reported`, through an answer that named no record of the batch. */
  | { readonly kind: 'error'; readonly reported: boolean; readonly responseContext: ResponseContext }
  /** The records from this index on are to be retried. */
  | { readonly kind: 'partial'; readonly failedFrom: number; readonly responseContext: ResponseContext };

export async function invokeFunction(
  records: readonly StreamRecord[],
  invoke: (event: unknown) => Promise<InvokeResult>,
  reportBatchItemFailures: boolean,
  window?: WindowFields,
): Promise<Invocation> {
  if (eventBytes(records) > SYNC_PAYLOAD_BYTES) return { kind: 'oversized' };

  let answer: InvokeResult;
  try {
    answer = await invoke(lambdaEvent(records, window));
  } catch (error) {
    if (error instanceof FunctionThrottledError) return { kind: 'throttled' };
    throw error;
  }

  const { statusCode, executedVersion, functionError = null } = answer;
  const responseContext = { statusCode, executedVersion, functionError };
  if (functionError) return { kind: 'error', reported: false, responseContext };
  if (!reportBatchItemFailures) return { kind: 'ok' };

  const sequenceNumbers = records.map((record) => record.sequenceNumber);
  const response = parsePartialResponse(answer.payload, sequenceNumbers);
  if (response.kind === 'success') return { kind: 'ok' };
  if (response.kind === 'failure') return { kind: 'error', reported: true, responseContext };
  return { kind: 'partial', failedFrom: sequenceNumbers.indexOf(response.sequenceNumber), responseContext };
}
