import { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoStreamProcessor, DynamoStreamProcessorProps, IStreamDlq, KinesisStreamProcessor, StreamDlq } from '../../src';
import { annotationsOf, countOf, processorProps, propertiesOf, resolved, resourceOf, testStack } from '../support/app';
import { managedPoliciesOf, sorted, statementsOf } from '../support/policies';
import { captureRole, topicOf } from '../support/stream-dlq';
import { partitionKey } from '../support/tables';

function define(props: Partial<DynamoStreamProcessorProps> = {}, stack = testStack()): DynamoStreamProcessor {
  return new DynamoStreamProcessor(stack, 'Audit', { tableProps: { partitionKey }, processorProps, ...props } as DynamoStreamProcessorProps);
}

/** The folder of a StreamDlq in its overflow bucket. */
const folderOf = (dlq: IStreamDlq): string => propertiesOf(dlq.captureFunction).Environment.Variables.OVERFLOW_PREFIX;

const mappingOf = (props: Partial<DynamoStreamProcessorProps> = {}) => propertiesOf(define(props).mapping);

describe('what DynamoStreamProcessor defines when nothing but a key and a processor is given', () => {
  test('one mapping from the stream of its table to its processor', () => {
    const audit = define();
    // With that of the intake queue.
    expect(countOf(audit, 'AWS::Lambda::EventSourceMapping')).toBe(2);
    expect(propertiesOf(audit.mapping)).toMatchObject({
      EventSourceArn: resolved(audit, audit.table.tableStreamArn),
      FunctionName: resolved(audit, audit.processor.functionName),
    });
  });

  test('a table of the second generation, whose stream has both images', () => {
    const audit = define();
    expect(resourceOf(audit.table).Type).toBe('AWS::DynamoDB::GlobalTable');
    expect(propertiesOf(audit.table)).toMatchObject({
      KeySchema: [{ AttributeName: 'customerId', KeyType: 'HASH' }],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
  });

  test('a table that is kept when it leaves the stack', () => {
    expect(resourceOf(define().table)).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });

  test('the failure records of the mapping go to the topic of its StreamDlq', () => {
    const audit = define();
    expect(propertiesOf(audit.mapping).DestinationConfig).toEqual({
      OnFailure: { Destination: resolved(audit, topicOf(audit.dlq).topicArn) },
    });
  });

  test('the stream of its table is the source of its StreamDlq', () => {
    const audit = define();
    expect(audit.dlq.sources.map(({ streamArn }) => streamArn)).toEqual([audit.table.tableStreamArn]);
  });

  test('nothing to warn of', () => {
    expect(annotationsOf(Stack.of(define()))).toEqual([]);
  });
});

describe('defaults of the mapping', () => {
  test('are those of KinesisStreamProcessor', () => {
    const kinesis = propertiesOf(new KinesisStreamProcessor(testStack(), 'Audit', { processorProps }).mapping);
    const connections = { EventSourceArn: expect.anything(), FunctionName: expect.anything(), DestinationConfig: expect.anything() };
    expect(mappingOf()).toEqual({ ...kinesis, ...connections });
  });

  test('a batch that fails is split', () => {
    expect(mappingOf().BisectBatchOnFunctionError).toBe(true);
  });

  test('a batch is tried three times again', () => {
    expect(mappingOf().MaximumRetryAttempts).toBe(3);
  });

  test('records are given up 6 hours before the stream loses them', () => {
    expect(mappingOf().MaximumRecordAgeInSeconds).toBe(18 * 3600);
  });

  test('a processor may report which records failed', () => {
    expect(mappingOf().FunctionResponseTypes).toEqual(['ReportBatchItemFailures']);
  });

  test('reading starts at the oldest record', () => {
    expect(mappingOf().StartingPosition).toBe('TRIM_HORIZON');
  });

  test('a batch holds up to 100 records, as with the CDK', () => {
    expect(mappingOf().BatchSize).toBe(100);
  });
});

describe('tableProps', () => {
  const tableOf = (tableProps: Partial<dynamodb.TablePropsV2>) => resourceOf(define({ tableProps: { partitionKey, ...tableProps } }).table);

  test.each(Object.values(dynamodb.StreamViewType))('may say what the stream holds: %s', (dynamoStream) => {
    expect(tableOf({ dynamoStream }).Properties.StreamSpecification).toEqual({ StreamViewType: dynamoStream });
  });

  test('with an undefined dynamoStream leave the stream on', () => {
    expect(tableOf({ dynamoStream: undefined }).Properties.StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
  });

  test('have all others of the table', () => {
    expect(tableOf({ tableName: 'customers', timeToLiveAttribute: 'expiresAt' }).Properties).toMatchObject({
      TableName: 'customers',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    });
  });
});

describe('the processor that is defined from processorProps', () => {
  test('has the properties that were given', () => {
    const audit = define({ processorProps: { ...processorProps, memorySize: 1024, runtime: lambda.Runtime.NODEJS_22_X } });
    expect(propertiesOf(audit.processor)).toMatchObject({ MemorySize: 1024, Runtime: 'nodejs22.x', Handler: 'index.handler' });
  });
});

describe('the role of the hydrate function', () => {
  test('may do what it takes, and nothing more', () => {
    const audit = define();
    const { dlq } = audit;
    const at = (action: string | string[], resource: unknown) => ({ Effect: 'Allow', Action: action, Resource: resolved(audit, resource) });
    expect(managedPoliciesOf(captureRole(dlq))).toEqual([]);
    expect(sorted(statementsOf(captureRole(dlq)))).toEqual(
      sorted([
        at(['logs:CreateLogStream', 'logs:PutLogEvents'], (dlq.captureFunction as lambda.Function).logGroup.logGroupArn),
        at(['dynamodb:GetRecords', 'dynamodb:GetShardIterator'], `${audit.table.tableArn}/stream/*`),
        at(['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'], (dlq as StreamDlq).intakeQueue!.queueArn),
        at('sqs:SendMessage', dlq.queue.queueArn),
        at('sqs:SendMessage', dlq.undeliverableQueue.queueArn),
        {
          ...at('s3:PutObject', dlq.overflowBucket.arnForObjects(`${folderOf(dlq)}*`)),
          Condition: { StringEquals: { 's3:ResourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ]),
    );
  });
});
