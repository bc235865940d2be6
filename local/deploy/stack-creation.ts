import { creationOrder } from './creation-order';
import { Intrinsics, type Scope } from './intrinsics';
import type { CreatedResource, ResourceContext, ResourceType } from './resource-type';
import { resourceTypes } from './resources';
import { CDK_METADATA, type Template, type TemplateResource } from './template';

/** Thrown when a stack cannot be created or deleted as its template says. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly deletionPolicy: string;
  readonly properties: Record<string, unknown>;
  readonly created: CreatedResource;
}

/** Creates the resources of one template one after the other. */
export class StackCreation {
  readonly intrinsics: Intrinsics;
  /** Resources that a rollback or a deletion left in the account. */
  readonly retained: StackResource[] = [];

  private readonly resources = new Map<string, StackResource>();

  constructor(
    private readonly template: Template,
    private readonly names: ReadonlyMap<string, unknown>,
    others: Pick<Scope, 'importValue' | 'stackOutput'>,
    private readonly context: (logicalId: string) => ResourceContext,
  ) {
    this.intrinsics = new Intrinsics(template, {
      ref: (name) => this.ref(name),
      attribute: (logicalId, attribute) => this.attribute(logicalId, attribute),
      ...others,
    });
  }

  get created(): ReadonlyMap<string, StackResource> {
    return this.resources;
  }

  async create(): Promise<void> {
    const present = this.presentResources();
    for (const logicalId of present) typeOf(logicalId, this.template.Resources[logicalId]);
    const order = creationOrder(this.template, this.intrinsics, present);
    for (const logicalId of order) {
      await this.step(logicalId, 'created', async () => this.createResource(logicalId));
    }
    for (const { logicalId, created } of this.resources.values()) {
      await this.step(logicalId, 'completed', async () => created.afterStack?.());
    }
  }

  /** Deletes the created resources after a failure. */
  async rollBack(): Promise<void> {
    await this.remove(({ deletionPolicy }) => deletionPolicy === 'Retain');
  }

  async delete(): Promise<void> {
    await this.remove(({ deletionPolicy }) => deletionPolicy !== 'Delete');
  }

  /** Removes the last resource first. Continues after a failure, and throws all failures at the end. */
  private async remove(retain: (resource: StackResource) => boolean): Promise<void> {
    const failures: unknown[] = [];
    for (const resource of [...this.resources.values()].reverse()) {
      const { logicalId, type, created } = resource;
      try {
        if (retain(resource)) this.retained.push(resource);
        else await created.delete();
        this.resources.delete(logicalId);
      } catch (error) {
        const message = `resource ${logicalId} (${type}) could not be deleted: ${messageOf(error)}`;
        failures.push(new DeploymentError(message, { cause: error }));
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, failures.map(messageOf).join('; '));
  }

  private presentResources(): Set<string> {
    const entries = Object.entries(this.template.Resources).filter(([, { Type: type, Condition: condition }]) => (
      type !== CDK_METADATA && (condition === undefined || this.intrinsics.condition(condition))
    ));
    return new Set(entries.map(([logicalId]) => logicalId));
  }

  private async createResource(logicalId: string): Promise<void> {
    const resource = this.template.Resources[logicalId];
    const type = typeOf(logicalId, resource);
    const properties = this.intrinsics.resolve(resource.Properties ?? {}) as Record<string, unknown>;
    const created = await type.create(properties, this.context(logicalId));
    const deletionPolicy = resource.DeletionPolicy ?? 'Delete';
    this.resources.set(logicalId, { logicalId, type: type.type, deletionPolicy, properties, created });
  }

  private async step(logicalId: string, what: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const { Type: type } = this.template.Resources[logicalId];
      throw new DeploymentError(
        `resource ${logicalId} (${type}) could not be ${what}: ${messageOf(error)}`, { cause: error },
      );
    }
  }

  private ref(name: string): unknown {
    if (this.names.has(name)) return this.names.get(name);
    const resource = this.resources.get(name);
    if (resource) return resource.created.physicalId;
    if (this.template.Parameters?.[name]?.Type.startsWith('AWS::SSM::')) {
      throw new Error(`parameter ${name} names an SSM parameter, which nothing here holds: give its value`);
    }
    throw new Error(`Ref ${name} names no resource of the stack, no parameter and no pseudo parameter`);
  }

  private attribute(logicalId: string, attribute: string): string {
    const resource = this.resources.get(logicalId);
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

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
