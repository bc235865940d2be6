import { Duration, RemovalPolicy, Stack, Tokenization } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { IdempotencyAttribute, ProcessorEnvironment } from '../contract';
import { IdempotencyTableOptions } from '../idempotency-options';
import { checkSameEnvironment, fail } from './checks';
import { acknowledgeRulesOfIdempotencyTable } from './compliance';
import { StorageSettings } from './dlq-parts';
import { checkKey } from './encryption-key';
import { GrantedPermission, hasEffect, statementJson, takesPolicies } from './granted';
import { grantOnKey } from './grants';
import { checkIdempotency, IDEMPOTENCY_NOT_GRANTED, IDEMPOTENCY_NOT_SET } from './idempotency-rules';
import { Internals } from './internals';
import { ownResource, renderedProperties, unqualified } from './resource-properties';
import { annotate } from './rules';
import { environmentOf } from './table-stream';

/** What an `Idempotency` stands for. */
export interface IdempotencyKind {
  readonly expiry: Duration;
  /** The table that is passed in, if it is. */
  readonly existingTable?: dynamodb.ITable;
  /** @param defaults what queues and buckets of the same processor have in common */
  tableFor(fn: lambda.IFunction, defaults: StorageSettings): dynamodb.ITable;
}

/** By `Idempotency`. */
export const idempotencyKinds = new Internals<IdempotencyKind>('an Idempotency');

/** What Powertools does with the table: it writes an item on a condition, reads what is there, and completes or removes its own. */
const TABLE_ACTIONS = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'];

/** What DynamoDB does with the key of a table on behalf of a caller that reads and writes items: as the CDK grants it, without wildcards. */
const KEY_ACTIONS = [
  'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

export interface IdempotencyProps {
  /** What `idempotency` was set to. */
  readonly idempotency: object;
  readonly processor: lambda.IFunction;
  readonly defaults: StorageSettings;
  /** The longest from the first time that a record is processed to the last time that it can be redriven, once that is final. */
  readonly longestLife: () => Duration;
}

interface Attached {
  readonly idempotency: object;
  readonly table: dynamodb.ITable;
}

/** By function: it has one name of a table in its environment. */
const attached = new WeakMap<lambda.IFunction, Attached>();

/** Gives a processor a table to remember what it has processed, and checks at synth that it remembers for long enough. */
export function attachIdempotency(owner: Construct, { idempotency, processor, defaults, longestLife }: IdempotencyProps): dynamodb.ITable {
  const kind = idempotencyKinds.of(idempotency);
  const fn = unqualified(processor);
  const present = attached.get(fn);
  if (present && present.idempotency !== idempotency) {
    fail(
      owner,
      `\`idempotency\` must be the same object for all processors of a function, got: another for '${fn.node.path}'; create it once, and ` +
        'pass it to each: a function has one table',
    );
  }
  const table = present?.table ?? attach(owner, fn, kind, defaults);
  attached.set(fn, { idempotency, table });
  checkIdempotency(owner, { expiry: kind.expiry, longestLife, existingTable: kind.existingTable });
  return table;
}

function attach(owner: Construct, fn: lambda.IFunction, { expiry, tableFor }: IdempotencyKind, defaults: StorageSettings): dynamodb.ITable {
  const table = tableFor(fn, defaults);
  checkSameEnvironment(owner, 'idempotency', { env: environmentOf(table) }, {
    of: 'the processor',
    what: 'function',
    stack: Stack.of(fn),
    fix: 'pass a table that is there: Powertools looks for the name of the table in the account and Region of the function',
  });
  grantUse(owner, fn, table);
  setEnvironment(owner, fn, {
    [ProcessorEnvironment.IDEMPOTENCY_TABLE_NAME]: table.tableName,
    [ProcessorEnvironment.IDEMPOTENCY_EXPIRY_SECONDS]: secondsOf(expiry),
  });
  return table;
}

/** In the stack of the function, which refers to the table: the stack of the processor may depend on that one. */
export function defineIdempotencyTable(fn: lambda.IFunction, options: IdempotencyTableOptions, defaults: StorageSettings): dynamodb.ITable {
  const { encryptionKey = defaults.encryptionKey, removalPolicy = defaults.removalPolicy } = options;
  checkKey(fn, '`encryptionKey` of the idempotency table', encryptionKey);
  // `TableV2` takes no key in a stack without a Region.
  const table = new dynamodb.Table(fn, 'IdempotencyTable', {
    partitionKey: { name: IdempotencyAttribute.KEY, type: dynamodb.AttributeType.STRING },
    timeToLiveAttribute: IdempotencyAttribute.EXPIRY,
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    encryptionKey,
    pointInTimeRecoverySpecification: options.pointInTimeRecovery ? { pointInTimeRecoveryEnabled: true } : undefined,
    removalPolicy: removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
  });
  if (!options.pointInTimeRecovery) acknowledgeRulesOfIdempotencyTable(table);
  return table;
}

/** `grant` of the table also allows its indexes and replicas. */
function grantUse(owner: Construct, fn: lambda.IFunction, table: dynamodb.ITable): void {
  const resources = [table.tableArn];
  const grant = iam.Grant.addToPrincipal({ grantee: fn, actions: TABLE_ACTIONS, resourceArns: resources });
  const ofTable: GrantedPermission = { grant, on: table, actions: TABLE_ACTIONS, resources };
  const granted = [ofTable, ...grantOnKey(table.encryptionKey, fn, KEY_ACTIONS)];
  for (const missing of granted.filter((it) => !hasEffect(it, fn, takesPolicies(fn, grant)))) {
    annotate(owner, IDEMPOTENCY_NOT_GRANTED, { path: fn.node.path, statement: statementJson(owner, missing) });
  }
}

/** Only a function that is defined here has an environment to add to. */
function setEnvironment(owner: Construct, fn: lambda.IFunction, variables: Record<string, string>): void {
  const { addEnvironment } = fn as Partial<Pick<lambda.Function, 'addEnvironment'>>;
  if (addEnvironment) {
    refuseOtherValues(owner, fn, variables);
    for (const [name, value] of Object.entries(variables)) addEnvironment.call(fn, name, value);
    return;
  }
  annotate(owner, IDEMPOTENCY_NOT_SET, { path: fn.node.path, variables: JSON.stringify(Stack.of(owner).resolve(variables)) });
}

/** The CDK replaces the value of a variable without a word. */
function refuseOtherValues(owner: Construct, fn: lambda.IFunction, variables: Record<string, string>): void {
  const resource = ownResource<lambda.CfnFunction>(fn, 'AWS::Lambda::Function');
  const rendered = (resource ? renderedProperties(resource) : {}) as { Environment?: { Variables?: Record<string, unknown> } };
  for (const [name, value] of Object.entries(variables)) {
    const [present, expected] = [rendered.Environment?.Variables?.[name], Stack.of(fn).resolve(value)].map((it) => JSON.stringify(it));
    if (present === undefined || present === expected) continue;
    fail(owner, `\`${name}\` must not be in the environment of the processor with \`idempotency\`, got: ${present} for '${fn.node.path}'; remove it ` +
      'there: `idempotency` sets it');
  }
}

/** A token is a number that stands for text. */
function secondsOf(expiry: Duration): string {
  return expiry.isUnresolved() ? Tokenization.stringifyNumber(expiry.toSeconds()) : String(expiry.toSeconds());
}
