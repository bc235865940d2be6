import type { MiddlewareStack } from '@smithy/types';

/** A call of AWS that went wrong: errors of AWS do not say which it was. */
export interface Call {
  /** As in `SQS`, `Lambda`. */
  readonly service: string;
  /** As in `ReceiveMessage`. */
  readonly operation: string;
  /** What it was about, as far as its input says. */
  readonly resource?: string;
}

/* eslint-disable-next-line @typescript-eslint/no-explicit-any -- each client has a stack of its own types */
type AwsClient = { readonly middlewareStack: MiddlewareStack<any, any> };

const calls = new WeakMap<Error, Call>();

/** The call that an error comes from. */
export function failedCall(error: Error): Call | undefined {
  return calls.get(error);
}

/** Members of inputs that name what a call is about; the first that is there counts. */
const NAMES = ['QueueUrl', 'QueueName', 'FunctionName', 'UUID', 'StreamARN', 'StreamName', 'logGroupName'] as const;

function resourceOf(input: Record<string, unknown>): string | undefined {
  if (typeof input.Bucket === 'string') return typeof input.Key === 'string' ? `s3://${input.Bucket}/${input.Key}` : `s3://${input.Bucket}`;
  // A batch is of one table.
  if (typeof input.RequestItems === 'object' && input.RequestItems !== null) return Object.keys(input.RequestItems)[0];
  const name = NAMES.find((member) => typeof input[member] === 'string');
  return name && (input[name] as string);
}

/** Makes a client remember, for every error, the call it comes from. */
export function withCallMemory<C extends AwsClient>(client: C): C {
  client.middlewareStack.add(
    (next, { clientName = '', commandName = '' }) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (error instanceof Error) {
          calls.set(error, {
            service: clientName.replace(/Client$/, ''),
            operation: commandName.replace(/Command$/, ''),
            resource: resourceOf(args.input as Record<string, unknown>),
          });
        }
        throw error;
      }
    },
    { step: 'initialize', priority: 'high', name: 'callMemory' },
  );
  return client;
}
