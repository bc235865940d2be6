import { isDeepStrictEqual } from 'node:util';
import { creationOrder } from './creation-order';
import { Intrinsics, type Scope } from './intrinsics';
import { isReplaced } from './replacement';
import type { ResourceContext, ResourceType } from './resource-type';
import { resourceTypes } from './resources';
import type { OnStackEvent } from './stack-event';
import { DeploymentError, messageOf, removeResources, type StackResource } from './stack-resource';
import { CDK_METADATA, type Template, type TemplateResource } from './template';

export interface StackDeploymentOptions {
  readonly template: Template;
  /** Values of parameters and pseudo parameters. */
  readonly names: ReadonlyMap<string, unknown>;
  readonly others: Pick<Scope, 'importValue' | 'stackOutput'>;
  /** The resources of the stack so far, in the order of their creation. */
  readonly before: ReadonlyMap<string, StackResource>;
  readonly onEvent?: OnStackEvent;
  context(logicalId: string): ResourceContext;
  /** Called for each resource that stays in the account without its stack. */
  onRetained(resource: StackResource): void;
}

interface Update {
  readonly before: StackResource;
  readonly properties: Record<string, unknown>;
}

/** Brings a stack to its template: creates, updates and replaces one resource after the other, then deletes what the stack no longer has. */
export class StackDeployment {
  readonly intrinsics: Intrinsics;
  private readonly template: Template;
  private readonly current = new Map<string, StackResource>();
  /** What this deployment has created. */
  private readonly added = new Map<string, StackResource>();
  /** Updates in place, the failed one included. */
  private readonly updates = new Map<string, Update>();

  constructor(private readonly options: StackDeploymentOptions) {
    this.template = options.template;
    this.intrinsics = new Intrinsics(this.template, {
      ref: (name) => this.ref(name),
      attribute: (logicalId, attribute) => this.attribute(logicalId, attribute),
      ...options.others,
    });
  }

  /** In the order of the new template. */
  get resources(): ReadonlyMap<string, StackResource> {
    return this.current;
  }

  async deploy(): Promise<void> {
    const present = this.presentResources();
    for (const logicalId of present) typeOf(logicalId, this.template.Resources[logicalId]);
    const order = creationOrder(this.template, this.intrinsics, present);
    for (const logicalId of order) await this.deployResource(logicalId);
    for (const { logicalId, created } of this.current.values()) {
      if (this.added.has(logicalId) || this.updates.has(logicalId)) await this.step(logicalId, 'completed', async () => created.afterStack?.());
    }
  }

  /** Deletes what the stack no longer has. As in CloudFormation, the update stands if that fails, and the resource stays in the account. */
  async cleanUp(): Promise<void> {
    const { before, onEvent, onRetained } = this.options;
    const unused = [...before.values()].filter(({ logicalId }) => !this.current.has(logicalId) || this.added.has(logicalId));
    const left = new Set(unused);
    const failures = await removeResources(unused, (resource) => this.isRetained(resource), (resource, retained) => {
      if (!retained) left.delete(resource);
    }, onEvent);
    left.forEach(onRetained);
    for (const { message } of failures) process.emitWarning(`the stack is updated, but ${message}`);
  }

  /**
   * Changes updated resources back, in the order of the earlier template, then deletes what was created.
   *
   * @returns the resources that the stack has then, and what could not be rolled back
   */
  async rollBack(): Promise<{ readonly resources: ReadonlyMap<string, StackResource>; readonly failures: readonly Error[] }> {
    const { before, onEvent, onRetained } = this.options;
    const resources = new Map(before);
    const failures: Error[] = [];
    for (const [logicalId, resource] of before) {
      const update = this.updates.get(logicalId);
      if (!update) continue;
      try {
        resources.set(logicalId, await this.changeBack(update));
      } catch (error) {
        failures.push(new DeploymentError(`resource ${logicalId} (${resource.type}) could not be rolled back: ${messageOf(error)}`, { cause: error }));
        resources.set(logicalId, this.current.get(logicalId) ?? resource);
      }
    }
    failures.push(...await removeResources(this.added.values(), ({ deletionPolicy }) => deletionPolicy === 'Retain', (resource, retained) => {
      if (retained) onRetained(resource);
    }, onEvent));
    return { resources, failures };
  }

  /** A replaced resource has an UpdateReplacePolicy, a removed one its DeletionPolicy. */
  private isRetained({ logicalId, deletionPolicy }: StackResource): boolean {
    const isReplacement = this.current.has(logicalId);
    return (isReplacement ? this.template.Resources[logicalId].UpdateReplacePolicy ?? 'Delete' : deletionPolicy) !== 'Delete';
  }

  private presentResources(): Set<string> {
    const entries = Object.entries(this.template.Resources).filter(([, { Type: type, Condition: condition }]) => (
      type !== CDK_METADATA && (condition === undefined || this.intrinsics.condition(condition))
    ));
    return new Set(entries.map(([logicalId]) => logicalId));
  }

