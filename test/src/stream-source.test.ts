import { CfnParameter, CfnResource, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import { DynamoStreamProcessor, StreamDlq, StreamSource } from '../../src';
import { processorProps, propertiesOf, resolved, testApp, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { actionsOf, allow, statementsOf } from '../support/policies';
import { captureRole } from '../support/stream-dlq';
import { partitionKey, replicaOfAnotherAccount, TABLE_ARN, TABLE_STREAM_ARN, TABLES, tableV2WithStream, tableWithStream } from '../support/tables';

/** What the function of a StreamDlq may do with a source and its key. */
const readingOf = (stack: Stack, source: StreamSource) =>
  statementsOf(captureRole(new StreamDlq(stack, 'Dlq', { source }))).filter((it) => actionsOf([it]).some((action) => /^(kinesis|dynamodb|kms):/.test(action)));

const STREAM_ARN = 'arn:aws:kinesis:us-east-1:123456789012:stream/orders';

describe('StreamSource.kinesis', () => {
  test('has the ARN of a stream of this app', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    expect(StreamSource.kinesis(stream).streamArn).toBe(stream.streamArn);
  });

  test('has the ARN of an imported stream', () => {
    expect(StreamSource.kinesis(kinesis.Stream.fromStreamArn(testStack(), 'Stream', STREAM_ARN)).streamArn).toBe(STREAM_ARN);
  });

  test('has the ARN of a stream that is known at deployment only', () => {
    const stack = testStack();
    const parameter = new CfnParameter(stack, 'StreamArn');
    const source = StreamSource.kinesis(kinesis.Stream.fromStreamArn(stack, 'Stream', parameter.valueAsString));
    expect(resolved(stack, source.streamArn)).toEqual({ Ref: 'StreamArn' });
    expect(readingOf(stack, source)).toEqual([allow(['kinesis:GetRecords', 'kinesis:GetShardIterator'], { Ref: 'StreamArn' })]);
  });

  test('defines nothing by itself', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    const before = stack.node.findAll().length;
    StreamSource.kinesis(stream);
    expect(stack.node.findAll()).toHaveLength(before);
  });

  test('grants two actions on the stream', () => {
    const stack = testStack();
    const stream = new kinesis.Stream(stack, 'Stream');
    expect(readingOf(stack, StreamSource.kinesis(stream))).toEqual([
      allow(['kinesis:GetRecords', 'kinesis:GetShardIterator'], resolved(stack, stream.streamArn)),
    ]);
  });

  test('grants kms:Decrypt on the key of the stream', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    expect(readingOf(stack, StreamSource.kinesis(new kinesis.Stream(stack, 'Stream', { encryptionKey: key })))).toContainEqual(allow('kms:Decrypt', resolved(stack, key.keyArn)));
  });

  test('may serve two StreamDlqs', () => {
    const stack = testStack();
    const source = StreamSource.kinesis(new kinesis.Stream(stack, 'Stream'));
    const sources = ['One', 'Two'].map((id) => new StreamDlq(stack, id, { source }).sources);
    expect(sources).toEqual([[source], [source]]);
  });
});

