import { Duration, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { fail } from './fail';

/** Checks a number prop against both bounds, inclusive. Tokens are known only at deployment: they pass. */
export function checkInteger(scope: IConstruct, prop: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    fail(scope, `\`${prop}\` must be a whole number from ${min} to ${max}, got: ${value}`);
  }
}

/** Checks a duration prop against both bounds, inclusive. Tokens pass. */
export function checkDuration(scope: IConstruct, prop: string, value: Duration | undefined, min: Duration, max: Duration): void {
  if (value === undefined || value.isUnresolved()) return;
  if (value.toMilliseconds() < min.toMilliseconds() || value.toMilliseconds() > max.toMilliseconds()) {
    fail(scope, `\`${prop}\` must be from ${min.toHumanString()} to ${max.toHumanString()}, got: ${value.toHumanString()}`);
  }
}
