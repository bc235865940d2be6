import type { EventRule } from '../events/event-rule';
import type { LambdaFunction } from '../functions/lambda-function';
import type { EventSourceMapping } from '../mapping/event-source-mapping';
import type { QueueMapping } from '../mapping/queue-mapping';
import type { TopicSubscription } from '../topics/topic-subscription';
import type { DeployedFunction } from './deployed-function';

export interface DeployedResource {
  readonly type: string;
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
  /** As resolved: for resources that are recorded only, all there is to look at. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** As it is now: an update changes what the same object gives. */
export interface DeployedStack {
  readonly stackName: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** In the order of their creation, by logical id. */
  readonly resources: ReadonlyMap<string, DeployedResource>;
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** The same functions with their versions and aliases. */
  readonly deployedFunctions: ReadonlyMap<string, DeployedFunction>;
  /** Those on streams. */
  readonly mappings: ReadonlyMap<string, EventSourceMapping>;
  readonly queueMappings: ReadonlyMap<string, QueueMapping>;
  readonly subscriptions: ReadonlyMap<string, TopicSubscription>;
  readonly rules: ReadonlyMap<string, EventRule>;
  /** Logical ids of what updates and `delete` left in the account, as their policies say. */
  readonly retained: readonly string[];
  /** Waits until subscriptions, rules and asynchronous invocations have nothing left to do. */
  idle(): Promise<void>;
  delete(): Promise<void>;
}
