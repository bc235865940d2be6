import { ArnFormat, AspectPriority, Aspects, Resource, Stack } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { renderedProperties } from './resource-properties';
import { isMappingResource, Mapping, resourceOf, resourceOfMapping } from './source-of-mapping';

/** Parts of the ARN of a function, the last of which is a version or an alias. */
const PARTS_OF_QUALIFIED = 8;

/** Resources that stand for a function with a qualifier. */
const QUALIFIED = new Set(['AWS::Lambda::Alias', 'AWS::Lambda::Version']);

/**
 * Has a mapping invoke what the ARN of an imported function names: the CDK gives a mapping the name of the function only, and drops a
 * version or an alias.
 */
export function invokeWithQualifier(mapping: Mapping, processor: lambda.IFunction): void {
  if (!mayLoseQualifier(processor)) return;
  Aspects.of(mapping).add(
    {
      visit: (node) => {
        if (isMappingResource(node) && node.functionName === processor.functionName) node.functionName = processor.functionArn;
      },
    },
    { priority: AspectPriority.MUTATING },
  );
}

/** A mapping takes an ARN that is a token as it is. */
function mayLoseQualifier(processor: lambda.IFunction): boolean {
  // The CDK's own versions and aliases have their qualifier in the name.
  if (Resource.isOwnedResource(processor) || 'lambda' in processor || 'aliasName' in processor) return false;
  const parts = processor.functionArn.split(':');
  return parts.length === PARTS_OF_QUALIFIED || parts.length === 1;
}

/** ARN of what a mapping invokes, as in the template. That of the processor if synth does not know it. */
export function invokedArn(mapping: Mapping, processor: lambda.IFunction): string {
  const resource = resourceOfMapping(mapping);
  if (!resource) return processor.functionArn;
  // The name of a version or an alias is its ARN.
  if (QUALIFIED.has(resourceOf(resource.functionName)?.cfnResourceType ?? '')) return resource.functionName;
  const stack = Stack.of(resource);
  const name = renderedProperties(resource).FunctionName;
  if (typeof name !== 'string' || name === stack.resolve(processor.functionName)) return processor.functionArn;
  if (name.startsWith('arn:')) return name;
  // A name, or `account:function:name`, with a qualifier or without one.
  return stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: name.replace(/^\d+:function:/, ''),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
