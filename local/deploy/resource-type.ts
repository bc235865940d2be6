import type { Account } from '../account';
import type { Clock } from '../clock';
import type { EventRule } from '../events/event-rule';
import type { Authorization } from '../iam/authorization';
import type { EventSourceMapping } from '../mapping/event-source-mapping';
import type { QueueMapping } from '../mapping/queue-mapping';
import type { TopicSubscription } from '../topics/topic-subscription';
import type { Assets } from './assets';
import type { Clients } from './clients';
import type { DeployedFunction } from './deployed-function';
import type { DeploymentState } from './deployment-state';
import type { Runtime } from './runtime';
import { type Shape, type Shaped, shaped } from './shape';

/** What a resource type has at hand to create one of its resources. */
export interface ResourceContext {
  readonly stackName: string;
  readonly stackId: string;
  readonly logicalId: string;
  readonly account: Account;
  readonly authorizer: Authorization;
  readonly clients: Clients;
  readonly clock: Clock;
  readonly assets: Assets;
  readonly state: DeploymentState;
  readonly runtime: Runtime;
  /** A name as CloudFormation makes it up, for a service that takes that many characters. */
  generatedName(maxLength: number): string;
  uuid(): string;
}

export interface CreatedResource {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes: Readonly<Record<string, string>>;
  delete(): Promise<void>;
  /** Ends what runs on this machine for it. The resource itself stays. */
  close?(): Promise<void>;
  /** Runs once the whole stack is there. */
  afterStack?(): Promise<void>;
  readonly fn?: DeployedFunction;
  readonly mapping?: EventSourceMapping;
  readonly queueMapping?: QueueMapping;
  readonly subscription?: TopicSubscription;
  readonly rule?: EventRule;
}

export interface ResourceType {
  readonly type: string;
  /** Names of the properties that it understands or refuses. */
  readonly propertyNames: readonly string[];
  create(properties: Record<string, unknown>, context: ResourceContext): Promise<CreatedResource>;
}

export function resourceType<
  const Properties extends { readonly [name: string]: Shape },
  Required extends keyof Properties = never,
>(definition: {
  readonly type: string;
  readonly properties: Properties;
  readonly required?: readonly Required[];
  create(
    properties: Shaped<Properties> & { readonly [Name in Required]: Shaped<Properties[Name]> },
    context: ResourceContext,
  ): Promise<CreatedResource>;
}): ResourceType {
  return {
    type: definition.type,
    propertyNames: Object.keys(definition.properties),
    async create(properties, context) {
      const values = shaped(definition.properties, properties, '') as Record<string, unknown>;
      for (const name of definition.required ?? []) {
        if (values[name as string] === undefined) throw new Error(`property ${String(name)} is required`);
      }
      return definition.create(values as Parameters<typeof definition.create>[0], context);
    },
  };
}
