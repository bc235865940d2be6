import { OperatorActions } from '../../../src/contract';

/** What an operator works with, as ARNs. */
export interface OperatorResources {
  readonly queues: readonly string[];
  /** Queues of failure records that wait for the hydrate function. */
  readonly intakeQueues: readonly string[];
  /** Objects of dead letters over the limit of the queue. */
  readonly deadLetters: readonly string[];
  /** The same in buckets that are known to be of another account than the queue. */
  readonly foreignDeadLetters: readonly string[];
  /** Objects that Lambda wrote. */
  readonly failedBatches: readonly string[];
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
  /** Kinesis streams that dead letters are from. */
  readonly streams: readonly string[];
  /** Those that records are put into, with their keys. */
  readonly targetStreams?: { readonly arns: readonly string[]; readonly keys: readonly string[] };
  readonly mappings?: readonly string[];
  /** Streams of the log groups of the processors. */
  readonly logs?: readonly string[];
  /** The processors whose log group is not Lambda's default. */
  readonly logging?: readonly string[];
  /** Tables that dead letters are from. */
  readonly tables: readonly string[];
  /** Of a native dead-letter queue. */
  readonly native?: NativeResources;
}

export interface NativeResources {
  readonly deadLetterQueue: string;
  /** Queues that its messages come from, and go back to. */
  readonly sources: readonly string[];
  /** Keys of those. */
  readonly sourceKeys: readonly string[];
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

const { READ, LOGS, REDRIVE, TO_STREAM, NATIVE, REMOTE } = OperatorActions;

/** The identity policy of an operator. Every statement names what it is about; actions have no wildcards. */
export function operatorPolicy(resources: OperatorResources, { redrive }: { readonly redrive: boolean }): PolicyDocument {
  const { queues, intakeQueues, keys, writeKeys, functions, processors, writers, auditLogGroup, streams, targetStreams, mappings } = resources;
  const { tables, native, accountId, deadLetters, foreignDeadLetters, failedBatches, logs = [], logging = [] } = resources;
  // Should a bucket ever be deleted, the policy is not for that of somebody else with its name.
  const own = { StringEquals: { 's3:ResourceAccount': accountId } };
  const statements = [
    allow('ReadQueues', READ.QUEUE, queues),
    allow('CountFailureRecords', READ.INTAKE_QUEUE, intakeQueues),
    allow('ReadObjects', READ.OBJECT, [...deadLetters, ...failedBatches], own),
    allow('ReadObjectsOfOtherAccount', READ.OBJECT, foreignDeadLetters),
    // SQS moves a message as it is: encrypted with the key of the queue that it was sent to.
    ...allowKeys('ReadKeys', READ.KEY, [...keys, ...native?.sourceKeys ?? []]),
    allow('FindSourceQueues', NATIVE.READ, native ? [native.deadLetterQueue] : []),
    allow('ReadFunctions', READ.FUNCTION, functions),
    allow('ReadStreams', READ.STREAM, streams),
    allow('FindFunctionsAndMappings', READ.ACCOUNT, ['*']),
    allow('ReadProcessorLogs', LOGS.LOG_GROUP, logs),
    allow('FindProcessorLogs', LOGS.PROCESSOR, logging),
    ...(redrive ? [
      allow('ChangeQueues', REDRIVE.QUEUE, queues),
      allow('WriteSmallerDeadLetters', REDRIVE.OBJECT, deadLetters, own),
      allow('WriteSmallerDeadLettersToOtherAccount', REDRIVE.OBJECT, foreignDeadLetters),
      ...allowKeys('WriteWithKeys', REDRIVE.KEY, writeKeys),
      allow('InvokeProcessors', REDRIVE.PROCESSOR, processors),
      allow('Rehydrate', REDRIVE.FUNCTION, writers),
      allow('CheckItems', REDRIVE.TABLE, tables),
      allow('WriteAuditLog', REDRIVE.AUDIT_LOG_GROUP, auditLogGroup ? [`${auditLogGroup}:*`] : []),
      ...(targetStreams ? [
        allow('PutToStreams', TO_STREAM.STREAM, targetStreams.arns),
        ...allowKeys('PutWithKeysOfStreams', TO_STREAM.KEY, targetStreams.keys),
      ] : []),
      ...(mappings ? [allow('SwitchRedriveFunction', REMOTE.MAPPING, mappings)] : []),
      ...(native ? [
        allow('MoveMessages', NATIVE.REDRIVE, [native.deadLetterQueue]),
        allow('SendToSourceQueues', NATIVE.SOURCE_QUEUE, native.sources),
        ...allowKeys('SendWithKeysOfSourceQueues', NATIVE.SOURCE_KEY, native.sourceKeys),
      ] : []),
    ] : []),
  ];
  return { Version: '2012-10-17', Statement: statements.filter(({ Resource }) => Resource.length > 0) };
}

/** The same for messages of a file: to read why they failed and to send them, without any queue. */
export function processorPolicy({ processors, logs = [], logging = [] }: Pick<OperatorResources, 'processors' | 'logs' | 'logging'>): PolicyDocument {
  const statements = [
    allow('ReadProcessorLogs', LOGS.LOG_GROUP, logs),
    allow('FindProcessorLogs', LOGS.PROCESSOR, logging),
    allow('InvokeProcessors', REDRIVE.PROCESSOR, processors),
  ];
  return { Version: '2012-10-17', Statement: statements.filter(({ Resource }) => Resource.length > 0) };
}

export function allow(sid: string, actions: readonly string[], resources: readonly string[], condition?: object): Statement {
  return { Sid: sid, Effect: 'Allow', Action: actions, Resource: [...new Set(resources)], ...(condition && { Condition: condition }) };
}

/** Keys by their ARN; an alias is no resource of a policy, so the keys that have it are named by a condition. */
export function allowKeys(sid: string, actions: readonly string[], keys: readonly string[]): Statement[] {
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
