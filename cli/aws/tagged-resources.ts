import { GetResourcesCommand, type TagFilter } from '@aws-sdk/client-resource-groups-tagging-api';
import { ResourceTag } from '../../src/contract';
import type { Clients } from '../context';

/** A resource that a construct of the library defined and tagged. */
export interface TaggedResource {
  readonly arn: string;
  readonly role: string;
  readonly stackName?: string;
  readonly auditLogGroup?: string;
  /** As its tag has it. */
  readonly formatVersion?: string;
}

/** Tags that CloudFormation itself gives. */
const StackTag = { NAME: 'aws:cloudformation:stack-name', ID: 'aws:cloudformation:stack-id' } as const;

/** The tagged resources of a type in the account and region, or in one stack, in the order of their ARNs. */
export async function taggedResources(
  clients: Clients, type: 'lambda:function' | 'sqs', stack?: string, abortSignal?: AbortSignal,
): Promise<TaggedResource[]> {
  const tagging = await clients.tagging();
  const filters: TagFilter[] = [{ Key: ResourceTag.ROLE }];
  if (stack !== undefined) filters.push({ Key: stack.startsWith('arn:') ? StackTag.ID : StackTag.NAME, Values: [stack] });
  const found: TaggedResource[] = [];
  let token: string | undefined;
  do {
    const answer = await tagging.send(
      new GetResourcesCommand({ ResourceTypeFilters: [type], TagFilters: filters, PaginationToken: token }),
      { abortSignal },
    );
    for (const { ResourceARN: arn = '', Tags: tags = [] } of answer.ResourceTagMappingList ?? []) {
      const value = (key: string): string | undefined => tags.find(({ Key }) => Key === key)?.Value;
      const auditLogGroup = value(ResourceTag.AUDIT_LOG_GROUP);
      const stackName = value(StackTag.NAME);
      const formatVersion = value(ResourceTag.FORMAT_VERSION);
      found.push({
        arn,
        role: value(ResourceTag.ROLE) ?? '',
        ...(stackName && { stackName }),
        ...(auditLogGroup && { auditLogGroup }),
        ...(formatVersion !== undefined && { formatVersion }),
      });
    }
    token = answer.PaginationToken;
  } while (token);
  return found.sort((one, other) => (one.arn < other.arn ? -1 : 1));
}
