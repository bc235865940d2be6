import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { Duration, RemovalPolicy, Tags } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct, Dependable } from 'constructs';
import { BundledFunctionOptions } from '../bundled-function-options';
import { Environment, FORMAT_VERSION, FunctionRole, FunctionTag } from '../contract';
import { checkDuration, checkInteger } from './check-range';
import { acknowledgeRulesOfFunction } from './compliance';
import { fail } from './fail';
import { checkGranted } from './granted';

export interface BundledFunctionProps extends BundledFunctionOptions {
  /** Folder below `assets/`. */
  readonly asset: string;
  /** What the operator's tool knows it by. */
  readonly functionRole: FunctionRole;
  readonly description: string;
  readonly environment: { readonly [name: string]: string };
  readonly timeout: Duration;
  readonly reservedConcurrency?: number;
  /** The log group for who did what, which the operator's tool learns from the function. */
  readonly auditLogGroup?: logs.ILogGroup;
}

export interface BundledFunction {
  readonly function: lambda.Function;
  readonly role: iam.IRole;
}

/** Defines, right below a construct, a function of this package, with a role that may write its own log and, by itself, nothing else. */
export function defineBundledFunction(owner: Construct, props: BundledFunctionProps): BundledFunction {
  checkInteger(owner, 'reservedConcurrency', props.reservedConcurrency, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(owner, 'memorySize', props.memorySize, 128, 10_240);
  checkDuration(owner, 'timeout', props.timeout, Duration.minutes(1), Duration.minutes(15));

  const logGroup =
    props.logGroup ??
    new logs.LogGroup(owner, 'LogGroup', {
      retention: logs.RetentionDays.ONE_MONTH,
      // It tells what became of dead letters, never what is in them: nothing to keep beyond the stack.
      removalPolicy: RemovalPolicy.DESTROY,
    });

  // Instead of the managed policy for basic execution, which may write every log group of the account.
  const role = new iam.Role(owner, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  checkGranted(owner, role, {
    grant: logGroup.grantWrite(role),
    on: logGroup,
    actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [logGroup.logGroupArn],
  });
  // A function refers to its role: what else it waits for are the policies. The CDK makes it wait for both.
  Dependable.implement(role, {
    get dependencyRoots() {
      return role.node.children.filter((child) => child !== role.node.defaultChild);
    },
  });

  const fn = new lambda.Function(owner, 'Function', {
    description: props.description,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: props.architecture ?? lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(assetFolder(owner, props.asset)),
    memorySize: props.memorySize ?? 512,
    timeout: props.timeout,
    environment: { ...props.environment, [Environment.FORMAT_VERSION]: FORMAT_VERSION },
    reservedConcurrentExecutions: props.reservedConcurrency,
    role,
    logGroup,
  });
  tag(fn, FunctionTag.ROLE, props.functionRole);
  tag(fn, FunctionTag.FORMAT_VERSION, FORMAT_VERSION);
  acknowledgeRulesOfFunction(fn, role, props.asset);
  if (props.auditLogGroup) tag(fn, FunctionTag.AUDIT_LOG_GROUP, props.auditLogGroup.logGroupName);
  return { function: fn, role };
}

/** Mappings hang off a function, and have tags of their own. */
function tag(fn: lambda.Function, key: string, value: string): void {
  Tags.of(fn).add(key, value, { includeResourceTypes: ['AWS::Lambda::Function'] });
}

function assetFolder(owner: Construct, name: string): string {
  const folder = path.join(__dirname, '..', '..', 'assets', name);
  if (!existsSync(folder)) {
    fail(owner, `the bundled function ${name} must be in the package, got: nothing at ${folder}; in a checkout run \`npx projen bundle\``);
  }
  return folder;
}
