import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Idempotency } from './idempotency';

/**
 * Options of a construct that processes a stream or a queue.
 */
export interface ProcessorOptions {
  /**
   * The function that processes the stream or the queue: of this app or imported with its role, also a version or an alias. The ARN of an
   * imported function may end in a version or an alias, which the mapping then invokes.
   *
   * @default - a new function is defined from `processorProps`
   */
  readonly processor?: lambda.IFunction;

  /**
   * Properties of the function that is defined when `processor` is not given. Define a function of another class than `Function`, such as
   * one from a container image, yourself, and pass it as `processor`.
   *
   * @default - `processor` is used; exactly one of the two must be given
   */
  readonly processorProps?: lambda.FunctionProps;

  /**
   * A table for the processor to remember what it has processed: a redrive, and every retry of Lambda, can send records again that were
   * processed. The processor may use the table, and has its name and the expiry in `IDEMPOTENCY_TABLE_NAME` and
   * `IDEMPOTENCY_EXPIRY_SECONDS`. The code of the processor must use both, such as with Powertools for AWS Lambda.
   *
   * @see https://github.com/cdk-stream-dlq/cdk-stream-dlq/blob/main/docs/processors.md#idempotency
   * @default - none: the processor handles records that come again in its own way
   */
  readonly idempotency?: Idempotency;
}
