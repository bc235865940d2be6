import {
  type AttributeDefinition, CreateTableCommand, DeleteTableCommand, type KeySchemaElement, type Projection, type StreamViewType,
  UpdateTimeToLiveCommand, waitUntilTableExists, waitUntilTableNotExists,
} from '@aws-sdk/client-dynamodb';
import type { PolicyDocument } from '../account';
import { expectArn, keyArn } from './arns';
import { unsupported } from './property-types';
import type { CreatedResource, ResourceContext } from './resource-type';

const index = {
  IndexName: 'string',
  KeySchema: [{ AttributeName: 'string', KeyType: 'string' }],
  Projection: { ProjectionType: 'string', NonKeyAttributes: ['string'] },
} as const;

/** Properties that tables of both generations have. Throughput is not emulated. */
export const tableProperties = {
  TableName: 'string',
  AttributeDefinitions: [{ AttributeName: 'string', AttributeType: 'string' }],
  KeySchema: [{ AttributeName: 'string', KeyType: 'string' }],
  BillingMode: 'string',
  LocalSecondaryIndexes: [index],
  TimeToLiveSpecification: { AttributeName: 'string', Enabled: 'boolean' },
  WarmThroughput: 'unused',
} as const;

/** Properties of an index of a table of one generation, beside those of any. */
export const indexProperties = index;

/** What is set per replica on a global table, and on the table itself on others. */
export const replicaProperties = {
  ContributorInsightsSpecification: 'unused',
  PointInTimeRecoverySpecification: 'unused',
  TableClass: 'unused',
  Tags: 'unused',
  DeletionProtectionEnabled: 'boolean',
  ResourcePolicy: { PolicyDocument: 'policy' },
  KinesisStreamSpecification: unsupported('only DynamoDB\'s own stream is emulated'),
} as const;

interface Index {
  readonly IndexName?: string;
  readonly KeySchema?: readonly object[];
  readonly Projection?: object;
}

interface Replica {
  readonly DeletionProtectionEnabled?: boolean;
  readonly ResourcePolicy?: { readonly PolicyDocument?: PolicyDocument };
}

export interface TableDefinition {
  readonly properties: {
    readonly TableName?: string;
    readonly AttributeDefinitions?: readonly object[];
    readonly KeySchema?: readonly object[];
    readonly GlobalSecondaryIndexes?: readonly Index[];
    readonly LocalSecondaryIndexes?: readonly Index[];
    readonly TimeToLiveSpecification?: { readonly AttributeName?: string; readonly Enabled?: boolean };
  };
  readonly replica: Replica;
  readonly streamViewType?: string;
  readonly streamPolicy?: PolicyDocument;
  /** An id, an ARN or an alias. */
  readonly keyId?: string;
}

/** Creates a table, of whichever generation. */
export async function createTable(definition: TableDefinition, { account, clients, generatedName, uuid }: ResourceContext): Promise<CreatedResource> {
  const { properties, replica, streamViewType, keyId } = definition;
  const { TimeToLiveSpecification: timeToLive } = properties;
  const client = clients.dynamodb;
  const name = properties.TableName ?? generatedName(255);
  const arn = account.arn('dynamodb', `table/${name}`);
  const key = keyId === undefined ? undefined : keyArn(account, keyId);
  const remove = async () => {
    await client.send(new DeleteTableCommand({ TableName: name }));
    await waitUntilTableNotExists({ client, ...polling }, { TableName: name });
  };

  const { TableDescription: created } = await client.send(new CreateTableCommand({
    TableName: name,
    AttributeDefinitions: properties.AttributeDefinitions as AttributeDefinition[],
    KeySchema: properties.KeySchema as KeySchemaElement[],
    GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes?.map(declared),
    LocalSecondaryIndexes: properties.LocalSecondaryIndexes?.map(declared),
    BillingMode: 'PAY_PER_REQUEST',
    DeletionProtectionEnabled: replica.DeletionProtectionEnabled,
    ...(streamViewType !== undefined && { StreamSpecification: { StreamEnabled: true, StreamViewType: streamViewType as StreamViewType } }),
  }));
  try {
    expectArn(arn, created!.TableArn);
    await waitUntilTableExists({ client, ...polling }, { TableName: name });
    if (timeToLive?.Enabled) {
      await client.send(new UpdateTimeToLiveCommand({
        TableName: name, TimeToLiveSpecification: { AttributeName: timeToLive.AttributeName, Enabled: true },
      }));
    }
  } catch (error) {
    await remove();
    throw error;
  }

  const streamArn = created!.LatestStreamArn;
  const policies: [string | undefined, PolicyDocument | undefined][] = [
    [arn, replica.ResourcePolicy?.PolicyDocument], [streamArn, definition.streamPolicy],
  ];
  for (const [of, policy] of policies) if (of !== undefined && policy) account.resourcePolicies.set(of, policy);
  if (key !== undefined) account.encryption.set(arn, key);
  return {
    physicalId: name,
    attributes: { Arn: arn, TableId: uuid(), ...(streamArn !== undefined && { StreamArn: streamArn }) },
    async delete() {
      await remove();
      account.encryption.delete(arn);
      for (const [of] of policies) if (of !== undefined) account.resourcePolicies.delete(of);
    },
  };
}

const polling = { maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.5 };

/** An index without its throughput. */
function declared({ IndexName, KeySchema, Projection: projection }: Index) {
  return { IndexName, KeySchema: KeySchema as KeySchemaElement[], Projection: projection as Projection };
}
