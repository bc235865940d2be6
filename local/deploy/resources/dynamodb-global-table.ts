import { resourceType } from '../resource-type';
import { createTable, indexProperties, replicaProperties, tableProperties } from '../table-creation';

/** Also what a table of one region is, for the CDK's `TableV2`. Replicas of other regions are left out: there is one region. */
export const globalTable = resourceType({
  type: 'AWS::DynamoDB::GlobalTable',
  properties: {
    ...tableProperties,
    GlobalSecondaryIndexes: [{
      ...indexProperties,
      WarmThroughput: 'unused',
      WriteOnDemandThroughputSettings: 'unused',
      WriteProvisionedThroughputSettings: 'unused',
    }],
    GlobalTableWitnesses: 'unused',
    MultiRegionConsistency: 'unused',
    Replicas: [{
      ...replicaProperties,
      Region: 'string',
      GlobalSecondaryIndexes: 'unused',
      ReadOnDemandThroughputSettings: 'unused',
      ReadProvisionedThroughputSettings: 'unused',
      ReplicaStreamSpecification: { ResourcePolicy: { PolicyDocument: 'policy' } },
      SSESpecification: { KMSMasterKeyId: 'string' },
    }],
    SSESpecification: { SSEEnabled: 'boolean', SSEType: 'string' },
    StreamSpecification: { StreamViewType: 'string' },
    WriteOnDemandThroughputSettings: 'unused',
    WriteProvisionedThroughputSettings: 'unused',
  },
  required: ['KeySchema', 'AttributeDefinitions', 'Replicas'],
  async create(properties, context) {
    const { region } = context.account;
    const replica = properties.Replicas.find(({ Region: of }) => of === region);
    if (!replica) {
      const got = properties.Replicas.map(({ Region: of }) => of).join(', ');
      throw new Error(`property Replicas must have one in ${region}, the region of the account, got: ${got || 'none'}`);
    }
    const { SSESpecification: encryption } = properties;
    return createTable({
      properties,
      replica,
      streamViewType: properties.StreamSpecification?.StreamViewType,
      streamPolicy: replica.ReplicaStreamSpecification?.ResourcePolicy?.PolicyDocument,
      keyId: encryption?.SSEEnabled ? replica.SSESpecification?.KMSMasterKeyId ?? 'alias/aws/dynamodb' : undefined,
    }, context);
  },
});