describe('StreamSource.dynamo', () => {
  describe.each(Object.entries(TABLES))('of %s', (_, tableIn) => {
    test('has the ARN of the stream', () => {
      const table = tableIn(testStack());
      expect(StreamSource.dynamo(table).streamArn).toBe(table.tableStreamArn);
    });

    test('defines nothing by itself', () => {
      const stack = testStack();
      const table = tableIn(stack);
      const before = stack.node.findAll().length;
      StreamSource.dynamo(table);
      expect(stack.node.findAll()).toHaveLength(before);
    });

    test('grants two actions on the streams of the table, and not listing streams', () => {
      const stack = testStack();
      const table = tableIn(stack);
      expect(readingOf(stack, StreamSource.dynamo(table))).toEqual([
        allow(['dynamodb:GetRecords', 'dynamodb:GetShardIterator'], resolved(stack, `${table.tableArn}/stream/*`)),
      ]);
    });

    test('is kept for 24 hours, of which the mapping leaves 6', () => {
      const stack = testStack();
      const { mapping } = new DynamoStreamProcessor(stack, 'Audit', { table: tableIn(stack), processorProps });
      expect(propertiesOf(mapping).MaximumRecordAgeInSeconds).toBe(18 * 3_600);
    });
  });

  test('has the ARN of a stream that is known at deployment only', () => {
    const stack = testStack();
    const tableStreamArn = new CfnParameter(stack, 'StreamArn').valueAsString;
    const source = StreamSource.dynamo(dynamodb.Table.fromTableAttributes(stack, 'Table', { tableName: 'customers', tableStreamArn }));
    expect(resolved(stack, source.streamArn)).toEqual({ Ref: 'StreamArn' });
  });

  test('of a table imported by its name lets read where its stream is', () => {
    const stack = testStack();
    const table = dynamodb.Table.fromTableAttributes(stack, 'Table', { tableName: 'customers', tableStreamArn: TABLE_STREAM_ARN });
    expect(readingOf(stack, StreamSource.dynamo(table))[0].Resource).toBe(`${TABLE_STREAM_ARN.split('/stream/')[0]}/stream/*`);
  });

  test.each(Object.values(dynamodb.StreamViewType))('may have records of the view type %s', (view) => {
    const table = tableV2WithStream(testStack(), 'Table', { dynamoStream: view });
    expect(StreamSource.dynamo(table).streamArn).toBe(table.tableStreamArn);
  });

  test.each<[string, (stack: Stack, encryptionKey: kms.Key) => dynamodb.ITable]>([
    ['a Table', (stack, encryptionKey) => tableWithStream(stack, 'Table', { encryptionKey })],
    [
      'a TableV2',
      (stack, key) => tableV2WithStream(stack, 'Table', { encryption: dynamodb.TableEncryptionV2.customerManagedKey(key) }),
    ],
    [
      'an imported Table',
      (stack, encryptionKey) =>
        dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn: TABLE_ARN, tableStreamArn: TABLE_STREAM_ARN, encryptionKey }),
    ],
  ])('grants kms:Decrypt, and no more, on the key of %s', (_, tableIn) => {
    const stack = testStack({ env: { region: 'us-east-1' } });
    const key = new kms.Key(stack, 'Key');
    const [, ...more] = readingOf(stack, StreamSource.dynamo(tableIn(stack, key)));
    expect(more).toEqual([allow('kms:Decrypt', resolved(stack, key.keyArn))]);
  });

  test('may serve two StreamDlqs', () => {
    const stack = testStack();
    const source = StreamSource.dynamo(tableWithStream(stack));
    const sources = ['One', 'Two'].map((id) => new StreamDlq(stack, id, { source }).sources);
    expect(sources).toEqual([[source], [source]]);
  });

  describe('of a table without a stream is refused', () => {
    const refusal = (tableIn: (stack: Stack) => dynamodb.ITable) => messageOf(() => StreamSource.dynamo(tableIn(testStack())));
    const IMPORT =
      'import it with `tableStreamArn` by Table.fromTableAttributes() or TableV2.fromTableAttributes() (LatestStreamArn of `aws ' +
        'dynamodb describe-table`)';

    test('a Table of this app', () => {
      expect(refusal((stack) => new dynamodb.Table(stack, 'Table', { partitionKey }))).toBe(
        '[Stack/Table] the table must have a stream, got: none; set `stream: StreamViewType.NEW_AND_OLD_IMAGES` where the table is defined',
      );
    });

    test.each<[string, (stack: Stack) => dynamodb.ITable]>([
      ['a Table', (stack) => dynamodb.Table.fromTableName(stack, 'Table', 'customers')],
      ['a TableV2', (stack) => dynamodb.TableV2.fromTableArn(stack, 'Table', TABLE_ARN)],
    ])('%s that is imported without it', (_, tableIn) => {
      expect(refusal(tableIn)).toBe(`[Stack/Table] the table must have a stream, got: none; ${IMPORT}`);
    });

    test('one that is imported with its own ARN for that of its stream', () => {
      expect(refusal((stack) => dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn: TABLE_ARN, tableStreamArn: TABLE_ARN }))).toBe(
        `[Stack/Table] \`tableStreamArn\` must be the ARN of a stream, got: ${TABLE_ARN}; ${IMPORT}`,
      );
    });

    describe('a TableV2 of this app, at synth', () => {
      const errors = (define: (stack: Stack) => void) => {
        const app = testApp();
        define(testStack({ env: { region: 'us-east-1' } }, app));
        return app.node.findAll().flatMap(({ node }) => node.validate().map((message) => `[${node.path}] ${message}`));
      };
      const resourceIn = (table: dynamodb.ITable) => table.node.defaultChild as CfnResource;
      const ERROR =
        '[Stack/Table] the table must have a stream, got: none; set `dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES` of a TableV2, ' +
          'or `streamSpecification` of a resource';

      test('once, however many sources it has', () => {
        const found = errors((stack) => {
          const table = new dynamodb.TableV2(stack, 'Table', { partitionKey });
          StreamSource.dynamo(table);
          StreamSource.dynamo(table);
        });
        expect(found).toEqual([ERROR]);
      });

      test('which stops the app', () => {
        const app = testApp();
        StreamSource.dynamo(new dynamodb.TableV2(testStack({}, app), 'Table', { partitionKey }));
        expect(messageOf(() => app.synth())).toContain(ERROR);
      });

      test('not where a replica that is added later turns the stream on', () => {
        const found = errors((stack) => {
          const table = new dynamodb.TableV2(stack, 'Table', { partitionKey });
          StreamSource.dynamo(table);
          table.addReplica({ region: 'eu-west-1' });
        });
        expect(found).toEqual([]);
      });

      test('not where it is a replica of a table of another account, whose stream it has', () => {
        expect(errors((stack) => StreamSource.dynamo(replicaOfAnotherAccount(stack)))).toEqual([]);
      });

      test('not where an escape hatch turns the stream on', () => {
        const found = errors((stack) => {
          const table = new dynamodb.TableV2(stack, 'Table', { partitionKey });
          resourceIn(table).addPropertyOverride('StreamSpecification.StreamViewType', 'KEYS_ONLY');
          StreamSource.dynamo(table);
        });
        expect(found).toEqual([]);
      });

      test.each<[string, (stack: Stack) => dynamodb.ITable]>([
        ['a TableV2', (stack) => tableV2WithStream(stack)],
        ['a Table', (stack) => tableWithStream(stack)],
      ])('and %s whose stream an escape hatch removes', (_, tableIn) => {
        const found = errors((stack) => {
          const table = tableIn(stack);
          StreamSource.dynamo(table);
          resourceIn(table).addPropertyDeletionOverride('StreamSpecification');
        });
        expect(found).toEqual([ERROR]);
      });

      test('not where it has one', () => {
        expect(errors((stack) => StreamSource.dynamo(tableV2WithStream(stack)))).toEqual([]);
      });

      test('nor a resource of the lower level', () => {
        const found = errors((stack) => {
          const resource = new dynamodb.CfnTable(stack, 'Resource', { keySchema: [{ attributeName: 'customerId', keyType: 'HASH' }] });
          StreamSource.dynamo(
            dynamodb.Table.fromTableAttributes(stack, 'Table', { tableArn: resource.attrArn, tableStreamArn: resource.attrStreamArn }),
          );
        });
        expect(found).toEqual([ERROR]);
      });
    });
  });

  describe('of a replica', () => {
    const replicated = () => {
      const stack = testStack({ env: { region: 'us-east-1' } });
      return tableV2WithStream(stack, 'Table', { replicas: [{ region: 'eu-west-1' }] });
    };

    test('is refused: the CDK does not know its stream', () => {
      expect(messageOf(() => StreamSource.dynamo(replicated().replica('eu-west-1')))).toBe(
        '[Stack/Table/ReplicaTableeu-west-1] the ARN of the stream must be known, got: a wildcard for the streams of a replica; in a ' +
          'stack of the Region of the replica, import it with `tableStreamArn` by Table.fromTableAttributes() or ' +
          'TableV2.fromTableAttributes() (LatestStreamArn of `aws dynamodb describe-table`)',
      );
    });

    test('is that of the table in the Region of its stack', () => {
      const table = replicated();
      expect(StreamSource.dynamo(table.replica('us-east-1')).streamArn).toBe(table.tableStreamArn);
    });
  });
});
