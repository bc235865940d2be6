import { Resource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Whether something may refer to what belongs to a `StreamDlq`. What is in another stack depends on the one of the `StreamDlq`
 * already: a reference back from there would make a cycle.
 */
export function canName(from: IConstruct, to: IConstruct, dlq: IConstruct): boolean {
  const isElsewhere = Resource.isOwnedResource(to) && Stack.of(to) !== Stack.of(dlq);
  return !(isElsewhere && Stack.of(from) === Stack.of(dlq));
}
