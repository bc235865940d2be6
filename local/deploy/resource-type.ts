import { isDeepStrictEqual } from 'node:util';
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
  /**
   * Changes the properties of a resource in place.
   *
   * @throws when the change of a property is not emulated. Nothing has changed then.
   */
  update(change: ResourceUpdate<Record<string, unknown>>, context: ResourceContext): Promise<CreatedResource>;
}

export interface ResourceUpdate<Properties> {
  readonly created: CreatedResource;
  readonly before: Properties;
  readonly after: Properties;
}

type Values<Properties, Required extends keyof Properties> =
  PropertyValue<Properties> & { readonly [Name in Required]: PropertyValue<Properties[Name]> };

export function resourceType<
  const Properties extends { readonly [name: string]: PropertyType },
  Required extends keyof Properties = never,
>(definition: {
  readonly type: string;
  readonly properties: Properties;
  readonly required?: readonly Required[];
  create(properties: Values<Properties, Required>, context: ResourceContext): Promise<CreatedResource>;
  /** The properties that `update` can change. Properties without an effect need none. @default - all, if there is an `update` */
  readonly updatable?: readonly (keyof Properties)[];
  /** Must also work when an earlier update has failed halfway: a rollback calls it with the properties swapped. */
  update?(change: ResourceUpdate<Values<Properties, Required>>, context: ResourceContext): Promise<CreatedResource>;
}): ResourceType {
  const { type, properties: shape, required = [], updatable } = definition;
  const parse = (properties: Record<string, unknown>) => {
    const values = parseProperty(shape, properties, '') as Record<string, unknown>;
    for (const name of required) {
      if (values[name as string] === undefined) throw new Error(`property ${String(name)} is required`);
    }
    return values as Values<Properties, Required>;
  };
  return {
    type,
    propertyNames: Object.keys(shape),
    create: async (properties, context) => definition.create(parse(properties), context),
    async update({ created, ...properties }, context) {
      const [before, after] = [parse(properties.before), parse(properties.after)];
      const changed = Object.keys(shape).filter((name) => !isDeepStrictEqual(before[name as Required], after[name as Required]));
      if (changed.length === 0) return created;
      const fixed = definition.update ? changed.find((name) => updatable && !updatable.includes(name)) : changed[0];
      if (fixed !== undefined) throw new Error(`update of ${type}.${fixed} is not emulated; delete the stack and deploy it again`);
      return definition.update!({ created, before, after }, context);
    },
  };
}
