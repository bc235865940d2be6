import { TagManager } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { IConstruct } from 'constructs';
import { FORMAT_VERSION, FunctionRole, QueueRole, ResourceTag } from '../contract';

/** Above that of `Tags`: tags of an app do not replace those that the operator's tool looks for. */
const TAG_PRIORITY = 101;

/**
 * Tags by which the operator's tool finds a resource. On the resource: `Tags` adds an aspect, which the CDK calls for each child, such as the
 * mappings of a function, which have tags of their own.
 */
export function tagForTool(construct: IConstruct, role: FunctionRole | QueueRole, auditLogGroup: logs.ILogGroup | undefined): void {
  const resource = construct.node.defaultChild;
  // An imported construct has no resource.
  const tags = resource && TagManager.of(resource);
  if (!tags) return;
  const tag = (key: string, value: string) => tags.setTag(key, value, TAG_PRIORITY);
  tag(ResourceTag.ROLE, role);
  tag(ResourceTag.FORMAT_VERSION, FORMAT_VERSION);
  if (auditLogGroup) tag(ResourceTag.AUDIT_LOG_GROUP, auditLogGroup.logGroupName);
}
