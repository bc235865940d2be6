import { Duration } from 'aws-cdk-lib';
import { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import { IdempotencyAttribute } from '../contract';
import { StatementFacts } from './access-rules';
import { ownResource, renderedProperties } from './resource-properties';
import { checkAtSynth, Rule, SynthMessage } from './rules';

/** What synth knows of the idempotency of a processor. */
export interface IdempotencyFacts {
  /** Undefined if it is a token. */
  readonly expiry?: Duration;
  readonly longestLife: Duration;
  /** Nothing for a table that this package defines, and for an imported one. */
  readonly existingTable?: ExistingTableFacts;
}

interface ExistingTableFacts {
  readonly path: string;
  /** Names of the key attributes with their types, such as `id (S)`. */
  readonly keys: string;
  /** Undefined if the table has none. */
  readonly timeToLive?: string;
}

const KEYS = `${IdempotencyAttribute.KEY} (S)`;

export const IDEMPOTENCY_RULES: readonly Rule<IdempotencyFacts>[] = [
  {
    id: 'idempotencyExpiryTooShort',
    level: 'warning',
    condition: ({ expiry, longestLife }) => expiry !== undefined && expiry.toMilliseconds() < longestLife.toMilliseconds(),
    message: ({ expiry, longestLife }) =>
      `\`expiry\` of \`idempotency\` should be at least as long as dead letters can be redriven, got: ${expiry!.toHumanString()} for ` +
      `${longestLife.toHumanString()}; raise \`expiry\`, or acknowledge this warning: a later redrive processes records again that were processed`,
  },
  {
    id: 'idempotencyTableKeys',
    level: 'warning',
    condition: ({ existingTable }) => existingTable !== undefined && existingTable.keys !== KEYS,
    message: ({ existingTable }) =>
      `the idempotency table should have the key ${KEYS} alone, got: ${existingTable!.keys} for '${existingTable!.path}'; change the table, or ` +
      'name its attributes to Powertools in the code, and acknowledge this warning',
  },
  {
    id: 'idempotencyTableTimeToLive',
    level: 'warning',
    condition: ({ existingTable }) => existingTable !== undefined && existingTable.timeToLive !== IdempotencyAttribute.EXPIRY,
    message: ({ existingTable }) =>
      `the idempotency table should have the time to live \`${IdempotencyAttribute.EXPIRY}\`, got: ${existingTable!.timeToLive ?? 'none'} for ` +
      `'${existingTable!.path}'; set \`timeToLiveAttribute\`, or name its attribute to Powertools in the code, and acknowledge this warning: ` +
      'otherwise the items remain forever',
  },
];

export const IDEMPOTENCY_NOT_GRANTED: SynthMessage<StatementFacts> = {
  id: 'idempotencyNotGranted',
  level: 'warning',
  message: ({ path, statement }) =>
    `the role of processor '${path}' must be allowed to use the idempotency table, got: a role that this app cannot extend; allow this ` +
    `yourself, and acknowledge this warning: ${statement}`,
};

export const IDEMPOTENCY_NOT_SET: SynthMessage<{ readonly path: string; readonly variables: string }> = {
  id: 'idempotencyNotSet',
  level: 'warning',
  message: ({ path, variables }) =>
    `the processor should be a function of this app with \`idempotency\`, got: an imported function, '${path}'; set its environment ` +
    `variables where it is defined, and acknowledge this warning: ${variables}`,
};

interface Checked {
  readonly expiry: Duration;
  readonly longestLife: () => Duration;
  readonly existingTable?: ITable;
}

export function checkIdempotency(owner: Construct, { expiry, longestLife, existingTable }: Checked): void {
  checkAtSynth(owner, IDEMPOTENCY_RULES, () => [
    {
      expiry: expiry.isUnresolved() ? undefined : expiry,
      longestLife: longestLife(),
      existingTable: existingTable && factsOf(existingTable),
    },
  ]);
}

interface RenderedTable {
  readonly KeySchema?: { readonly AttributeName: string }[];
  readonly AttributeDefinitions?: { readonly AttributeName: string; readonly AttributeType: string }[];
  readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled?: boolean };
}

function factsOf(table: ITable): ExistingTableFacts | undefined {
  const resource = ownResource(table, 'AWS::DynamoDB::Table') ?? ownResource(table, 'AWS::DynamoDB::GlobalTable');
  if (!resource) return undefined;
  const rendered = renderedProperties(resource) as RenderedTable;
  const { KeySchema: keys = [], AttributeDefinitions: attributes = [], TimeToLiveSpecification: timeToLive } = rendered;
  const typeOf = (name: string) => attributes.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  return {
    path: table.node.path,
    keys: keys.map(({ AttributeName: name }) => `${name} (${typeOf(name)})`).join(' and '),
    timeToLive: timeToLive?.Enabled === false ? undefined : timeToLive?.AttributeName,
  };
}
