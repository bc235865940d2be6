import { CfnResource, Tags } from 'aws-cdk-lib';
import * as logs from 'aws-cdk-lib/aws-logs';
import { IConstruct } from 'constructs';
import { FORMAT_VERSION, FunctionRole, QueueRole, ResourceTag } from '../contract';

/** Tags by which the operator's tool finds a resource. Not those that are defined beside it, such as the mappings of a function. */
export function tagForTool(construct: IConstruct, role: FunctionRole | QueueRole, auditLogGroup: logs.ILogGroup | undefined): void {
  const resource = construct.node.defaultChild;
  // An imported construct has none.
  if (!CfnResource.isCfnResource(resource)) return;
  const tag = (key: string, value: string) => Tags.of(construct).add(key, value, { includeResourceTypes: [resource.cfnResourceType] });
  tag(ResourceTag.ROLE, role);
  tag(ResourceTag.FORMAT_VERSION, FORMAT_VERSION);
  if (auditLogGroup) tag(ResourceTag.AUDIT_LOG_GROUP, auditLogGroup.logGroupName);
}
