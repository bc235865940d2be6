import { Resource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Whether something may refer to what belongs to a `StreamDlq`. What is in another stack depends on that of the `StreamDlq` already: a
 * reference back would make a cycle.
 */
export function canName(from: IConstruct, to: IConstruct, dlq: IConstruct): boolean {
  const isImported = Resource.isResource(to) && !Resource.isOwnedResource(to);
  return isImported || Stack.of(to) === Stack.of(dlq) || Stack.of(from) !== Stack.of(dlq);
}
