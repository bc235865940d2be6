import { Resource, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { DlqParts } from './dlq-parts';

/**
 * Whether a construct may refer to another one that works with a `StreamDlq`. What is in another stack already depends on the stack of the
 * `StreamDlq`, so a reference back would make a cycle. A nested stack is a resource of its parent, and resources may refer to each other.
 * Nothing depends on a `StreamDlq` of another app.
 */
export function canReference(from: IConstruct, to: IConstruct, { dlq, isOfOtherApp }: Pick<DlqParts, 'dlq' | 'isOfOtherApp'>): boolean {
  if (isOfOtherApp || isImportedOrBeside(to, dlq) || Stack.of(from) !== Stack.of(dlq)) return true;
  return isNestedIn(Stack.of(to), Stack.of(dlq)) && !runsWith(to, from);
}

/** Nothing depends on where an import is defined. */
export function isImportedOrBeside(to: IConstruct, dlq: IConstruct): boolean {
  const isImported = Resource.isResource(to) && !Resource.isOwnedResource(to);
  return isImported || Stack.of(to) === Stack.of(dlq);
}

function isNestedIn(stack: Stack, parent: Stack): boolean {
  return stack.nestedStackParent !== undefined && (stack.nestedStackParent === parent || isNestedIn(stack.nestedStackParent, parent));
}

/** Whether a function has a role: it depends on the policies of the role. */
function runsWith(fn: IConstruct & { readonly role?: IConstruct }, role: IConstruct): boolean {
  return fn.role === role;
}
