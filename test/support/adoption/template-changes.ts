import { fullDiff, ResourceDifference, ResourceImpact } from '@aws-cdk/cloudformation-diff';

export interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly DependsOn?: string | string[]; readonly Properties?: unknown }>;
}

/** What CloudFormation does with the resources of a stack when a template takes the place of another. */
export interface TemplateChanges {
  /** How many resources are new, by type. */
  readonly added: Record<string, number>;
  /** What changes of each resource that stays: properties, and attributes such as DependsOn. By logical id. */
  readonly updated: Record<string, string[]>;
  /** Logical ids with what happens to them. */
  readonly removedOrReplaced: Record<string, ResourceImpact>;
}

const UPDATES: ReadonlySet<ResourceImpact> = new Set([ResourceImpact.WILL_UPDATE, ResourceImpact.NO_CHANGE]);

export function changesBetween(before: Template, after: Template): TemplateChanges {
  const [added, updated, removedOrReplaced]: [Record<string, number>, Record<string, string[]>, Record<string, ResourceImpact>] = [{}, {}, {}];
  fullDiff({ ...before }, { ...after }, undefined, false).resources.forEachDifference((id, difference) => {
    const { isAddition, changeImpact, newResourceType: type } = difference;
    if (isAddition) added[type!] = (added[type!] ?? 0) + 1;
    else if (UPDATES.has(changeImpact)) updated[id] = changedIn(difference);
    else removedOrReplaced[id] = changeImpact;
  });
  return { added, updated, removedOrReplaced };
}

function changedIn({ propertyUpdates, otherChanges }: ResourceDifference): string[] {
  const others = Object.entries(otherChanges).filter(([, { isDifferent }]) => isDifferent).map(([name]) => name);
  return [...Object.keys(propertyUpdates), ...others].sort();
}

/** Logical ids of all resources, or of those of a type. */
export function idsOf({ Resources }: Template, type?: string): string[] {
  return Object.keys(Resources).filter((id) => type === undefined || Resources[id].Type === type);
}

/** Logical ids of the resources that CloudFormation updates before a resource: those that it refers to or depends on, and theirs. */
export function updatedBefore({ Resources }: Template, logicalId: string): Set<string> {
  const found = new Set<string>();
  const follow = (id: string): void => {
    const { DependsOn = [], Properties } = Resources[id];
    const named = [DependsOn, ...referencesIn(Properties)].flat().filter((it) => it in Resources && !found.has(it));
    for (const it of named) {
      found.add(it);
      follow(it);
    }
  };
  follow(logicalId);
  return found;
}

function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [inner as string];
    if (key === 'Fn::GetAtt') return [[inner].flat()[0].split('.')[0]];
    return referencesIn(inner);
  });
}
