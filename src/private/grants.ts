import { Names, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { IConstruct, IDependable } from 'constructs';
import { CAPTURE_PREFIX, OVERFLOW_FOLDER } from '../contract';
import { DlqParts } from './capture';

/** What writing to an encrypted queue or topic takes of its key. */
export const WRITE_WITH_KEY = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** `grantSendMessages` of the queue allows three actions, and more of its key; sending takes these. */
export function grantSend(queue: sqs.IQueue, grantee: iam.IGrantable): void {
  queue.grant(grantee, 'sqs:SendMessage');
  queue.encryptionMasterKey?.grant(grantee, ...WRITE_WITH_KEY);
}

/** What may be done with a queue, and with its key where it has one. */
interface QueueActions {
  readonly QUEUE: readonly string[];
  readonly KEY: readonly string[];
}

export function grantOnQueue(queue: sqs.IQueue, grantee: iam.IGrantable, { QUEUE, KEY }: QueueActions): iam.Grant {
  const ofKey = queue.encryptionMasterKey?.grant(grantee, ...KEY);
  return combined(queue.grant(grantee, ...QUEUE), ...(ofKey ? [ofKey] : []));
}

/** `grantInvoke` of the function allows all of its versions and aliases; a mapping names one. */
export function grantOnFunction(fn: lambda.IFunction, grantee: iam.IGrantable, actions: readonly string[]): iam.Grant {
  return iam.Grant.addToPrincipal({ grantee, actions: [...actions], resourceArns: [fn.functionArn] });
}

/** `grantPut` of the bucket allows legal holds and retention periods as well. */
export function grantOverflow(parts: DlqParts, grantee: iam.IGrantable): iam.Grant {
  const { overflowBucket } = parts;
  const ofKey = overflowBucket.encryptionKey?.grant(grantee, 'kms:GenerateDataKey');
  const put = iam.Grant.addToPrincipalOrResource({
    grantee,
    actions: ['s3:PutObject'],
    resourceArns: [overflowBucket.arnForObjects(`${OVERFLOW_FOLDER}/*`)],
    resource: overflowBucket,
    conditions: ofLetters(parts),
  });
  return combined(put, ...(ofKey ? [ofKey] : []));
}

/** Lets it fetch the dead letters that messages point to. */
export function grantReadOfLetters(parts: DlqParts, captureBucket: s3.IBucket | undefined, grantee: iam.IGrantable): iam.Grant {
  const { dlq, overflowBucket, ownsOverflowBucket } = parts;
  const letters = grantRead(overflowBucket, `${OVERFLOW_FOLDER}/*`, grantee, ofLetters(parts));
  // Dead letters of a capture that is gone still point to what Lambda wrote to the bucket that is defined here.
  const captured = new Set([captureBucket, ownsOverflowBucket ? overflowBucket : undefined].filter((it) => it !== undefined));
  return combined(letters, ...[...captured].map((bucket) => grantRead(bucket, `${CAPTURE_PREFIX}*`, grantee, ofThisAccount(dlq))));
}

/** `grantRead` of the bucket allows listing it as well. */
function grantRead(bucket: s3.IBucket, objects: string, grantee: iam.IGrantable, conditions: iam.PolicyStatementProps['conditions']): iam.Grant {
  const ofKey = bucket.encryptionKey?.grant(grantee, 'kms:Decrypt');
  const read = iam.Grant.addToPrincipalOrResource({
    grantee,
    actions: ['s3:GetObject'],
    resourceArns: [bucket.arnForObjects(objects)],
    resource: bucket,
    conditions,
  });
  return combined(read, ...(ofKey ? [ofKey] : []));
}

export function combined(first: iam.Grant, ...others: iam.Grant[]): iam.Grant {
  return others.reduce((all, grant) => all.combine(grant), first);
}

/** A service itself writes to the undeliverable queue when it cannot reach the function that it delivers to. */
export function allowServiceToUseKey(queue: sqs.IQueue, service: string, conditions?: iam.PolicyStatementProps['conditions']): void {
  queue.encryptionMasterKey?.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(service)],
      actions: WRITE_WITH_KEY,
      // In a key policy this is the key itself.
      resources: ['*'],
      conditions,
    }),
  );
}

/** Should a bucket ever be deleted, nobody else's of the same name gets the records, or has its objects taken for them. */
export function ofThisAccount(scope: IConstruct): iam.PolicyStatementProps['conditions'] {
  return { StringEquals: { 's3:ResourceAccount': Stack.of(scope).account } };
}

/** An overflow bucket that is given may be of any account, unlike one that Lambda writes to, whose events stay in its own. */
function ofLetters({ dlq, ownsOverflowBucket }: DlqParts): iam.PolicyStatementProps['conditions'] {
  return ownsOverflowBucket ? ofThisAccount(dlq) : undefined;
}

/** Where a mapping sends failure records, and what that takes. */
export interface Destination {
  readonly resource: IConstruct & iam.IResourceWithPolicy;
  readonly noun: 'topic' | 'bucket';
  /** What the id of the policy begins with. */
  readonly verb: 'PublishTo' | 'WriteTo';
  /** Each with what it is on, in words. */
  readonly rights: readonly { readonly action: string; readonly resourceArn: string; readonly on: string }[];
  readonly conditions?: iam.PolicyStatementProps['conditions'];
  readonly key?: kms.IKey;
  readonly keyActions: string[];
}

/** What a processor has to be allowed, in words. */
export function needsOf({ noun, rights, key, keyActions }: Destination): string[] {
  return [...rights.map(({ action, on }) => `${action} on ${on}`), ...(key ? [`${keyActions.join(' and ')} on the key of the ${noun}`] : [])];
}

/**
 * Lets a processor send failure records to a destination, by a policy of its own for it: should another destination take this
 * one's place in a later deployment, the old permission is there until the mapping has moved on.
 *
 * Returns what the mapping has to wait for: nothing where neither the role nor the destination could be told.
 */
export function grantDelivery(processor: lambda.IFunction, role: iam.IRole, destination: Destination): IDependable {
  const { resource, verb, rights, conditions, key, keyActions } = destination;
  if (iam.Role.isRole(role)) {
    const statements = [
      ...rights.map(({ action, resourceArn }) => new iam.PolicyStatement({ actions: [action], resources: [resourceArn], conditions })),
      ...(key ? [new iam.PolicyStatement({ actions: keyActions, resources: [key.keyArn] })] : []),
    ];
    const policyOf = (id: string) => (role.node.tryFindChild(id) as iam.Policy | undefined) ?? new iam.Policy(role, id, { statements });
    const policy = policyOf(`${verb}${Names.nodeUniqueId(resource.node)}`);
    // By the role, which knows whether it takes any: under `Role.customizeRoles()` it reports what it should be allowed instead.
    role.attachInlinePolicy(policy);
    return policy;
  }
  // One that is imported, or takes no policy updates, may be out of reach: then it is the destination that lets it in.
  const grants = rights.map(({ action, resourceArn }) =>
    iam.Grant.addToPrincipalOrResource({ grantee: processor, actions: [action], resourceArns: [resourceArn], resource, conditions }),
  );
  key?.grant(processor, ...keyActions);
  return combined(grants[0], ...grants.slice(1));
}
