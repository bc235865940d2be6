import { InvokeResult } from './function-spec';

export type AsyncCondition = 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';

/** What Lambda sends to the destination of an asynchronous invocation. */
export interface AsyncInvocationRecord {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: AsyncCondition;
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  /** Absent when the function never ran. */
  readonly responseContext?: {
    readonly statusCode: number;
    readonly executedVersion: string;
    readonly functionError?: string;
  };
  readonly responsePayload?: unknown;
}

export interface AsyncOutcome {
  readonly requestId: string;
  readonly functionArn: string;
  readonly condition: AsyncCondition;
  readonly invokeCount: number;
  readonly event: unknown;
  /** The last answer, if there was one. */
  readonly answer?: InvokeResult;
}

export function asyncInvocationRecord(outcome: AsyncOutcome): AsyncInvocationRecord {
  const { answer } = outcome;
  return {
    version: '1.0',
    timestamp: new Date().toISOString(),
    requestContext: {
      requestId: outcome.requestId,
      functionArn: qualified(outcome.functionArn),
      condition: outcome.condition,
      approximateInvokeCount: outcome.invokeCount,
    },
    requestPayload: outcome.event,
    ...(answer && {
      responseContext: {
        statusCode: answer.statusCode,
        executedVersion: answer.executedVersion,
        ...(answer.functionError && { functionError: answer.functionError }),
      },
      responsePayload: JSON.parse(answer.payload),
    }),
  };
}

function qualified(functionArn: string): string {
  return functionArn.split(':').length > 7 ? functionArn : `${functionArn}:$LATEST`;
}
