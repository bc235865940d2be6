import { Aspects, CfnCondition, CfnParameter, Duration, Fn, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { DynamoStreamProcessor, FailureCapture, KinesisStreamProcessor, StreamDlq, StreamSource } from '../../src';
import { annotationsOf, annotationsOfUnbound, processorProps, testApp, testProcessor, testStack } from '../support/app';
import { partitionKey, replicaOfAnotherAccount, TABLE_ARN, TABLE_STREAM_ARN, tableV2WithStream, tableWithStream } from '../support/tables';

const CONSEQUENCE =
  'use FailureCapture.s3() as `capture`, which does not read the stream: more readers can be throttled while the hydrate function reads';

/** Something that is decided at deployment only. */
const condition = (stack: Stack) => new CfnCondition(stack, 'Condition', { expression: Fn.conditionEquals(stack.account, '123456789012') }).logicalId;

const globalTable = (dlq: string, table: string) =>
  `warning /${dlq}: the stream of a global table should have one reader, as AWS recommends, got: the hydrate function and the mapping ` +
    `of '${table}'; ${CONSEQUENCE} [ack: cdk-stream-dlq:globalTableReaders]`;

const readers = (dlq: string, mappings: number, table: string) =>
  `warning /${dlq}: the stream of a table should have at most 2 readers, which is the limit of DynamoDB, got: the hydrate function ` +
    `and ${mappings} mappings of '${table}'; ${CONSEQUENCE} [ack: cdk-stream-dlq:readersPerShard]`;

const regionalStack = (app = testApp(), id = 'Stack') => new Stack(app, id, { env: { region: 'us-east-1' } });

describe('a global table', () => {
  const TABLES: Record<string, (stack: Stack) => dynamodb.ITable> = {
    'a TableV2 with a replica': (stack) => tableV2WithStream(stack, 'Table', { replicas: [{ region: 'eu-west-1' }] }),
    'a Table with a replica': (stack) => tableWithStream(stack, 'Table', { replicationRegions: ['eu-west-1'] }),
  };

  describe.each(Object.entries(TABLES))('of the kind %s', (_, tableIn) => {
    test('is warned of where its records are read again', () => {
      const stack = regionalStack();
      new DynamoStreamProcessor(stack, 'Audit', { table: tableIn(stack), processorProps });
      expect(annotationsOf(stack)).toEqual([globalTable('Stack/Audit/Dlq', 'Stack/Table')]);
    });

    test('is warned of where a StreamDlq is on a mapping of the user', () => {
      const stack = regionalStack();
      const table = tableIn(stack);
      const onFailure = new StreamDlq(stack, 'Dlq', { source: StreamSource.dynamo(table) });
      testProcessor(stack).addEventSource(
        new DynamoEventSource(table, {
          startingPosition: lambda.StartingPosition.TRIM_HORIZON, maxRecordAge: Duration.hours(18), retryAttempts: 3, onFailure,
        }),
      );
      expect(annotationsOf(stack)).toEqual([globalTable('Stack/Dlq', 'Stack/Table')]);
    });

    test('is fine with a capture that reads nothing again', () => {
      const stack = regionalStack();
      new DynamoStreamProcessor(stack, 'Audit', { table: tableIn(stack), processorProps, capture: FailureCapture.s3() });
      expect(annotationsOf(stack)).toEqual([]);
    });
  });

  test('is warned of where it is the own table of the construct', () => {
    const stack = regionalStack();
    new DynamoStreamProcessor(stack, 'Audit', { tableProps: { partitionKey, replicas: [{ region: 'eu-west-1' }] }, processorProps });
    expect(annotationsOf(stack)).toEqual([globalTable('Stack/Audit/Dlq', 'Stack/Audit/Table')]);
  });

  test('is warned of where the replica is added last', () => {
    const stack = regionalStack();
    const table = tableV2WithStream(stack);
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    Aspects.of(stack).add({
      visit: (node) => {
        if (node === stack) table.addReplica({ region: 'eu-west-1' });
      },
    });
    expect(annotationsOf(stack)).toEqual([globalTable('Stack/Audit/Dlq', 'Stack/Table')]);
  });

  test('is warned of where it is in an earlier stack', () => {
    const app = testApp();
    const table = tableV2WithStream(regionalStack(app, 'Earlier'), 'Table', { replicas: [{ region: 'eu-west-1' }] });
    const stack = regionalStack(app);
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    expect(annotationsOf(stack)).toEqual([globalTable('Stack/Audit/Dlq', 'Earlier/Table')]);
  });

  test('is warned of once for a StreamDlq, and for each', () => {
    const stack = regionalStack();
    const table = tableV2WithStream(stack, 'Table', { replicas: [{ region: 'eu-west-1' }] });
    const source = StreamSource.dynamo(table);
    new StreamDlq(stack, 'One', { source });
    new StreamDlq(stack, 'Two', { source });
    const warnings = annotationsOfUnbound(stack);
    expect(warnings).toEqual([globalTable('Stack/One', 'Stack/Table'), globalTable('Stack/Two', 'Stack/Table')]);
  });

  test('is warned of where it is the replica of a table of another account', () => {
    const stack = regionalStack();
    const table = replicaOfAnotherAccount(stack);
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    expect(annotationsOf(stack)).toEqual([globalTable('Stack/Audit/Dlq', 'Stack/Replica')]);
  });

  test('is warned of where an escape hatch adds the replica', () => {
    const stack = regionalStack();
    const table = tableV2WithStream(stack);
    (table.node.defaultChild as dynamodb.CfnGlobalTable).addPropertyOverride('Replicas.1', { Region: 'eu-west-1' });
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    expect(annotationsOf(stack)).toEqual([globalTable('Stack/Audit/Dlq', 'Stack/Table')]);
  });

  /** What is said of a resource of the lower level, whose stream is imported. */
  const annotationsForReplicas = (replicas: (stack: Stack) => dynamodb.CfnGlobalTableProps['replicas']) => {
    const stack = regionalStack();
    const resource = new dynamodb.CfnGlobalTable(stack, 'Global', {
      keySchema: [{ attributeName: 'customerId', keyType: 'HASH' }],
      attributeDefinitions: [{ attributeName: 'customerId', attributeType: 'S' }],
      billingMode: 'PAY_PER_REQUEST',
      streamSpecification: { streamViewType: 'KEYS_ONLY' },
      replicas: replicas(stack),
    });
    const { attrArn: tableArn, attrStreamArn: tableStreamArn } = resource;
    const table = dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn, tableStreamArn });
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    return annotationsOf(stack);
  };

  test('of the lower level is warned of, too', () => {
    expect(annotationsForReplicas(() => [{ region: 'us-east-1' }, { region: 'eu-west-1' }])).toEqual([
      globalTable('Stack/Audit/Dlq', 'Stack/Global'),
    ]);
  });

  test.each<[string, (stack: Stack) => dynamodb.CfnGlobalTableProps['replicas']]>([
    ['one replica, which is the table itself', () => [{ region: 'us-east-1' }]],
    [
      'replicas that are known at deployment only',
      (stack) => Fn.conditionIf(condition(stack), [{ Region: 'us-east-1' }], [{ Region: 'us-east-1' }]) as unknown as dynamodb.CfnGlobalTableProps['replicas'],
    ],
  ])('is not, with %s', (_, replicas) => {
    expect(annotationsForReplicas(replicas)).toEqual([]);
  });

  test('is not another table of the same stack', () => {
    const stack = regionalStack();
    tableWithStream(stack, 'Global', { replicationRegions: ['eu-west-1'] });
    const { attrArn: tableArn, attrStreamArn: tableStreamArn } = new dynamodb.CfnTable(stack, 'Lower', {
      keySchema: [{ attributeName: 'customerId', keyType: 'HASH' }],
      attributeDefinitions: [{ attributeName: 'customerId', attributeType: 'S' }],
      billingMode: 'PAY_PER_REQUEST',
      streamSpecification: { streamViewType: 'KEYS_ONLY' },
    });
    const table = dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn, tableStreamArn });
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    expect(annotationsOf(stack)).toEqual([]);
  });
});

