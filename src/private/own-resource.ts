import { CfnResource } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** The resource of a construct that this app defines, where it is of a type. An import has none, a construct of somebody's own another. */
export function ownResource<Resource extends CfnResource>(construct: IConstruct | undefined, type: string): Resource | undefined {
  const resource = construct?.node.defaultChild;
  return CfnResource.isCfnResource(resource) && resource.cfnResourceType === type ? (resource as Resource) : undefined;
}
