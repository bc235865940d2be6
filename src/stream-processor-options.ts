import * as lambda from 'aws-cdk-lib/aws-lambda';
import { StreamDlq } from './stream-dlq';
import { StreamDlqOptions } from './stream-dlq-options';

/**
 * Options of a construct that processes a stream, whatever kind of stream it is.
 */
export interface StreamProcessorOptions extends StreamDlqOptions {
  /**
   * The function that reads the stream: of this app or imported with its role, also a version or an alias. The ARN of an imported one may
   * end in a version or an alias, which the mapping then invokes.
   *
   * @default - a new function is defined from `processorProps`
   */
  readonly processor?: lambda.IFunction;

  /**
   * Properties of the function that is defined when `processor` is not given. A function from a container image, or of another
   * class than `Function`, is defined beside this construct and given as `processor`.
   *
   * @default - `processor` is used; exactly one of the two must be given
   */
  readonly processorProps?: lambda.FunctionProps;

  /**
   * A `StreamDlq` to share with other mappings of the same stream, instead of one of its own.
   *
   * @default - a new `StreamDlq` is defined
   */
  readonly dlq?: StreamDlq;
}
