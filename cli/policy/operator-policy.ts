import { CAPTURE_PREFIX, OperatorActions, OVERFLOW_FOLDER } from '../../src/contract';

/** What an operator works with, as ARNs. */
export interface OperatorResources {
  readonly queues: readonly string[];
  readonly overflowBuckets: readonly string[];
  readonly captureBuckets: readonly string[];
  /** Those of the overflow buckets that are known to be of another account than the queue. */
  readonly foreignBuckets: readonly string[];
  /** Of the queue. */
  readonly accountId: string;
  /** Key ARNs, or aliases, of all queues and buckets. */
  readonly keys: readonly string[];
  /** Those among them that something is written with: of the queues and the overflow buckets. */
  readonly writeKeys: readonly string[];
  readonly functions: readonly string[];
  /** As their mappings name them, and so their dead letters: with a qualifier or without. */
  readonly processors: readonly string[];
  /** Those of the functions that `rehydrate` invokes. */
  readonly writers: readonly string[];
  readonly auditLogGroup?: string;
  readonly stream?: { readonly arn: string; readonly keys: readonly string[] };
  readonly mappings?: readonly string[];
}

export interface Statement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: object;
}

export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

const { READ, REDRIVE, TO_STREAM, REMOTE } = OperatorActions;

/** The identity policy of an operator. Every statement names what it is about; actions have no wildcards. */
export function operatorPolicy(resources: OperatorResources, { redrive }: { readonly redrive: boolean }): PolicyDocument {
  const { queues, keys, writeKeys, functions, processors, writers, auditLogGroup, stream, mappings, overflowBuckets, captureBuckets } = resources;
  const { accountId, foreignBuckets } = resources;
  const lettersIn = (buckets: readonly string[]): string[] => buckets.map((bucket) => `${bucket}/${OVERFLOW_FOLDER}/*`);
  const ownBuckets = overflowBuckets.filter((bucket) => !foreignBuckets.includes(bucket));
  // Should a bucket ever be deleted, the policy is not for that of somebody else with its name.
  const own = { StringEquals: { 's3:ResourceAccount': accountId } };
  // Dead letters of a capture that is gone still point to what Lambda wrote to the bucket of the stack.
  const captured = [...ownBuckets, ...captureBuckets].map((bucket) => `${bucket}/${CAPTURE_PREFIX}*`);
  const statements = [
    allow('ReadQueues', READ.QUEUE, queues),
    allow('ReadObjects', READ.OBJECT, [...lettersIn(ownBuckets), ...captured], own),
    allow('ReadObjectsOfOtherAccount', READ.OBJECT, lettersIn(foreignBuckets)),
    ...allowKeys('ReadKeys', READ.KEY, keys),
    allow('ReadFunctions', READ.FUNCTION, functions),
    allow('FindFunctions', READ.ACCOUNT, ['*']),
    ...(redrive ? [
      allow('ChangeQueues', REDRIVE.QUEUE, queues),
      allow('WriteSmallerDeadLetters', REDRIVE.OBJECT, lettersIn(ownBuckets), own),
      allow('WriteSmallerDeadLettersToOtherAccount', REDRIVE.OBJECT, lettersIn(foreignBuckets)),
      ...allowKeys('WriteWithKeys', REDRIVE.KEY, writeKeys),
      allow('Invoke', REDRIVE.FUNCTION, [...processors, ...writers]),
      allow('WriteAuditLog', REDRIVE.AUDIT_LOG_GROUP, auditLogGroup ? [`${auditLogGroup}:*`] : []),
      ...(stream ? [
        allow('PutToStream', TO_STREAM.STREAM, [stream.arn]),
        ...allowKeys('PutWithKeyOfStream', TO_STREAM.KEY, stream.keys),
      ] : []),
      ...(mappings ? [
        allow('SwitchRedriveFunction', REMOTE.MAPPING, mappings),
        allow('FindRedriveFunction', REMOTE.ACCOUNT, ['*']),
      ] : []),
    ] : []),
  ];
  return { Version: '2012-10-17', Statement: statements.filter(({ Resource }) => Resource.length > 0) };
}

function allow(sid: string, actions: readonly string[], resources: readonly string[], condition?: object): Statement {
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: [...new Set(resources)], ...(condition && { Condition: condition }) };
}

/** Keys by their ARN; an alias is no resource of a policy, so the keys that have it are named by a condition. */
function allowKeys(sid: string, actions: readonly string[], keys: readonly string[]): Statement[] {
  const isAlias = (arn: string): boolean => arn.includes(':alias/');
  const statements = [allow(sid, actions, keys.filter((arn) => !isAlias(arn)))];
  const aliases = keys.filter(isAlias);
  if (aliases.length > 0) {
    const names = [...new Set(aliases.map((arn) => arn.slice(arn.indexOf('alias/'))))];
    statements.push({
      ...allow(`${sid}ByAlias`, actions, aliases.map((arn) => arn.replace(/:alias\/.*$/, ':key/*'))),
      Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': names } },
    });
  }
  return statements;
}
