import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { Duration, RemovalPolicy, Resource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import { IAM_MINIMIZE_POLICIES } from 'aws-cdk-lib/cx-api';
import { Construct, Dependable } from 'constructs';
import { Environment, FORMAT_VERSION, FunctionRole } from '../contract';
import { DlqFunctionOptions } from '../dlq-function-options';
import { LOG_GROUP_WITHOUT_KEY } from './access-rules';
import { checkDuration, checkInteger, fail } from './checks';
import { acknowledgeRulesOfFunction, acknowledgeRulesOfRole } from './compliance';
import { checkKey } from './encryption-key';
import { checkGranted, takesPolicies } from './granted';
import { grantOnKey } from './grants';
import { tagForTool } from './resource-tags';
import { annotate } from './rules';

const LOG_LEVELS: readonly lambda.ApplicationLogLevel[] = [
  lambda.ApplicationLogLevel.INFO, lambda.ApplicationLogLevel.WARN, lambda.ApplicationLogLevel.ERROR,
];

/** What Lambda needs to put a function into a VPC. */
const VPC_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

/** What CloudWatch Logs needs of a key. */
const LOGS_KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

export interface PackagedFunctionProps {
  /** Folder in `assets/`. */
  readonly asset: string;
  /** How the operator's tool recognizes the function. */
  readonly functionRole: FunctionRole;
  readonly description: string;
  readonly environment: { readonly [name: string]: string };
  readonly timeout: Duration;
  readonly options: DlqFunctionOptions;
  /** Key of the `StreamDlq`, for logs and environment variables. */
  readonly encryptionKey?: kms.IKey;
  /** The audit log group, which the operator's tool finds by a tag of the function. */
  readonly auditLogGroup?: logs.ILogGroup;
  /** Whether the function writes metrics to its log. */
  readonly customMetrics: boolean;
}

export interface PackagedFunction {
  readonly function: lambda.Function;
  readonly role: iam.IRole;
}

/** The key of the environment variables of each function that has one: who reads them needs it too. */
const environmentKeys = new WeakMap<lambda.IFunction, kms.IKey>();

export function environmentKeyOf(fn: lambda.IFunction): kms.IKey | undefined {
  return environmentKeys.get(fn);
}

/** By stack and folder in `assets/`. */
const codes = new WeakMap<Stack, Map<string, lambda.Code>>();

/** One statement for all streams and processors with the same permissions, before anything is defined in a construct. */
export function mergeStatementsIn(owner: Construct): void {
  owner.node.setContext(IAM_MINIMIZE_POLICIES, true);
}

/** Defines a function of this package, with a role that may write the log of the function and nothing else yet. */
export function definePackagedFunction(owner: Construct, props: PackagedFunctionProps): PackagedFunction {
  const { options, encryptionKey } = props;
  checkOptions(owner, props);

  const logGroup = options.logGroup ?? defineLogGroup(owner, encryptionKey);
  const role = options.role ?? defineRole(owner);
  grantBasics(owner, role, logGroup, options);

  const environmentEncryption = options.environmentEncryption ?? encryptionKey;
  if (environmentEncryption) checkGranted(owner, role, ...grantOnKey(environmentEncryption, role, ['kms:Decrypt']));

  const fn = new lambda.Function(owner, 'Function', {
    functionName: options.functionName,
    description: props.description,
    runtime: lambda.Runtime.NODEJS_24_X,
    architecture: options.architecture ?? lambda.Architecture.ARM_64,
    handler: 'index.handler',
    code: codeOf(owner, props.asset),
    memorySize: options.memorySize ?? 512,
    timeout: props.timeout,
    environment: {
      ...props.environment,
      ...(props.customMetrics && { [Environment.CUSTOM_METRICS]: 'true' }),
      ...(options.logLevel && { [Environment.LOG_LEVEL]: options.logLevel }),
      [Environment.FORMAT_VERSION]: FORMAT_VERSION,
    },
    environmentEncryption,
    reservedConcurrentExecutions: options.reservedConcurrentExecutions,
    tracing: options.tracing,
    vpc: options.vpc,
    vpcSubnets: options.vpcSubnets,
    securityGroups: options.securityGroups,
    role,
    logGroup,
  });
  if (environmentEncryption) environmentKeys.set(fn, environmentEncryption);
  tagForTool(fn, props.functionRole, props.auditLogGroup);
  const isTraced = options.tracing !== undefined && options.tracing !== lambda.Tracing.DISABLED;
  acknowledgeRulesOfFunction(fn, props.asset, isTraced);
  if (!options.role) acknowledgeRulesOfRole(role, props.asset, isTraced || options.vpc !== undefined);
  return { function: fn, role };
}

function checkOptions(owner: Construct, { options, timeout }: PackagedFunctionProps): void {
  checkInteger(owner, 'reservedConcurrentExecutions', options.reservedConcurrentExecutions, 1, Number.MAX_SAFE_INTEGER);
  checkInteger(owner, 'memorySize', options.memorySize, 128, 10_240);
  checkDuration(owner, 'timeout', timeout, Duration.minutes(1), Duration.minutes(15));
  checkKey(owner, '`environmentEncryption`', options.environmentEncryption);
  if (options.logLevel && !LOG_LEVELS.includes(options.logLevel)) {
    fail(owner, `\`logLevel\` must be one of ${LOG_LEVELS.join(', ')}, got: ${options.logLevel}; the function logs nothing at other levels`);
  }
  const { role } = options;
  if (role && Resource.isOwnedResource(role) && Stack.of(role) !== Stack.of(owner)) {
    fail(owner, `\`role\` must be of the stack of the function, got: '${role.node.path}'; import it there by ` +
      'Role.fromRoleArn(): its policies name resources of the stack of the function, which would be a cycle of stacks');
  }
  if (!options.vpc && (options.vpcSubnets || options.securityGroups)) {
    const given = [...(options.vpcSubnets ? ['`vpcSubnets`'] : []), ...(options.securityGroups ? ['`securityGroups`'] : [])];
    fail(owner, `${given.join(' and ')} must be set with \`vpc\`, got: no \`vpc\`; pass \`vpc\` too`);
  }
}

function defineLogGroup(owner: Construct, key: kms.IKey | undefined): logs.LogGroup {
  const encryptionKey = key && allowLogsToUse(owner, key) ? key : undefined;
  return new logs.LogGroup(owner, 'LogGroup', {
    retention: logs.RetentionDays.ONE_MONTH,
    // It has ids and results of dead letters, never their data: nothing to keep longer than the stack.
    removalPolicy: RemovalPolicy.DESTROY,
    encryptionKey,
  });
}

/** CloudWatch Logs uses a key by the policy of the key alone. That of an imported key stays as it is, and so the log group has no key. */
function allowLogsToUse(owner: Construct, key: kms.IKey): boolean {
  const { partition, region, account } = key.stack;
  const { statementAdded } = key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('logs.amazonaws.com')],
      actions: LOGS_KEY_ACTIONS,
      resources: ['*'],
      // The name of a log group is not known to its key: that would be a cycle.
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` } },
    }),
  );
  if (!statementAdded) annotate(owner, LOG_GROUP_WITHOUT_KEY, undefined);
  return statementAdded;
}

function defineRole(owner: Construct): iam.Role {
  const role = new iam.Role(owner, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  // A function refers to its role, and must wait for the policies of the role too.
  Dependable.implement(role, {
    get dependencyRoots() {
      return role.node.children.filter((child) => child !== role.node.defaultChild);
    },
  });
  return role;
}

/** Instead of the managed policies for logs and for VPCs, which allow every log group of the account. */
function grantBasics(owner: Construct, role: iam.IRole, logGroup: logs.ILogGroup, { vpc }: DlqFunctionOptions): void {
  const allowed = { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] };
  // `grantWrite` of the log group would also use the policy of the group for a role that takes none.
  const grant = iam.Grant.addToPrincipal({ grantee: role, actions: allowed.actions, resourceArns: allowed.resources });
  if (!takesPolicies(role, grant)) {
    fail(
      owner,
      `\`role\` must be one that this app can extend, got: '${role.node.path}', which takes no policies; define the role in this app, ` +
        'or import it with `mutable`: the function gets its permissions by policies of the role',
    );
  }
  checkGranted(owner, role, { ...allowed, grant, on: logGroup });
  // Network interfaces of a function are made with its role. AWS allows nothing narrower for most of these actions.
  if (vpc) role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: VPC_ACTIONS, resources: ['*'] }));
}

/** The code of the functions of this package in a stack: the CDK reads a folder again for each object. */
function codeOf(owner: Construct, asset: string): lambda.Code {
  const stack = Stack.of(owner);
  const ofStack = codes.get(stack) ?? new Map<string, lambda.Code>();
  codes.set(stack, ofStack);
  const code = ofStack.get(asset) ?? lambda.Code.fromAsset(assetFolder(owner, asset));
  ofStack.set(asset, code);
  return code;
}

function assetFolder(owner: Construct, name: string): string {
  const folder = path.join(__dirname, '..', '..', 'assets', name);
  if (!existsSync(folder)) {
    fail(owner, `the function ${name} must be in the package, got: nothing at ${folder}; in a checkout run \`npx projen bundle\``);
  }
  return folder;
}
