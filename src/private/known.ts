import { Token } from 'aws-cdk-lib';

/** What the CDK puts in place of a value that a context lookup has yet to find. */
const PLACEHOLDER = 'dummy-value-for-';

/** Whether a string can be checked: a lookup takes place only after a first synth that gets past its placeholder. */
export function isKnown(value: string): boolean {
  return !Token.isUnresolved(value) && !isPlaceholder(value);
}

export function isPlaceholder(value: string): boolean {
  return value.includes(PLACEHOLDER);
}

/** Whether two strings are known to be different. */
export function areDifferent(one: string, other: string): boolean {
  return isKnown(one) && isKnown(other) && one !== other;
}
