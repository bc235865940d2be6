import { CfnResource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { resourceOf } from './source-of-mapping';

/** What is imported stands below the resource, once for all mappings. */
const IMPORTED = 'Imported';

/** The function that an L1 mapping names, with its role, where this app defines it: by a construct, or by a resource alone. */
export function functionOfMapping(mapping: lambda.CfnEventSourceMapping): lambda.IFunction {
  const resource = functionResource(mapping.functionName);
  if (!resource) {
    fail(
      mapping,
      '`processor` must be passed for a mapping whose function is not a resource of this app, got: the function ' +
        `${JSON.stringify(Stack.of(mapping).resolve(mapping.functionName))}; pass what Function.fromFunctionAttributes() returns, with its \`role\``,
    );
  }
  return constructOf<lambda.IFunction>(resource, 'functionArn') ?? importedFunction(resource);
}

/** Of a version or an alias, the function that it stands for. */
function functionResource(name: string): lambda.CfnFunction | undefined {
  const resource = resourceOf(name);
  switch (resource?.cfnResourceType) {
    case lambda.CfnFunction.CFN_RESOURCE_TYPE_NAME: return resource as lambda.CfnFunction;
    case lambda.CfnAlias.CFN_RESOURCE_TYPE_NAME: return functionResource((resource as lambda.CfnAlias).functionName);
    case lambda.CfnVersion.CFN_RESOURCE_TYPE_NAME: return functionResource((resource as lambda.CfnVersion).functionName);
    default: return undefined;
  }
}

function importedFunction(resource: lambda.CfnFunction): lambda.IFunction {
  return importedOnce(resource, () => {
    const fn = lambda.Function.fromFunctionAttributes(resource, IMPORTED, {
      functionArn: resource.attrArn,
      role: roleOf(resource),
      sameEnvironment: true,
    });
    // Synth finds the timeout and the log group there, as it does for a function of this app.
    fn.node.defaultChild = resource;
    return fn;
  });
}

function roleOf(fn: lambda.CfnFunction): iam.IRole {
  const resource = ownRole(fn.role);
  if (!resource) return iam.Role.fromRoleArn(fn, 'ImportedRole', fn.role);
  return constructOf<iam.IRole>(resource, 'roleArn') ?? importedRole(resource);
}

/** Whether a role is a resource of this app, whatever construct stands for it. */
export function isRoleOfApp(role: iam.IRole): boolean {
  return iam.Role.isRole(role) || ownRole(role.roleArn) !== undefined || ownRole(role.roleName) !== undefined;
}

/** By its ARN, or by its name. */
function ownRole(reference: string): iam.CfnRole | undefined {
  const resource = resourceOf(reference);
  return resource?.cfnResourceType === iam.CfnRole.CFN_RESOURCE_TYPE_NAME ? (resource as iam.CfnRole) : undefined;
}

/** The name stands in the ARN as it is: with an attribute of the role, the CDK would take the first part of the path for the name. */
function importedRole(resource: iam.CfnRole): iam.IRole {
  const path = (resource.path ?? '/').slice(1);
  const arn = Stack.of(resource).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${path}${resource.ref}` });
  return importedOnce(resource, () => iam.Role.fromRoleArn(resource, IMPORTED, arn));
}

/** The construct that defines a resource, if it is of a kind that has a property. */
function constructOf<Kind extends IConstruct>(resource: CfnResource, property: keyof Kind): Kind | undefined {
  const { scope } = resource.node;
  return scope?.node.defaultChild === resource && property in scope ? (scope as Kind) : undefined;
}

function importedOnce<Kind extends IConstruct>(resource: CfnResource, importIt: () => Kind): Kind {
  return (resource.node.tryFindChild(IMPORTED) as Kind | undefined) ?? importIt();
}
