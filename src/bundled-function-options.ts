import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';

/**
 * Options of a function that this library brings with it, whatever it does.
 */
export interface BundledFunctionOptions {
  /**
   * Architecture of the function.
   *
   * @default Architecture.ARM_64
   */
  readonly architecture?: lambda.Architecture;

  /**
   * Memory of the function in MiB, from 128 to 10240.
   *
   * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
   * @default 512
   */
  readonly memorySize?: number;

  /**
   * Log group of the function. Its lines tell what became of which dead letters, never what is in them.
   *
   * @default - a new log group is defined that keeps its events for a month
   */
  readonly logGroup?: logs.ILogGroup;
}
