import { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';

export const TABLE_ARN = 'arn:aws:dynamodb:us-east-1:123456789012:table/customers';
export const TABLE_STREAM_ARN = `${TABLE_ARN}/stream/2026-11-21T10:00:00.000`;

export const partitionKey: dynamodb.Attribute = { name: 'customerId', type: dynamodb.AttributeType.STRING };

const { NEW_AND_OLD_IMAGES } = dynamodb.StreamViewType;

export function tableWithStream(scope: Construct, id = 'Table', props: Partial<dynamodb.TableProps> = {}): dynamodb.Table {
  return new dynamodb.Table(scope, id, { partitionKey, stream: NEW_AND_OLD_IMAGES, ...props });
}

export function tableV2WithStream(scope: Construct, id = 'Table', props: Partial<dynamodb.TablePropsV2> = {}): dynamodb.TableV2 {
  return new dynamodb.TableV2(scope, id, { partitionKey, dynamoStream: NEW_AND_OLD_IMAGES, ...props });
}

/** A replica of a table of another account, as newer versions of the CDK render a `TableV2MultiAccountReplica`: stream and keys are the table's. */
export function replicaOfAnotherAccount(stack: Stack): dynamodb.ITable {
  const resource = new dynamodb.CfnGlobalTable(stack, 'Replica', {
    attributeDefinitions: [{ attributeName: 'customerId', attributeType: 'S' }],
    keySchema: [{ attributeName: 'customerId', keyType: 'HASH' }],
    billingMode: 'PAY_PER_REQUEST',
    replicas: [{ region: stack.region }],
  });
  resource.addPropertyOverride('GlobalTableSourceArn', 'arn:aws:dynamodb:eu-west-1:210987654321:table/customers');
  return dynamodb.TableV2.fromTableAttributes(stack, 'Table', { tableArn: resource.attrArn, tableStreamArn: resource.attrStreamArn });
}

/** A table with a stream in every way that there is one, by the name of the way. */
export const TABLES: Record<string, (scope: Construct, id?: string) => dynamodb.ITable> = {
  'a Table': (scope, id) => tableWithStream(scope, id),
  'a TableV2': (scope, id) => tableV2WithStream(scope, id),
  'an imported Table': (scope, id = 'Table') =>
    dynamodb.Table.fromTableAttributes(scope, id, { tableArn: TABLE_ARN, tableStreamArn: TABLE_STREAM_ARN }),
  'an imported TableV2': (scope, id = 'Table') =>
    dynamodb.TableV2.fromTableAttributes(scope, id, { tableArn: TABLE_ARN, tableStreamArn: TABLE_STREAM_ARN }),
};