describe('two mappings of one table', () => {
  const two = (stack: Stack, options: { capture?: FailureCapture } = {}) => {
    const table = tableWithStream(stack);
    for (const id of ['One', 'Two']) new DynamoStreamProcessor(stack, id, { table, processorProps, ...options });
  };

  test('are warned of at each StreamDlq that reads records again', () => {
    const stack = testStack();
    two(stack);
    expect(annotationsOf(stack)).toEqual([readers('Stack/One/Dlq', 2, 'Stack/Table'), readers('Stack/Two/Dlq', 2, 'Stack/Table')]);
  });

  test('are fine with a capture that reads nothing again', () => {
    const stack = testStack();
    two(stack, { capture: FailureCapture.s3() });
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('are warned of once where they share a StreamDlq', () => {
    const stack = testStack();
    const table = tableV2WithStream(stack);
    const dlq = new StreamDlq(stack, 'Dlq', { source: StreamSource.dynamo(table) });
    for (const id of ['One', 'Two', 'Three']) new DynamoStreamProcessor(stack, id, { table, dlq, processorProps });
    expect(annotationsOf(stack)).toEqual([readers('Stack/Dlq', 3, 'Stack/Table')]);
  });

  test('are warned of where the other is nobody\'s, and of another stack', () => {
    const app = testApp();
    const stack = testStack({}, app);
    const table = tableWithStream(stack);
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    testProcessor(new Stack(app, 'Later')).addEventSource(
      new DynamoEventSource(table, { startingPosition: lambda.StartingPosition.LATEST }),
    );
    expect(annotationsOf(stack)).toEqual([readers('Stack/Audit/Dlq', 2, 'Stack/Table')]);
  });

  test('are counted again in the next synth, which has one more', () => {
    const app = testApp();
    const stack = testStack({}, app);
    const table = tableWithStream(stack);
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    app.synth();
    testProcessor(stack, 'Later').addEventSource(new DynamoEventSource(table, { startingPosition: lambda.StartingPosition.LATEST }));
    app.synth({ force: true });
    expect(stack.node.findChild('Audit').node.findChild('Dlq').node.metadata.map(({ data }) => data)).toContainEqual(
      expect.stringContaining('and 2 mappings of'),
    );
  });

  test('are known by the ARN of an imported stream', () => {
    const app = testApp();
    const stacks = ['One', 'Two'].map((id) => new Stack(app, id));
    for (const stack of stacks) {
      const table = dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn: TABLE_ARN, tableStreamArn: TABLE_STREAM_ARN });
      new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    }
    expect(stacks.flatMap(annotationsOf)).toEqual(['One', 'Two'].map((id) => readers(`${id}/Audit/Dlq`, 2, TABLE_STREAM_ARN)));
  });

  test('are not known where the stream is known at deployment only', () => {
    const stack = testStack();
    const tableStreamArn = new CfnParameter(stack, 'StreamArn').valueAsString;
    const table = dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn: TABLE_ARN, tableStreamArn });
    for (const id of ['One', 'Two']) new DynamoStreamProcessor(stack, id, { table, processorProps });
    expect(annotationsOf(stack)).toEqual([]);
  });

  /** What is said where one of two is enabled, or not, like this. */
  const annotationsWith = (enabledIn: (stack: Stack) => lambda.CfnEventSourceMapping['enabled']) => {
    const stack = testStack();
    const table = tableWithStream(stack);
    new DynamoStreamProcessor(stack, 'Audit', { table, processorProps });
    const other = testProcessor(stack).addEventSourceMapping('Other', {
      eventSourceArn: table.tableStreamArn, startingPosition: lambda.StartingPosition.LATEST,
    });
    (other.node.defaultChild as lambda.CfnEventSourceMapping).enabled = enabledIn(stack);
    return annotationsOf(stack);
  };

  test('are one reader where the other is disabled', () => {
    expect(annotationsWith(() => false)).toEqual([]);
  });

  test.each<[string, (stack: Stack) => lambda.CfnEventSourceMapping['enabled']]>([
    ['nowhere, which is enabled', () => undefined],
    ['at deployment only', (stack) => Fn.conditionIf(condition(stack), true, false)],
  ])('are two where that is told %s', (_, enabledIn) => {
    expect(annotationsWith(enabledIn)).toEqual([readers('Stack/Audit/Dlq', 2, 'Stack/Table')]);
  });

  test('are two of the same: others do not count', () => {
    const stack = testStack();
    for (const id of ['One', 'Two']) new DynamoStreamProcessor(stack, id, { table: tableWithStream(stack, `${id}Table`), processorProps });
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('are nothing to warn of on a Kinesis stream, which has room', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    for (const id of ['One', 'Two']) new KinesisStreamProcessor(stack, id, { stream, processorProps });
    expect(annotationsOf(stack)).toEqual([]);
  });
});
