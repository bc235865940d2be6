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
import { type PropertyType, type PropertyValue, parseProperty } from './property-types';
import type { Runtime } from './runtime';

/** What a resource type uses to create a resource. */
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
  /** Generates a physical name as CloudFormation does, with at most this many characters. */
  generatedName(maxLength: number): string;
  uuid(): string;
}

export interface CreatedResource {
  /** The value of `Ref`. */
  readonly physicalId: string;
  /** The values of `Fn::GetAtt`. */
  readonly attributes: Readonly<Record<string, string>>;
  delete(): Promise<void>;
  /** Stops the local processes of the resource. The resource stays. */
  close?(): Promise<void>;
  /** Runs after all resources of the stack are created. */
  afterStack?(): Promise<void>;
  readonly fn?: DeployedFunction;
  readonly mapping?: EventSourceMapping;
  readonly queueMapping?: QueueMapping;
  readonly subscription?: TopicSubscription;
  readonly rule?: EventRule;
}

export interface ResourceType {
  readonly type: string;
  /** Names of the supported and unsupported properties. An unknown name is an error. */
  readonly propertyNames: readonly string[];
  create(properties: Record<string, unknown>, context: ResourceContext): Promise<CreatedResource>;
}

export function resourceType<
  const Properties extends { readonly [name: string]: PropertyType },
  Required extends keyof Properties = never,
>(definition: {
  readonly type: string;
  readonly properties: Properties;
  readonly required?: readonly Required[];
  create(
    properties: PropertyValue<Properties> & { readonly [Name in Required]: PropertyValue<Properties[Name]> },
    context: ResourceContext,
  ): Promise<CreatedResource>;
}): ResourceType {
  return {
    type: definition.type,
    propertyNames: Object.keys(definition.properties),
    async create(properties, context) {
      const values = parseProperty(definition.properties, properties, '') as Record<string, unknown>;
      for (const name of definition.required ?? []) {
        if (values[name as string] === undefined) throw new Error(`property ${String(name)} is required`);
      }
      return definition.create(values as Parameters<typeof definition.create>[0], context);
    },
  };
}
