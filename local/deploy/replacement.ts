import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';

export interface ResourceProperties {
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Types that hold data, which a replacement loses. */
const STATEFUL = new Set([
  'AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table', 'AWS::Kinesis::Stream', 'AWS::S3::Bucket', 'AWS::SQS::Queue',
]);

/**
 * Whether CloudFormation replaces a resource to change its properties, by "Update requires" of AWS's resource specification.
 *
 * @throws for a resource that holds data
 */
export function isReplaced({ type, properties: before }: ResourceProperties, after: Readonly<Record<string, unknown>>): boolean {
  const resource = (properties: object) => ({ Resources: { it: { Type: type, Properties: properties } } });
  const changes = fullDiff(resource(before), resource(after)).resources.get('it').propertyUpdates;
  const replacing = Object.keys(changes).filter((name) => changes[name].changeImpact === ResourceImpact.WILL_REPLACE);
  if (replacing.length > 0 && STATEFUL.has(type)) {
    throw new Error(
      `properties of ${type} must not require replacement, which loses data, got: a change of ${replacing.join(', ')}; `
      + 'keep the value, or give the resource another logical id',
    );
  }
  return replacing.length > 0;
}
