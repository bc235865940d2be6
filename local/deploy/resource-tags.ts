import type { ResourceContext } from './resource-type';

type Tag = { readonly Key?: string; readonly Value?: string };

/** The tags of a template's resource, and those that CloudFormation adds of its own. */
export function resourceTags(
  given: readonly Tag[] = [],
  { stackName, stackId, logicalId }: Pick<ResourceContext, 'stackName' | 'stackId' | 'logicalId'>,
): Readonly<Record<string, string>> {
  const tags: Record<string, string> = {};
  for (const { Key: key, Value: value } of given) {
    if (key === undefined || value === undefined) throw new Error('property Tags needs Key and Value in each of its items');
    if (key.startsWith('aws:')) throw new Error(`property Tags must not have keys that begin with aws:, which are AWS's own, got: ${key}`);
    tags[key] = value;
  }
  return {
    ...tags,
    'aws:cloudformation:stack-name': stackName,
    'aws:cloudformation:stack-id': stackId,
    'aws:cloudformation:logical-id': logicalId,
  };
}
