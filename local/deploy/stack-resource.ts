import type { CreatedResource } from './resource-type';
import type { OnStackEvent } from './stack-event';

/** Thrown when a stack cannot be created, updated or deleted as its template says. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly deletionPolicy: string;
  /** As resolved. */
  readonly properties: Record<string, unknown>;
  readonly created: CreatedResource;
}

/**
 * Deletes resources, the last one first, except those to retain. Continues after a failure.
 *
 * @param onRemoved called for each resource that is deleted or retained
 * @returns the failures
 */
export async function removeResources(
  resources: Iterable<StackResource>,
  retain: (resource: StackResource) => boolean,
  onRemoved: (resource: StackResource, retained: boolean) => void,
  onEvent?: OnStackEvent,
): Promise<DeploymentError[]> {
  const failures: DeploymentError[] = [];
  for (const resource of [...resources].reverse()) {
    const { logicalId, type, created } = resource;
    try {
      const retained = retain(resource);
      if (!retained) {
        await onEvent?.({ logicalId, type, status: 'DELETE_IN_PROGRESS' });
        await created.delete();
        await onEvent?.({ logicalId, type, status: 'DELETE_COMPLETE' });
      }
      onRemoved(resource, retained);
    } catch (error) {
      failures.push(new DeploymentError(`resource ${logicalId} (${type}) could not be deleted: ${messageOf(error)}`, { cause: error }));
    }
  }
  return failures;
}

export function throwAll(failures: readonly Error[]): void {
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, failures.map(messageOf).join('; '));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
