import * as lambda from 'aws-cdk-lib/aws-lambda';

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
}
