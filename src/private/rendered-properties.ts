import { CfnResource, Stack } from 'aws-cdk-lib';

/** Properties as the template is going to have them, with what `addPropertyOverride()` and its like change. For synth, when they are final. */
export function renderedProperties(resource: CfnResource): Record<string, unknown> {
  const { Resources = {} } = Stack.of(resource).resolve(resource._toCloudFormation());
  const [rendered] = Object.values<{ Properties?: Record<string, unknown> }>(Resources);
  return rendered?.Properties ?? {};
}
