import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayRequest, GatewayResponse } from '../../local/gateway/types';

export interface FaultyRequest extends GatewayRequest {
  /** Sends a signal to the process that this request is from. */
  signal(name: 'SIGKILL' | 'SIGSTOP'): void;
}

/** Something that goes wrong with one request. */
export interface Fault {
  readonly name: string;
  /** Whether it can go wrong in this way. Default: it can. */
  appliesTo?(request: GatewayRequest): boolean;
  /** Answers in the place of the service, or changes what goes on or comes back. */
  apply(request: FaultyRequest, next: () => Promise<GatewayResponse>): Promise<GatewayResponse | undefined>;
}

/** The service's own error. */
export function error(code: string, message: string, status = 400, name = code.replace(/^.*#/, '')): Fault {
  return { name, apply: async (request) => request.error(code, message, status) };
}

export const serverError = error('InternalFailure', 'The request processing has failed because of an unknown error', 500, '500');

/** The connection is gone before the service saw the request. */
export const resetBefore: Fault = {
  name: 'reset before',
  apply: async (request) => {
    request.destroy();
    return undefined;
  },
};

/** The service did what was asked, and nobody learns of it. */
export const answerLost: Fault = {
  name: 'answer lost',
  apply: async (request, next) => {
    await next();
    request.destroy();
    return undefined;
  },
};

/** The connection is gone in the middle of the answer. */
export const resetMidBody: Fault = {
  name: 'reset mid-body',
  apply: async (_, next) => {
    const answer = await next();
    return { ...answer, delivery: { cutAfter: Math.floor(answer.body.length / 2) } };
  },
};

export function slowBody(millis: number): Fault {
  return { name: 'slow body', apply: async (_, next) => ({ ...(await next()), delivery: { millis } }) };
}

export function slowAnswer(millis: number): Fault {
  return {
    name: 'slow answer',
    apply: async (_, next) => {
      await sleep(millis);
      return next();
    },
  };
}

/** Half of an answer, in good order as far as HTTP goes. */
export const truncatedJson: Fault = {
  name: 'truncated JSON',
  apply: async (_, next) => {
    const answer = await next();
    return { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) };
  },
};

/** The process dies with the request on its way. */
export const killedBefore: Fault = {
  name: 'killed before',
  apply: async (request) => {
    request.signal('SIGKILL');
    return undefined;
  },
};

/** The process dies after the service did what was asked. */
export const killedAfter: Fault = {
  name: 'killed after',
  apply: async (request, next) => {
    await next();
    request.signal('SIGKILL');
    return undefined;
  },
};

/** The process stands still: Lambda ends it when its time is over. */
export const frozen: Fault = {
  name: 'timed out',
  apply: async (request) => {
    request.signal('SIGSTOP');
    return undefined;
  },
};

/** A fault that only the first record of a batch meets, as the start of a read. */
export function ofStart(fault: Fault): Fault {
  return { ...fault, appliesTo: ({ input }) => input.ShardIteratorType === 'AT_SEQUENCE_NUMBER' };
}

/** A page of a stream without records. The same iterator goes on. */
export function emptyAnswer(more: object = {}): Fault {
  return {
    name: 'empty page',
    apply: async ({ input }) => ({
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: Buffer.from(JSON.stringify({ Records: [], NextShardIterator: input.ShardIterator, ...more })),
    }),
  };
}

/** Fewer records than were asked for. */
export function shortPage(records: number): Fault {
  return {
    name: 'short page',
    apply: async (request, next) => {
      const limit = Math.min(records, (request.input.Limit as number | undefined) ?? records);
      Object.assign(request.input, { Limit: limit });
      request.body = Buffer.from(JSON.stringify(request.input));
      return next();
    },
  };
}

/** Errors as the services word them. */
export const sqs = {
  throttled: error('com.amazonaws.sqs#RequestThrottled', 'Rate exceeded', 400, 'throttled'),
  accessDenied: error('com.amazon.coral.service#AccessDeniedException', 'Access to the resource is denied.', 403, 'AccessDenied'),
};

export const s3 = {
  slowDown: error('SlowDown', 'Please reduce your request rate.', 503),
  accessDenied: error('AccessDenied', 'Access Denied', 403),
  noSuchKey: error('NoSuchKey', 'The specified key does not exist.', 404),
};
