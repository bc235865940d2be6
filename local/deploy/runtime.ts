import type { AsyncInvokeConfig, AsyncInvoker } from '../functions/async-invoker';
import type { FunctionSpec, LambdaFunction } from '../functions/lambda-function';
import type { MappingSpec } from '../mapping/mapping-spec';

/** What runs the things that a template only describes. The real ones start processes; tests pass recorders. */
export interface Runtime {
  createFunction(spec: FunctionSpec): LambdaFunction;
  createAsyncInvoker(fn: LambdaFunction, config: AsyncInvokeConfig): AsyncInvoker;
  createMapping(spec: MappingSpec): RunningMapping;
  createSubscription(spec: SubscriptionSpec): Promise<RunningSubscription>;
}

export interface SubscriptionSpec {
  readonly subscriptionArn: string;
  readonly topicArn: string;
  readonly functionArn: string;
  readonly redrivePolicy?: { readonly deadLetterTargetArn: string };
}

export interface RunningMapping {
  start(): unknown;
  idle(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunningSubscription {
  idle(): Promise<void>;
  close(): Promise<void>;
}