  private async deployResource(logicalId: string): Promise<void> {
    const before = this.options.before.get(logicalId);
    if (!before) return this.step(logicalId, 'created', async () => this.createResource(logicalId));
    return this.step(logicalId, 'updated', async () => this.updateResource(logicalId, before));
  }

  private async createResource(logicalId: string, properties = this.propertiesOf(logicalId)): Promise<void> {
    const type = typeOf(logicalId, this.template.Resources[logicalId]);
    await this.options.onEvent?.({ logicalId, type: type.type, status: 'CREATE_IN_PROGRESS' });
    const created = await type.create(properties, this.options.context(logicalId));
    const resource = { ...this.declared(logicalId), properties, created };
    this.added.set(logicalId, resource);
    this.current.set(logicalId, resource);
    await this.options.onEvent?.({ logicalId, type: type.type, status: 'CREATE_COMPLETE' });
  }

  private async updateResource(logicalId: string, before: StackResource): Promise<void> {
    const { onEvent, context } = this.options;
    const declared = this.declared(logicalId);
    const { type } = declared;
    if (before.type !== type) throw new Error(`Type must stay ${before.type}, got: ${type}; give the resource another logical id`);
    const properties = this.propertiesOf(logicalId);
    if (isDeepStrictEqual(before.properties, properties)) {
      this.current.set(logicalId, { ...before, ...declared });
      return;
    }
    if (isReplaced(before, properties)) return this.createResource(logicalId, properties);
    await onEvent?.({ logicalId, type, status: 'UPDATE_IN_PROGRESS' });
    this.updates.set(logicalId, { before, properties });
    const change = { created: before.created, before: before.properties, after: properties };
    const created = await resourceTypes.get(type)!.update(change, context(logicalId));
    this.current.set(logicalId, { ...declared, properties, created });
    await onEvent?.({ logicalId, type, status: 'UPDATE_COMPLETE' });
  }

  private async changeBack({ before, properties }: Update): Promise<StackResource> {
    const { logicalId, type } = before;
    const { onEvent, context } = this.options;
    await onEvent?.({ logicalId, type, status: 'UPDATE_IN_PROGRESS' });
    const { created } = this.current.get(logicalId) ?? before;
    const change = { created, before: properties, after: before.properties };
    const changedBack = { ...before, created: await resourceTypes.get(type)!.update(change, context(logicalId)) };
    await onEvent?.({ logicalId, type, status: 'UPDATE_COMPLETE' });
    return changedBack;
  }

  private propertiesOf(logicalId: string): Record<string, unknown> {
    return this.intrinsics.resolve(this.template.Resources[logicalId].Properties ?? {}) as Record<string, unknown>;
  }

  private declared(logicalId: string): Pick<StackResource, 'logicalId' | 'type' | 'deletionPolicy'> {
    const { Type: type, DeletionPolicy: deletionPolicy = 'Delete' } = this.template.Resources[logicalId];
    return { logicalId, type, deletionPolicy };
  }

  private async step(logicalId: string, what: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const { Type: type } = this.template.Resources[logicalId];
      throw new DeploymentError(`resource ${logicalId} (${type}) could not be ${what}: ${messageOf(error)}`, { cause: error });
    }
  }

  private ref(name: string): unknown {
    const { names } = this.options;
    if (names.has(name)) return names.get(name);
    const resource = this.current.get(name);
    if (resource) return resource.created.physicalId;
    if (this.template.Parameters?.[name]?.Type.startsWith('AWS::SSM::')) {
      throw new Error(`parameter ${name} names an SSM parameter, which nothing here holds: give its value`);
    }
    throw new Error(`Ref ${name} names no resource of the stack, no parameter and no pseudo parameter`);
  }

  private attribute(logicalId: string, attribute: string): string {
    const resource = this.current.get(logicalId);
    if (!resource) throw new Error(`Fn::GetAtt names ${logicalId}, which is not a resource of the stack`);
    const { attributes } = resource.created;
    if (!Object.hasOwn(attributes, attribute)) {
      const known = Object.keys(attributes).join(', ') || 'none';
      throw new Error(`resource ${logicalId} (${resource.type}) has no attribute ${attribute}, known here: ${known}`);
    }
    return attributes[attribute];
  }
}

function typeOf(logicalId: string, resource: TemplateResource): ResourceType {
  const type = resourceTypes.get(resource.Type);
  if (!type) {
    const known = [...resourceTypes.keys()].join(', ');
    throw new DeploymentError(`resource ${logicalId} has type ${resource.Type}, which is not emulated, only: ${known}`);
  }
  for (const property of Object.keys(resource.Properties ?? {})) {
    if (!type.propertyNames.includes(property)) {
      const known = type.propertyNames.join(', ');
      throw new DeploymentError(
        `resource ${logicalId} (${resource.Type}): property ${property} is unknown, known here: ${known}`,
      );
    }
  }
  return type;
}
