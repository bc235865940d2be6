import type { Account } from '../account';
import type { Clock } from '../clock';
import type { GatewayEndpoints, ServiceEndpoints } from '../endpoints';
import { EventRule, type EventRuleSpec } from '../events/event-rule';
import { type AsyncInvokeConfig, AsyncInvoker } from '../functions/async-invoker';
import { type FunctionSpec, LambdaFunction } from '../functions/lambda-function';
import type { Authorization } from '../iam/authorization';
import { EventSourceMapping, type MappingDeps, type MappingSpec } from '../mapping/event-source-mapping';
import { QueueMapping, type QueueMappingSpec } from '../mapping/queue-mapping';
import { TopicSubscription, type TopicSubscriptionSpec } from '../topics/topic-subscription';

/** Creates what runs locally for the resources of a template. */
export interface Runtime {
  createFunction(spec: FunctionSpec): LambdaFunction;
  createAsyncInvoker(fn: LambdaFunction, config: AsyncInvokeConfig): AsyncInvoker;
  createMapping(spec: MappingSpec): EventSourceMapping;
  createQueueMapping(spec: QueueMappingSpec): QueueMapping;
  createSubscription(spec: TopicSubscriptionSpec): Promise<TopicSubscription>;
  createRule(spec: EventRuleSpec): EventRule;
}

export interface RuntimeDependencies {
  readonly account: Account;
  readonly authorizer: Authorization;
  readonly clock: Clock;
  /** The emulators' own endpoints. */
  readonly admin: ServiceEndpoints;
  /** The gateway's endpoints, for requests with a role. */
  readonly gateway: ServiceEndpoints | GatewayEndpoints;
  readonly mappingOptions?: Pick<MappingDeps, 'consolidateFailures' | 's3Payload'>;
}

export function localRuntime(deps: RuntimeDependencies): Runtime {
  const { admin, mappingOptions, ...rest } = deps;
  const common = { ...rest, endpoints: deps.gateway };
  return {
    createFunction: (spec) => new LambdaFunction(spec, common),
    createAsyncInvoker: (fn, config) => new AsyncInvoker(fn, config, common),
    createMapping: (spec) => new EventSourceMapping(spec, { ...common, admin, ...mappingOptions }),
    createQueueMapping: (spec) => new QueueMapping(spec, common),
    createSubscription: async (spec) => TopicSubscription.start(spec, { ...common, admin }),
    createRule: (spec) => new EventRule(spec, { ...common, admin }),
  };
}
