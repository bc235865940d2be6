import { Duration, IResource, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';

/** Throws an error that says where it comes from. The CDK's own `ValidationError` is internal, and its arguments change. */
export function fail(scope: IConstruct, message: string): never {
  throw new Error(`[${scope.node.path}] ${message}`);
}

/** Checks a number prop against both bounds, inclusive. A token is known at deployment only, and passes. */
export function checkInteger(scope: IConstruct, prop: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!Number.isInteger(value) || value < min || value > max) {
    fail(scope, `\`${prop}\` must be a whole number from ${min} to ${max}, got: ${value}`);
  }
}

/** Checks how many instances of a function a mapping on a queue invokes at the same time. */
export function checkMaxConcurrency(scope: IConstruct, maxConcurrency: number, reserved: number | undefined): void {
  checkInteger(scope, 'maxConcurrency', maxConcurrency, 2, 1_000);
  const known = reserved !== undefined && !Token.isUnresolved(reserved) && !Token.isUnresolved(maxConcurrency);
  if (known && reserved < maxConcurrency) {
    fail(
      scope,
      `\`reservedConcurrentExecutions\` must be at least \`maxConcurrency\`, got: ${reserved} for ${maxConcurrency}; leave ` +
        '`reservedConcurrentExecutions` out, or lower `maxConcurrency`, which is enough to limit the function: each throttled invocation counts as a receive',
    );
  }
}

/** Checks a duration prop against both bounds, inclusive. A token passes. */
export function checkDuration(scope: IConstruct, prop: string, value: Duration | undefined, min: Duration, max: Duration): void {
  if (value === undefined || value.isUnresolved()) return;
  if (value.toMilliseconds() < min.toMilliseconds() || value.toMilliseconds() > max.toMilliseconds()) {
    fail(scope, `\`${prop}\` must be from ${min.toHumanString()} to ${max.toHumanString()}, got: ${value.toHumanString()}`);
  }
}

/** The latest time that passes as seconds: read as milliseconds, it is in 1973. */
const LATEST_SECONDS = 100_000_000_000;

/** Checks that a time prop is in Unix seconds, not in the milliseconds of JavaScript's clock. A token passes. */
export function checkUnixSeconds(scope: IConstruct, prop: string, value: number | undefined): void {
  if (value === undefined || Token.isUnresolved(value)) return;
  if (!(value >= 0 && value < LATEST_SECONDS)) {
    fail(scope, `\`${prop}\` must be a time in Unix seconds, got: ${value}; divide milliseconds, such as those of Date.now(), by 1000`);
  }
}

/** Checks that queues and buckets have a removal policy. */
export function checkRemovalPolicy(scope: IConstruct, policy: RemovalPolicy | undefined): void {
  if (policy !== RemovalPolicy.SNAPSHOT) return;
  fail(scope, '`removalPolicy` must be one that queues and buckets have, got: SNAPSHOT; use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY');
}

/** Refuses a prop of resources that are defined here where all of them are passed in. */
export function refuseWithoutEffect<Props>(
  scope: IConstruct, props: Props, prop: keyof Props & string, defined: Readonly<Record<string, boolean>>,
): void {
  if (props[prop] === undefined || Object.values(defined).some((it) => it)) return;
  const given = Object.keys(defined).map((it) => `\`${it}\``).join(', ');
  fail(scope, `\`${prop}\` must not be set with ${given}, got: both; set it where ` +
    `the existing ${Object.keys(defined).length === 1 ? 'resource is' : 'resources are'} defined`);
}

/** What the CDK returns for a context lookup before the lookup has taken place. */
const PLACEHOLDER = 'dummy-value-for-';

/** Whether synth knows a string: neither a token nor a placeholder. A lookup takes place only after a first synth without errors. */
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

/** How `checkSameEnvironment` says what a resource must share its account and Region with. */
export interface SameEnvironment {
  /** Such as `its StreamDlq`. */
  readonly of: string;
  /** What is in `stack`, such as `StreamDlq`. */
  readonly what: string;
  readonly fix: string;
  /** @default - the stack of the construct that reports the error */
  readonly stack?: Pick<Stack, 'account' | 'region'>;
}

/** Checks that a resource is not known to be in another account or Region. */
export function checkSameEnvironment(
  scope: IConstruct, prop: string, { env }: Pick<IResource, 'env'>, { of, what, fix, stack = Stack.of(scope) }: SameEnvironment,
): void {
  const { account, region } = stack;
  if (!areDifferent(account, env.account) && !areDifferent(region, env.region)) return;
  fail(
    scope,
    `\`${prop}\` must be in the account and Region of ${of}, got: account ${env.account} in ${env.region} for a ${what} of account ${account} ` +
      `in ${region}; ${fix}`,
  );
}
