import { Names, Resource, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { IStream } from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { ILogGroup } from 'aws-cdk-lib/aws-logs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { DependencyGroup, IConstruct } from 'constructs';
import { CAPTURE_PREFIX, OperatorActions } from '../contract';
import { acknowledgeRulesOfWriter } from './compliance';
import { Delivery, Destination, DlqParts, Overflow, Processor } from './dlq-parts';
import { statementsOnKey, WRITE_WITH_KEY } from './encryption-key';
import { isRoleOfApp } from './function-of-mapping';
import { GrantedPermission, hasEffect, Permission, statementOf, takesPolicies } from './granted';
import { hasOwnLogGroup, logStreamsArnOf } from './processor-log';

/** `grantSendMessages` of the queue allows three actions, and more of its key; sending takes these. */
export function grantSend(queue: sqs.IQueue, grantee: iam.IGrantable): GrantedPermission[] {
  return grantOnQueue(queue, grantee, { QUEUE: ['sqs:SendMessage'], KEY: WRITE_WITH_KEY });
}

/** What may be done with a queue, and with its key where it has one. */
interface QueueActions {
  readonly QUEUE: readonly string[];
  readonly KEY: readonly string[];
}

export function grantOnQueue(queue: sqs.IQueue, grantee: iam.IGrantable, { QUEUE, KEY }: QueueActions): GrantedPermission[] {
  const grant = queue.grant(grantee, ...QUEUE);
  return [{ grant, on: queue, actions: QUEUE, resources: [queue.queueArn] }, ...grantOnKey(queue.encryptionMasterKey, grantee, KEY)];
}

export function grantOnStream(
  stream: IStream, grantee: iam.IGrantable, { STREAM, KEY }: Record<'STREAM' | 'KEY', readonly string[]>,
): GrantedPermission[] {
  const grant = stream.grant(grantee, ...STREAM);
  return [{ grant, on: stream, actions: STREAM, resources: [stream.streamArn] }, ...grantOnKey(stream.encryptionKey, grantee, KEY)];
}

export function grantOnKey(key: kms.IKey | undefined, grantee: iam.IGrantable, actions: readonly string[]): GrantedPermission[] {
  return key && actions.length > 0 ? [{ grant: key.grant(grantee, ...actions), on: key, actions, resources: [key.keyArn] }] : [];
}

/** `grantPut` of the bucket allows legal holds and retention periods as well. */
export function grantOverflow({ dlq, overflow }: DlqParts, grantee: iam.IGrantable): GrantedPermission[] {
  const ofKey = grantOnKey(overflow.bucket.encryptionKey, grantee, ['kms:GenerateDataKey']);
  return [grantOnObjects(overflow.bucket, `${overflow.prefix}*`, grantee, 's3:PutObject', ofOverflow(dlq, overflow)), ...ofKey];
}

/** Lets it fetch the dead letters that messages point to. */
export function grantReadObjects({ dlq, overflow, captures }: DlqParts, grantee: iam.IGrantable): GrantedPermission[] {
  const captured = new Set(captures.flatMap(({ bucket }) => bucket ?? []));
  return [
    ...grantRead(overflow.bucket, `${overflow.prefix}*`, grantee, ofOverflow(dlq, overflow)),
    ...[...captured].flatMap((bucket) => grantRead(bucket, `${CAPTURE_PREFIX}*`, grantee, ofThisAccount(dlq))),
  ];
}

/** `grantRead` of the bucket allows listing it as well. */
export function grantRead(bucket: s3.IBucket, objects: string, grantee: iam.IGrantable, conditions: Permission['conditions']): GrantedPermission[] {
  const ofKey = grantOnKey(bucket.encryptionKey, grantee, ['kms:Decrypt']);
  return [grantOnObjects(bucket, objects, grantee, 's3:GetObject', conditions), ...ofKey];
}

function grantOnObjects(
  bucket: s3.IBucket, objects: string, grantee: iam.IGrantable, action: string, conditions: Permission['conditions'],
): GrantedPermission {
  const allowed = { actions: [action], conditions };
  const resources = [bucket.arnForObjects(objects)];
  const grant = iam.Grant.addToPrincipalOrResource({ ...allowed, grantee, resourceArns: resources, resource: bucket });
  return { ...allowed, grant, on: bucket, resources };
}

/** `grantInvoke` of the function allows all of its versions and aliases; a mapping names one. */
export function grantOnFunction(fn: lambda.IFunction, grantee: iam.IGrantable, actions: readonly string[]): GrantedPermission {
  return grantOnFunctionArn(fn, fn.functionArn, grantee, actions);
}

export function grantInvoke({ function: fn, invokedArn }: Processor, grantee: iam.IGrantable): GrantedPermission {
  return grantOnFunctionArn(fn, invokedArn, grantee, OperatorActions.REDRIVE.PROCESSOR);
}

/** What the processor logged, and where it logs that if it is not Lambda's default. */
export function grantReadLog({ function: fn, invokedArn }: Processor, grantee: iam.IGrantable): GrantedPermission[] {
  const { LOG_GROUP: actions, PROCESSOR } = OperatorActions.LOGS;
  const resources = [logStreamsArnOf(fn)];
  const grant = iam.Grant.addToPrincipal({ grantee: granteeFor(fn, grantee), actions: [...actions], resourceArns: resources });
  return [{ grant, on: fn, actions, resources }, ...(hasOwnLogGroup(fn) ? [grantOnFunctionArn(fn, invokedArn, grantee, PROCESSOR)] : [])];
}

function grantOnFunctionArn(fn: lambda.IFunction, functionArn: string, grantee: iam.IGrantable, actions: readonly string[]): GrantedPermission {
  const resources = [functionArn];
  const grant = iam.Grant.addToPrincipal({ grantee: granteeFor(fn, grantee), actions: [...actions], resourceArns: resources });
  return { grant, on: fn, actions, resources };
}

/** A function waits for the policies of its role, so what names the function must be in a policy that it does not wait for. */
function granteeFor(fn: lambda.IFunction, grantee: iam.IGrantable): iam.IGrantable {
  const { role } = fn;
  if (!role || role !== grantee.grantPrincipal || !Resource.isOwnedResource(fn)) return grantee;
  return (fn.node.tryFindChild('InvokeSelf') as iam.Policy | undefined) ?? new iam.Policy(fn, 'InvokeSelf', { roles: [role] });
}

/** `grant` of the log group also allows the group itself in newer versions of the CDK; entries go to its streams. */
export function grantOnLogGroup(logGroup: ILogGroup, grantee: iam.IGrantable, actions: readonly string[]): GrantedPermission {
  const resources = [logGroup.logGroupArn];
  const grant = iam.Grant.addToPrincipalOrResource({ grantee, actions: [...actions], resourceArns: resources, resource: logGroup });
  return { grant, on: logGroup, actions, resources };
}

/** When a bucket is deleted, somebody else's bucket of the same name gets no records, and its objects are not taken for records. */
export function ofThisAccount(scope: IConstruct): iam.PolicyStatementProps['conditions'] {
  return { StringEquals: { 's3:ResourceAccount': Stack.of(scope).account } };
}

/** An overflow bucket that is passed in may be of any account, unlike one that Lambda writes to, whose events stay in its own. */
function ofOverflow(dlq: IConstruct, { isOwn }: Overflow): iam.PolicyStatementProps['conditions'] {
  return isOwn ? ofThisAccount(dlq) : undefined;
}

/** All that a processor must be allowed. */
export function permissionsFor({ rights, key, keyActions }: Destination): Permission[] {
  return [...rights, ...(key ? [{ actions: keyActions, resources: [key.keyArn] }] : [])];
}

/**
 * Lets a processor send failure records to a destination, by a separate policy: when a later deployment changes the destination,
 * CloudFormation deletes the old policy only after it has updated the mapping.
 */
export function grantDelivery(processor: lambda.IFunction, role: iam.IRole, destination: Destination): Delivery {
  const { resource, verb, rights, key, keyActions } = destination;
  if (isRoleOfApp(role)) {
    const statements = () => [...rights.map(statementOf), ...(key ? statementsOnKey(key, role, keyActions) : [])];
    const policyOf = (id: string) => (role.node.tryFindChild(id) as iam.Policy | undefined) ?? new iam.Policy(role, id, { statements: statements() });
    const policy = policyOf(`${verb}${Names.nodeUniqueId(resource.node)}`);
    // By the role, which knows whether it takes any: under `Role.customizeRoles()` it reports what it should be allowed instead.
    role.attachInlinePolicy(policy);
    if (verb === 'WriteTo') acknowledgeRulesOfWriter(policy);
    return { permission: policy, missing: [] };
  }
  // This app may be unable to extend the policies of an imported role: then the policy of the destination allows it.
  const inPolicy = ({ actions, resources, conditions }: Permission) => ({ actions: [...actions], resourceArns: [...resources], conditions });
  const ofPolicies = takesPolicies(processor, iam.Grant.addToPrincipal({ ...inPolicy(rights[0]), grantee: processor }));
  const onDestination = rights.map((allowed): GrantedPermission => {
    const grant = iam.Grant.addToPrincipalOrResource({ ...inPolicy(allowed), grantee: processor, resource });
    return { ...allowed, grant, on: resource };
  });
  const granted = [...onDestination, ...grantOnKey(key, processor, keyActions)];
  const missing = granted.filter((it) => !hasEffect(it, processor, ofPolicies));
  return { permission: new DependencyGroup(...granted.map(({ grant }) => grant)), missing };
}
