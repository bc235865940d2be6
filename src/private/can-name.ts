import { Resource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/**
 * Whether something may refer to what belongs to a `StreamDlq`. What is in another stack depends on that of the `StreamDlq` already: a
 * reference back would make a cycle. To its own stack a nested stack is one of the resources, which may refer to each other.
 */
export function canName(from: IConstruct, to: IConstruct, dlq: IConstruct): boolean {
  if (isWithin(to, dlq) || Stack.of(from) !== Stack.of(dlq)) return true;
  return isNestedIn(Stack.of(to), Stack.of(dlq)) && !needs(to, from);
}

/** The same for what a mapping waits for, as the hydrate function: a nested stack with a mapping waits for it as a whole. */
export function isWithin(to: IConstruct, dlq: IConstruct): boolean {
  const isImported = Resource.isResource(to) && !Resource.isOwnedResource(to);
  return isImported || Stack.of(to) === Stack.of(dlq);
}

function isNestedIn(stack: Stack, parent: Stack): boolean {
  return stack.nestedStackParent !== undefined && (stack.nestedStackParent === parent || isNestedIn(stack.nestedStackParent, parent));
}

/** Whether a function runs with a role: it waits for the policies of that. */
function needs(fn: IConstruct & { readonly role?: IConstruct }, role: IConstruct): boolean {
  return fn.role === role;
}
