import { CfnResource, Stack, Token } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { IConstruct } from 'constructs';
import { fail } from './checks';
import { resourceOf } from './source-of-mapping';

/** Roles that stand for resources of this app. */
const rolesOfResources = new WeakSet<iam.IRole>();

/** Whether a role is one of this app, so that it takes policies. */
export function isRoleOfApp(role: iam.IRole): boolean {
  return iam.Role.isRole(role) || rolesOfResources.has(role);
}

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
  return importedOnce(resource, (scope, id) => {
    const fn = lambda.Function.fromFunctionAttributes(scope, id, { functionArn: resource.attrArn, role: roleOf(resource), sameEnvironment: true });
    // Synth finds the timeout and the log group there, as it does for a function of this app.
    fn.node.defaultChild = resource;
    return fn;
  });
}

function roleOf(fn: lambda.CfnFunction): iam.IRole {
  const resource = resourceOf(fn.role);
  if (resource?.cfnResourceType !== iam.CfnRole.CFN_RESOURCE_TYPE_NAME) return iam.Role.fromRoleArn(fn.node.scope!, `${fn.node.id}ImportedRole`, fn.role);
  return constructOf<iam.IRole>(resource, 'roleArn') ?? importedRole(resource as iam.CfnRole);
}

/** The name stands in the ARN as it is: with an attribute of the role, the CDK would take the first part of the path for the name. */
function importedRole(resource: iam.CfnRole): iam.IRole {
  const path = Token.isUnresolved(resource.path) ? '/' : (resource.path ?? '/');
  const arn = Stack.of(resource).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: `${path.slice(1)}${resource.ref}` });
  return importedOnce(resource, (scope, id) => {
    const role = iam.Role.fromRoleArn(scope, id, arn);
    rolesOfResources.add(role);
    return role;
  });
}

/** The construct that defines a resource, if it is of a kind that has a property. */
function constructOf<Kind extends IConstruct>(resource: CfnResource, property: keyof Kind): Kind | undefined {
  const { scope } = resource.node;
  return scope?.node.defaultChild === resource && property in scope ? (scope as Kind) : undefined;
}

/** Beside the resource, once for all mappings: what depends on the resource must not wait for policies that name it. */
function importedOnce<Kind extends IConstruct>({ node }: CfnResource, importInto: (scope: IConstruct, id: string) => Kind): Kind {
  const [scope, id] = [node.scope!, `${node.id}Imported`];
  return (scope.node.tryFindChild(id) as Kind | undefined) ?? importInto(scope, id);
}
