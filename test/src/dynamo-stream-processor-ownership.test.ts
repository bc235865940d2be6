import { Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoStreamProcessor, DynamoStreamProcessorProps, StreamDlq, StreamSource } from '../../src';
import { annotationsOf, countOf, processorProps, propertiesOf, referenceTo, resolved, testApp, testProcessor, testStack } from '../support/app';
import { actionsOf, allow, statementsOf, statementsOfImportedRole } from '../support/policies';
import { captureRole, topicOf } from '../support/stream-dlq';
import { partitionKey, TABLE_STREAM_ARN, TABLES, tableV2WithStream, tableWithStream } from '../support/tables';

const FUNCTION_ARN = 'arn:aws:lambda:us-east-1:123456789012:function:audit';

function define(props: (stack: Stack) => DynamoStreamProcessorProps, stack = testStack()) {
  const audit = new DynamoStreamProcessor(stack, 'Audit', props(stack));
  return { stack, audit };
}

const tableCount = (stack: Stack) => countOf(stack, 'AWS::DynamoDB::Table') + countOf(stack, 'AWS::DynamoDB::GlobalTable');

describe('the table', () => {
  describe.each(Object.entries(TABLES))('can be %s', (name, tableIn) => {
    const withTable = () => define((stack) => ({ table: tableIn(stack), processorProps }));

    test('and no other is defined', () => {
      const { audit, stack } = withTable();
      expect(audit.table).toBe(stack.node.findChild('Table'));
      expect(tableCount(stack)).toBe(name.includes('imported') ? 0 : 1);
    });

    test('whose stream the mapping reads, and the hydrate function again', () => {
      const { audit, stack } = withTable();
      const streamArn = resolved(stack, audit.table.tableStreamArn);
      const anyStream = typeof streamArn === 'string' ? streamArn.replace(/[^/]+$/, '*') : `${audit.table.tableArn}/stream/*`;
      expect(propertiesOf(audit.mapping).EventSourceArn).toEqual(streamArn);
      expect(statementsOf(captureRole(audit.dlq))).toContainEqual(
        allow(['dynamodb:GetRecords', 'dynamodb:GetShardIterator'], resolved(stack, anyStream)),
      );
    });

    test('whose stream the processor may read', () => {
      const { audit } = withTable();
      expect(actionsOf(statementsOf(audit.processor.role!))).toEqual(
        expect.arrayContaining(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams']),
      );
    });

    test('and gives nothing to warn of', () => {
      expect(annotationsOf(withTable().stack)).toEqual([]);
    });
  });

  test('can be one with a key of its own, which the hydrate function may decrypt with', () => {
    const { audit, stack } = define(
      (it) => ({
        tableProps: { partitionKey, encryption: dynamodb.TableEncryptionV2.customerManagedKey(new kms.Key(it, 'Key')) },
        processorProps,
      }),
      testStack({ env: { region: 'us-east-1' } }),
    );
    const key = stack.node.findChild('Key') as kms.Key;
    expect(statementsOf(captureRole(audit.dlq))).toContainEqual(allow('kms:Decrypt', resolved(stack, key.keyArn)));
  });

  test('can be in an earlier stack', () => {
    const app = testApp();
    const earlier = new Stack(app, 'Earlier');
    const { audit, stack } = define(() => ({ table: tableWithStream(earlier), processorProps }), testStack({}, app));
    expect(propertiesOf(audit.mapping).EventSourceArn).toEqual(referenceTo(earlier));
    expect(stack.dependencies).toEqual([earlier]);
  });
});

describe('the processor', () => {
  test('can be a function of this app', () => {
    const { audit, stack } = define((it) => ({ tableProps: { partitionKey }, processor: testProcessor(it, 'Given') }));
    expect(audit.processor).toBe(stack.node.findChild('Given'));
    expect(countOf(stack, 'AWS::Lambda::Function')).toBe(2);
  });

  test('can be an alias, whose failure records name it', () => {
    const { audit, stack } = define((it) => ({
      tableProps: { partitionKey },
      processor: new lambda.Alias(it, 'Given', { aliasName: 'live', version: testProcessor(it).currentVersion }),
    }));
    expect(propertiesOf(audit.mapping).FunctionName).toEqual(resolved(stack, audit.processor.functionName));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('can be imported with its role, which is allowed to publish', () => {
    const { audit, stack } = define((it) => ({
      tableProps: { partitionKey },
      processor: lambda.Function.fromFunctionAttributes(it, 'Given', {
        functionArn: FUNCTION_ARN,
        role: iam.Role.fromRoleArn(it, 'Role', 'arn:aws:iam::123456789012:role/audit'),
      }),
    }));
    expect(audit.processor).toBe(stack.node.findChild('Given'));
    expect(actionsOf(statementsOfImportedRole(stack, 'audit'))).toContain('sns:Publish');
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('is one for each mapping of a table: two in a stack do not get into each other\'s way', () => {
    const stack = testStack();
    const table = tableV2WithStream(stack);
    const [one, two] = ['One', 'Two'].map((id) => new DynamoStreamProcessor(stack, id, { table, processorProps }));
    // With those of the intake queues.
    expect(countOf(stack, 'AWS::Lambda::EventSourceMapping')).toBe(4);
    expect(one.dlq).not.toBe(two.dlq);
    for (const { mapping, dlq } of [one, two]) {
      expect(propertiesOf(mapping).DestinationConfig.OnFailure.Destination).toEqual(resolved(stack, topicOf(dlq).topicArn));
    }
  });
});

describe('the StreamDlq', () => {
  test('can be one that is shared, which gets the failure records', () => {
    const { audit, stack } = define((it) => {
      const table = tableV2WithStream(it);
      return { table, processorProps, dlq: new StreamDlq(it, 'Shared', { source: StreamSource.dynamo(table) }) };
    });
    expect(audit.dlq).toBe(stack.node.findChild('Shared'));
    expect(countOf(stack, 'AWS::SNS::Topic')).toBe(1);
    expect(propertiesOf(audit.mapping).DestinationConfig.OnFailure.Destination).toEqual(resolved(stack, topicOf(audit.dlq).topicArn));
  });

  test('is below the construct where it is not shared', () => {
    const { audit } = define(() => ({ tableProps: { partitionKey }, processorProps }));
    expect(audit.dlq.node.scope).toBe(audit);
  });

  test.each<[string, (stack: Stack) => dynamodb.ITable, (stack: Stack) => dynamodb.ITable]>([
    ['of the app', (it) => tableWithStream(it, 'Other'), (it) => tableV2WithStream(it)],
    [
      'that is imported',
      (it) => dynamodb.Table.fromTableAttributes(it, 'Other', {
        tableName: 'others', tableStreamArn: TABLE_STREAM_ARN.replace('customers', 'others'),
      }),
      TABLES['an imported TableV2'],
    ],
  ])('of another table adds its stream as a source: a table %s', (_, otherIn, tableIn) => {
    const app = testApp();
    const { audit } = define((it) => {
      const dlq = new StreamDlq(it, 'Shared', { source: StreamSource.dynamo(otherIn(it)) });
      return { table: tableIn(it), processorProps, dlq };
    }, testStack({}, app));
    const other = audit.node.scope!.node.findChild('Other') as dynamodb.ITable;
    expect(audit.dlq.sources.map(({ streamArn }) => streamArn)).toEqual([other.tableStreamArn, audit.table.tableStreamArn]);
    expect(() => app.synth()).not.toThrow();
    expect(actionsOf(statementsOf(captureRole(audit.dlq))).filter((it) => it === 'dynamodb:GetRecords')).toHaveLength(2);
  });
});

describe('the mapping', () => {
  test('is the one that the processor has', () => {
    const { audit } = define(() => ({ tableProps: { partitionKey }, processorProps }));
    expect(audit.mapping.node.scope).toBe(audit.processor);
  });
});
