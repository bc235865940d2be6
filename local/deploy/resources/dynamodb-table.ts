import { unsupported } from '../property-types';
import { resourceType } from '../resource-type';
import { createTable, indexProperties, replicaProperties, tableProperties } from '../table-creation';

export const table = resourceType({
  type: 'AWS::DynamoDB::Table',
  properties: {
    ...tableProperties,
    ...replicaProperties,
    GlobalSecondaryIndexes: [{
      ...indexProperties,
      ContributorInsightsSpecification: 'unused',
      OnDemandThroughput: 'unused',
      ProvisionedThroughput: 'unused',
      WarmThroughput: 'unused',
    }],
    OnDemandThroughput: 'unused',
    ProvisionedThroughput: { ReadCapacityUnits: 'number', WriteCapacityUnits: 'number' },
    SSESpecification: { SSEEnabled: 'boolean', SSEType: 'string', KMSMasterKeyId: 'string' },
    StreamSpecification: { StreamViewType: 'string', ResourcePolicy: { PolicyDocument: 'policy' } },
    ImportSourceSpecification: unsupported('a table starts empty here'),
  },
  required: ['KeySchema', 'AttributeDefinitions'],
  async create(properties, context) {
    if (properties.BillingMode !== 'PAY_PER_REQUEST' && properties.ProvisionedThroughput === undefined) {
      throw new Error('property ProvisionedThroughput is required unless BillingMode is PAY_PER_REQUEST');
    }
    const { SSESpecification: encryption, StreamSpecification: stream } = properties;
    return createTable({
      properties,
      replica: properties,
      streamViewType: stream?.StreamViewType,
      streamPolicy: stream?.ResourcePolicy?.PolicyDocument,
      keyId: encryption?.SSEEnabled ? encryption.KMSMasterKeyId ?? 'alias/aws/dynamodb' : undefined,
    }, context);
  },
});
