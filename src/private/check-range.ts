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

/** The latest time that is taken for one in seconds: in milliseconds it is the year 1973. */
const LATEST_SECONDS = 100_000_000_000;

/** Checks a time prop in Unix seconds against one in milliseconds, which is what JavaScript's clock gives. Tokens pass. */
export function checkUnixSeconds(scope: IConstruct, prop: string, value: number | undefined): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!(value >= 0 && value < LATEST_SECONDS)) {
    fail(scope, `\`${prop}\` must be a time in Unix seconds, got: ${value}; milliseconds, as of Date.now(), are to be divided by 1000`);
  }
}
