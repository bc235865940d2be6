import { join } from 'node:path';
import { CfnOutput, CfnResource, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { CfnInclude } from 'aws-cdk-lib/cloudformation-include';
import { StreamDlq, StreamSource } from '../../../src';
import { AdoptionOptions, AdoptionPath, Source } from './adoption-path';

/** The resources of an app that a path works with. */
interface Resources {
  readonly mapping: lambda.CfnEventSourceMapping;
  /** The stream or the table. */
  readonly source: CfnResource;
  /** The queue of the failure records: itself the destination, or subscribed to it. */
  readonly queue: CfnResource;
}

function ofResources(resourcesIn: (stack: Stack, source: Source) => Resources): AdoptionPath {
  return {
    define(stack, { source: kind, processorProps, step }) {
      const { mapping, source, queue } = resourcesIn(stack, kind);
      new CfnOutput(stack, kind === 'kinesis' ? 'StreamName' : 'TableName', { value: source.ref });
      new CfnOutput(stack, 'QueueUrl', { value: queue.ref });
      runInstead(stack, processorProps);
      if (step === 'before') return undefined;
      const dlq = new StreamDlq(stack, 'Dlq', { source: sourceOf(stack, source, mapping) });
      dlq.attachTo(mapping);
      return dlq;
    },
  };
}

function sourceOf(stack: Stack, source: CfnResource, { eventSourceArn }: lambda.CfnEventSourceMapping): StreamSource {
  if (source.cfnResourceType === kinesis.CfnStream.CFN_RESOURCE_TYPE_NAME) {
    return StreamSource.kinesis(kinesis.Stream.fromStreamArn(stack, 'Source', eventSourceArn!));
  }
  const { attrArn: tableArn, attrStreamArn: tableStreamArn } = source as dynamodb.CfnTable;
  return StreamSource.dynamo(dynamodb.Table.fromTableAttributes(stack, 'Source', { tableArn, tableStreamArn }));
}

/** The code of a template is not at hand: its functions run that of the test, before and after. */
function runInstead(stack: Stack, { code, runtime, handler, environment }: AdoptionOptions['processorProps']): void {
  const { s3Location, inlineCode } = code.bind(stack);
  for (const fn of stack.node.findAll().filter((it) => it instanceof lambda.CfnFunction)) {
    fn.code = s3Location ? { s3Bucket: s3Location.bucketName, s3Key: s3Location.objectKey } : { zipFile: inlineCode };
    fn.runtime = runtime.name;
    fn.handler = handler;
    if (environment) fn.environment = { variables: environment };
  }
}

function included(file: string, ids: Record<Source, Record<keyof Resources, string>>): AdoptionPath {
  return ofResources((stack, source) => {
    const template = new CfnInclude(stack, 'Template', { templateFile: join(__dirname, 'templates', file) });
    const resource = (role: keyof Resources) => template.getResource(ids[source][role]);
    return {
      mapping: resource('mapping') as lambda.CfnEventSourceMapping,
      source: resource('source'),
      queue: resource('queue'),
    };
  });
}

/** An app of L1s, as `cdk migrate` writes it. */
function migrated(stack: Stack, source: Source): Resources {
  const failures = new sqs.CfnQueue(stack, 'Failures', { messageRetentionPeriod: 1209600 });
  const stream = source === 'kinesis' ? new kinesis.CfnStream(stack, 'OrdersStream', { shardCount: 1 }) : undefined;
  const table = stream ? undefined : new dynamodb.CfnTable(stack, 'Customers', {
    billingMode: 'PAY_PER_REQUEST',
    attributeDefinitions: [{ attributeName: 'id', attributeType: 'S' }],
    keySchema: [{ attributeName: 'id', keyType: 'HASH' }],
    streamSpecification: { streamViewType: 'NEW_AND_OLD_IMAGES' },
  });
  const reads = ['GetRecords', 'GetShardIterator', 'DescribeStream', 'DescribeStreamSummary', 'ListShards', 'ListStreams'];
  const actions = (service: string) => reads.map((it) => `${service}:${it}`);
  const sourceArn = stream?.attrArn ?? table!.attrStreamArn;
  const role = new iam.CfnRole(stack, 'ProcessorRole', {
    assumeRolePolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }] },
    policies: [
      {
        policyName: 'processor',
        policyDocument: {
          Statement: [
            { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: failures.attrArn },
            { Effect: 'Allow', Action: actions(stream ? 'kinesis' : 'dynamodb'), Resource: sourceArn },
            { Effect: 'Allow', Action: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' },
          ],
        },
      },
    ],
  });
  const fn = new lambda.CfnFunction(stack, 'Processor', {
    runtime: 'nodejs24.x', handler: 'index.handler', role: role.attrArn, timeout: 20, code: { zipFile: 'exports.handler = async () => {};' },
  });
  const mapping = new lambda.CfnEventSourceMapping(stack, 'Mapping', {
    functionName: fn.ref,
    eventSourceArn: sourceArn,
    startingPosition: 'TRIM_HORIZON',
    batchSize: 10,
    bisectBatchOnFunctionError: true,
    maximumRetryAttempts: 0,
    destinationConfig: { onFailure: { destination: failures.attrArn } },
  });
  return { mapping, source: stream ?? table!, queue: failures };
}

/** Paths from mappings that are resources alone. */
export const RESOURCE_PATHS = {
  'L1s, as of `cdk migrate`': ofResources(migrated),
  'a CloudFormation template': included('cloudformation.yaml', {
    kinesis: { mapping: 'OrdersMapping', source: 'OrdersStream', queue: 'Failures' },
    dynamodb: { mapping: 'CustomersMapping', source: 'Customers', queue: 'Failures' },
  }),
  'a Serverless Framework template': included('serverless.json', {
    kinesis: {
      mapping: 'OrdersEventSourceMappingKinesisOrdersStream', source: 'OrdersStream', queue: 'OrdersFailures',
    },
    dynamodb: {
      mapping: 'AuditEventSourceMappingDynamodbCustomersTable', source: 'CustomersTable', queue: 'AuditFailuresQueue',
    },
  }),
} satisfies Record<string, AdoptionPath>;
