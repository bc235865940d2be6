import { CfnParameter, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { FailureCapture, Idempotency, KinesisStreamProcessor, QueueProcessor, QueueProcessorProps, RedriveFunction } from '../../src';
import { annotationsOf, countOf, logicalId, processorProps, propertiesOf, referenceTo, resolved, resourceOf, testApp, testProcessor, testStack } from '../support/app';
import { messageOf } from '../support/errors';
import { allow, sorted, statementsOf, statementsOfImportedRole } from '../support/policies';
import { PROCESSOR_KINDS } from '../support/stream-processors';

const ITEM_ACTIONS = ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];
const KEY_ACTIONS = [
  'kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo',
];
const TABLE = 'AWS::DynamoDB::Table';
const ROLE_ARN = 'arn:aws:iam::123456789012:role/orders';

const layout = { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, timeToLiveAttribute: 'expiration' };

/** An existing table that is as Powertools expects it, but for what is given. */
const existing = (stack: Stack, props: Partial<dynamodb.TableProps> = {}) => new dynamodb.Table(stack, 'Given', { ...layout, ...props });

const environmentOf = (fn: lambda.IFunction) => propertiesOf(fn).Environment?.Variables ?? {};
const attributeOf = (table: dynamodb.ITable, attribute: string) => ({ 'Fn::GetAtt': [logicalId(table), attribute] });

describe.each(Object.entries(PROCESSOR_KINDS))('%s with Idempotency.table()', (_, { define }) => {
  const stack = testStack();
  const { processor, idempotencyTable: table } = define(stack, { processorProps, idempotency: Idempotency.table() });

  test('defines a table as Powertools expects it: on demand, kept with the dead letters', () => {
    expect(resourceOf(table!)).toMatchObject({
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
        BillingMode: 'PAY_PER_REQUEST',
      },
      DeletionPolicy: 'RetainExceptOnCreate',
      UpdateReplacePolicy: 'Retain',
    });
    for (const absent of ['PointInTimeRecovery', 'SSESpecification']) expect(JSON.stringify(propertiesOf(table!))).not.toContain(absent);
  });

  test('allows the processor four actions on the items of this table', () => {
    const onTable = statementsOf(processor.role!).filter(({ Resource }) => JSON.stringify(Resource) === JSON.stringify(attributeOf(table!, 'Arn')));
    expect(sorted(onTable)).toEqual([allow(ITEM_ACTIONS, attributeOf(table!, 'Arn'))]);
  });

  test('tells the processor the table and the expiry', () => {
    expect(environmentOf(processor)).toEqual({ IDEMPOTENCY_TABLE_NAME: { Ref: logicalId(table!) }, IDEMPOTENCY_EXPIRY_SECONDS: String(50 * 86_400) });
  });

  test('says nothing at synth', () => expect(annotationsOf(stack)).toEqual([]));
});

test('a processor without idempotency has no table', () => {
  const stack = testStack();
  const orders = new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  expect(orders.idempotencyTable).toBeUndefined();
  expect(countOf(stack, TABLE)).toBe(0);
  expect(environmentOf(orders.processor)).toEqual({});
});

describe('the table', () => {
  test('has the key and the removal policy of the processor', () => {
    const stack = testStack();
    const encryptionKey = new kms.Key(stack, 'Key');
    const { processor, idempotencyTable } = new KinesisStreamProcessor(stack, 'Orders', {
      processorProps, encryptionKey, removalPolicy: RemovalPolicy.DESTROY, idempotency: Idempotency.table(),
    });
    const keyArn = resolved(stack, encryptionKey.keyArn);
    expect(resourceOf(idempotencyTable!)).toMatchObject({
      Properties: { SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: keyArn } },
      DeletionPolicy: 'Delete',
    });
    const onKey = statementsOf(processor.role!).filter(({ Resource }) => JSON.stringify(Resource) === JSON.stringify(keyArn));
    expect(sorted(onKey)).toEqual([allow(KEY_ACTIONS, keyArn)]);
  });

  test('has its own key, removal policy and recovery where these are given', () => {
    const stack = testStack();
    const own = new kms.Key(stack, 'Own');
    const { idempotencyTable } = new KinesisStreamProcessor(stack, 'Orders', {
      processorProps, encryptionKey: new kms.Key(stack, 'Key'),
      idempotency: Idempotency.table({ encryptionKey: own, removalPolicy: RemovalPolicy.RETAIN, pointInTimeRecovery: true }),
    });
    expect(resourceOf(idempotencyTable!)).toMatchObject({
      Properties: {
        SSESpecification: { KMSMasterKeyId: resolved(stack, own.keyArn) }, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
      DeletionPolicy: 'Retain',
    });
  });

  test('is in the stack of the function, which the stack of the processor may depend on', () => {
    const app = testApp();
    const [functions, streams] = ['Functions', 'Streams'].map((id) => new Stack(app, id));
    const processor = testProcessor(functions);
    const orders = new KinesisStreamProcessor(streams, 'Orders', { processor, idempotency: Idempotency.table() });
    expect(Stack.of(orders.idempotencyTable!)).toBe(functions);
    app.synth();
    expect(environmentOf(processor).IDEMPOTENCY_TABLE_NAME).toEqual({ Ref: logicalId(orders.idempotencyTable!) });
  });

  test('is one for each function, and one for all processors of a function', () => {
    const stack = testStack();
    const idempotency = Idempotency.table();
    const processor = testProcessor(stack);
    const tables = [
      new KinesisStreamProcessor(stack, 'Orders', { processor, idempotency }),
      new KinesisStreamProcessor(stack, 'Returns', { processor: processor.currentVersion, idempotency }),
      new KinesisStreamProcessor(stack, 'Other', { processorProps, idempotency }),
    ].map(({ idempotencyTable }) => idempotencyTable!);
    expect(tables[0]).toBe(tables[1]);
    expect(countOf(stack, TABLE)).toBe(2);
    expect(sorted(statementsOf(processor.role!)).filter(({ Resource }) => JSON.stringify(Resource).includes('Table'))).toHaveLength(1);
  });

  test('cannot be another for a second processor of the same function', () => {
    const stack = testStack();
    const processor = testProcessor(stack);
    new KinesisStreamProcessor(stack, 'Orders', { processor, idempotency: Idempotency.table() });
    expect(messageOf(() => new KinesisStreamProcessor(stack, 'Returns', { processor, idempotency: Idempotency.table() }))).toBe(
      '[Stack/Returns] `idempotency` must be the same object for all processors of a function, got: another for \'Stack/Processor\'; ' +
        'create it once, and pass it to each: a function has one table',
    );
  });
});

describe('variables that the processor has already', () => {
  const define = (environment: (stack: Stack) => Record<string, string>) => {
    const stack = testStack();
    const table = existing(stack);
    const processor = testProcessor(stack, 'Fn', { environment: environment(stack) });
    const run = () => new KinesisStreamProcessor(stack, 'Orders', { processor, idempotency: Idempotency.existingTable(table) });
    return { processor, run };
  };

  test.each([
    ['IDEMPOTENCY_TABLE_NAME', 'another-table', '"another-table"'],
    ['IDEMPOTENCY_EXPIRY_SECONDS', '3600', '"3600"'],
  ])('%s with another value is refused: it would be replaced without a word', (name, value, got) => {
    expect(messageOf(define(() => ({ [name]: value })).run)).toBe(
      `[Stack/Orders] \`${name}\` must not be in the environment of the processor with \`idempotency\`, got: ${got} for 'Stack/Fn'; remove it there: ` +
        '`idempotency` sets it',
    );
  });

  test('with the same value, and others, remain', () => {
    const { processor, run } = define((stack) => ({
      IDEMPOTENCY_TABLE_NAME: (stack.node.findChild('Given') as dynamodb.Table).tableName, OTHER: 'other',
    }));
    run();
    expect(environmentOf(processor)).toEqual({
      IDEMPOTENCY_TABLE_NAME: { Ref: expect.stringMatching(/^Given/) }, IDEMPOTENCY_EXPIRY_SECONDS: '4320000', OTHER: 'other',
    });
  });
});

describe('an expiry', () => {
  const SHORTER = { queueRetentionPeriod: Duration.days(4), undeliverableQueueRetentionPeriod: Duration.days(1) };
  const TOO_SHORT = '[ack: cdk-stream-dlq:idempotencyExpiryTooShort]';
  const said = (expiry: Duration, more: object = {}, stack = testStack()) => {
    const { dlq } = new KinesisStreamProcessor(stack, 'Orders', { processorProps, idempotency: Idempotency.table({ expiry }), ...more });
    return { stack, dlq, messages: () => annotationsOf(stack).filter((it) => it.includes('idempotency')) };
  };

  test('is in the environment, in seconds', () => {
    const { stack } = said(Duration.days(60));
    expect(environmentOf(stack.node.findChild('Orders').node.findChild('Processor') as lambda.Function).IDEMPOTENCY_EXPIRY_SECONDS).toBe('5184000');
  });

  test('gets a warning if it is shorter than retries and queues take together', () => {
    expect(said(Duration.hours(1)).messages()).toEqual([
      'warning /Stack/Orders: `expiry` of `idempotency` should be at least as long as dead letters can be redriven, got: 1 hour for 28 days 18 hours; ' +
        `raise \`expiry\`, or acknowledge this warning: a later redrive processes records again that were processed ${TOO_SHORT}`,
    ]);
  });

  test.each([
    // Retries for 18 hours, and 14 days in each of two queues.
    ['the defaults', {}, Duration.days(28).plus(Duration.hours(18))],
    ['shorter queues, beside the intake queue', SHORTER, Duration.days(18).plus(Duration.hours(18))],
    ['shorter queues, and no intake queue', { ...SHORTER, capture: FailureCapture.s3() }, Duration.days(5).plus(Duration.hours(18))],
    ['a longer record age', { streamProps: { retentionPeriod: Duration.days(3) }, maxRecordAge: Duration.days(2) }, Duration.days(30)],
  ])('is enough from the last day on: %s', (_, more, least) => {
    expect(said(least, more).messages()).toEqual([]);
    expect(said(least.minus(Duration.seconds(1)), more).messages()).toEqual([expect.stringContaining(TOO_SHORT)]);
  });

  test.each([
    ['14 days', {}, 42],
    ['fewer', { parkingQueueRetentionPeriod: Duration.days(7) }, 35],
  ])('counts the time in the parking queue of a RedriveFunction that is defined later: %s', (_, options, days) => {
    const least = Duration.days(days).plus(Duration.hours(18));
    for (const [expiry, count] of [[least, 0], [least.minus(Duration.seconds(1)), 1]] as const) {
      const { stack, dlq, messages } = said(expiry);
      new RedriveFunction(stack, 'Redrive', { dlq, ...options });
      expect(messages()).toHaveLength(count);
    }
  });

  test('takes 14 days for an existing queue, which may change', () => {
    const stack = testStack();
    const queue = new sqs.Queue(stack, 'Given', { retentionPeriod: Duration.days(5) });
    expect(said(Duration.days(28), { queue }, stack).messages()).toEqual([expect.stringContaining('28 days 18 hours')]);
  });

  test('passes as a token, without a warning', () => {
    const stack = testStack();
    const days = new CfnParameter(stack, 'Seconds', { type: 'Number' });
    const { messages } = said(Duration.seconds(days.valueAsNumber), {}, stack);
    expect(messages()).toEqual([]);
    const processor = stack.node.findChild('Orders').node.findChild('Processor') as lambda.Function;
    expect(environmentOf(processor).IDEMPOTENCY_EXPIRY_SECONDS).toEqual({ Ref: 'Seconds' });
  });

  test('is long enough by default, with every queue there can be', () => {
    const { stack, dlq, messages } = said(Duration.days(50), { streamProps: { retentionPeriod: Duration.days(30) }, maxRecordAge: Duration.days(7) });
    new RedriveFunction(stack, 'Redrive', { dlq });
    expect(messages()).toEqual([]);
  });
});

describe('Idempotency.existingTable()', () => {
  const define = (table: dynamodb.ITable, more: object = {}) =>
    new KinesisStreamProcessor(Stack.of(table), 'Orders', { processorProps, idempotency: Idempotency.existingTable(table), ...more });

  test('uses the table, and defines none', () => {
    const stack = testStack();
    const table = existing(stack);
    const { processor, idempotencyTable } = define(table);
    expect(idempotencyTable).toBe(table);
    expect(countOf(stack, TABLE)).toBe(1);
    expect(environmentOf(processor)).toEqual({ IDEMPOTENCY_TABLE_NAME: { Ref: logicalId(table) }, IDEMPOTENCY_EXPIRY_SECONDS: '4320000' });
    expect(sorted(statementsOf(processor.role!))).toContainEqual(allow(ITEM_ACTIONS, attributeOf(table, 'Arn')));
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('allows nothing on the indexes of the table', () => {
    const stack = testStack();
    const table = existing(stack);
    table.addGlobalSecondaryIndex({ indexName: 'status', partitionKey: { name: 'status', type: dynamodb.AttributeType.STRING } });
    const { processor } = define(table);
    expect(JSON.stringify(statementsOf(processor.role!))).not.toContain('/index/');
  });

  test('allows the use of the key of the table', () => {
    const stack = testStack();
    const key = new kms.Key(stack, 'Key');
    const { processor } = define(existing(stack, { encryptionKey: key }));
    expect(sorted(statementsOf(processor.role!))).toContainEqual(allow(KEY_ACTIONS, resolved(stack, key.keyArn)));
  });

  test('is shared by several functions', () => {
    const stack = testStack();
    const idempotency = Idempotency.existingTable(existing(stack));
    const processors = ['Orders', 'Returns'].map((id) => new KinesisStreamProcessor(stack, id, { processorProps, idempotency }).processor);
    expect(environmentOf(processors[0])).toEqual(environmentOf(processors[1]));
    expect(countOf(stack, TABLE)).toBe(1);
  });

  test('takes an imported table', () => {
    const stack = testStack();
    const imported = dynamodb.TableV2.fromTableName(stack, 'Imported', 'idempotency');
    expect(environmentOf(define(imported).processor).IDEMPOTENCY_TABLE_NAME).toBe('idempotency');
    expect(annotationsOf(stack)).toEqual([]);
  });

  test('takes a table of another stack', () => {
    const app = testApp();
    const [tables, streams] = ['Tables', 'Streams'].map((id) => new Stack(app, id));
    const idempotency = Idempotency.existingTable(existing(tables));
    const { processor } = new KinesisStreamProcessor(streams, 'Orders', { processorProps, idempotency });
    expect(environmentOf(processor).IDEMPOTENCY_TABLE_NAME).toEqual(referenceTo(tables));
  });

  test.each([
    ['another account', 'arn:aws:dynamodb:eu-west-1:999999999999:table/idempotency', 'account 999999999999 in eu-west-1'],
    ['another Region', 'arn:aws:dynamodb:us-east-1:123456789012:table/idempotency', 'account 123456789012 in us-east-1'],
  ])('refuses a table of %s, which the processor would not find', (_, arn, got) => {
    const stack = testStack({ env: { account: '123456789012', region: 'eu-west-1' } });
    // The CDK takes an imported table for one of the stack, whatever its ARN says.
    const tables = [dynamodb.Table, dynamodb.TableV2].map((it, index) => it.fromTableArn(stack, `Imported${index}`, arn));
    for (const table of tables) {
      const processor = new lambda.Function(stack, `${table.node.id}Processor`, processorProps);
      const id = `${table.node.id}Orders`;
      expect(messageOf(() => new KinesisStreamProcessor(stack, id, { processor, idempotency: Idempotency.existingTable(table) }))).toBe(
        `[Stack/${id}] \`idempotency\` must be in the account and Region of the processor, got: ${got} for a function of account ` +
          '123456789012 in eu-west-1; pass a table that is there: Powertools looks for the name of the table in the account and Region of the function',
      );
    }
  });

  const keys = (got: string) =>
    `warning /Stack/Orders: the idempotency table should have the key id (S) alone, got: ${got} for 'Stack/Given'; change the table, or ` +
      'name its attributes to Powertools in the code, and acknowledge this warning [ack: cdk-stream-dlq:idempotencyTableKeys]';
  const timeToLive = (got: string) =>
    `warning /Stack/Orders: the idempotency table should have the time to live \`expiration\`, got: ${got} for 'Stack/Given'; set ` +
      '`timeToLiveAttribute`, or name its attribute to Powertools in the code, and acknowledge this warning: otherwise the items remain ' +
      'forever [ack: cdk-stream-dlq:idempotencyTableTimeToLive]';

  test.each<[string, Partial<dynamodb.TableProps>, string]>([
    ['another key', { partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING } }, keys('pk (S)')],
    ['a key of another type', { partitionKey: { name: 'id', type: dynamodb.AttributeType.NUMBER } }, keys('id (N)')],
    ['a sort key', { sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING } }, keys('id (S) and sk (S)')],
    ['no time to live', { timeToLiveAttribute: undefined }, timeToLive('none')],
    ['another time to live', { timeToLiveAttribute: 'ttl' }, timeToLive('ttl')],
  ])('warns about a table with %s', (_, props, warning) => {
    for (const Table of [dynamodb.Table, dynamodb.TableV2]) {
      const stack = testStack();
      define(new Table(stack, 'Given', { ...layout, ...props } as never));
      expect(annotationsOf(stack)).toEqual([warning]);
    }
  });
});

describe('an imported processor', () => {
  const functionArn = 'arn:aws:lambda:eu-west-1:123456789012:function:orders';
  const define = (role: (stack: Stack) => iam.IRole) => {
    const stack = testStack({ env: { account: '123456789012', region: 'eu-west-1' } });
    const processor = lambda.Function.fromFunctionAttributes(stack, 'Given', { functionArn, role: role(stack) });
    const table = dynamodb.TableV2.fromTableName(stack, 'Imported', 'idempotency');
    new KinesisStreamProcessor(stack, 'Orders', { processor, idempotency: Idempotency.existingTable(table) });
    return { stack, messages: annotationsOf(stack).filter((it) => it.includes('idempotency')) };
  };
  const notSet =
    'warning /Stack/Orders: the processor should be a function of this app with `idempotency`, got: an imported function, \'Stack/Given\'; set ' +
      'its environment variables where it is defined, and acknowledge this warning: ' +
      '{"IDEMPOTENCY_TABLE_NAME":"idempotency","IDEMPOTENCY_EXPIRY_SECONDS":"4320000"} [ack: cdk-stream-dlq:idempotencyNotSet]';

  test('may use the table, and gets a warning with the variables that its app must set', () => {
    const { stack, messages } = define((it) => iam.Role.fromRoleArn(it, 'Role', ROLE_ARN));
    expect(messages).toEqual([notSet]);
    const onTable = statementsOfImportedRole(stack, 'orders').filter(({ Resource }) => JSON.stringify(Resource).includes(':table/idempotency'));
    expect(sorted(onTable)).toEqual([expect.objectContaining({ Effect: 'Allow', Action: ITEM_ACTIONS })]);
  });

  test('gets a second warning with the statement to add where its role takes no policies', () => {
    const { messages } = define((it) => iam.Role.fromRoleArn(it, 'Role', ROLE_ARN, { mutable: false }));
    expect(messages).toEqual([
      expect.stringContaining("the role of processor 'Stack/Given' must be allowed to use the idempotency table, got: a role that this app cannot " +
        'extend; allow this yourself, and acknowledge this warning: {"Action":["dynamodb:GetItem","dynamodb:PutItem"'),
      notSet,
    ].sort());
  });
});

describe('QueueProcessor', () => {
  const define = (expiry: Duration | undefined, props: Partial<QueueProcessorProps> = {}) => {
    const stack = testStack();
    const orders = new QueueProcessor(stack, 'Orders', { processorProps, idempotency: Idempotency.table({ expiry }), ...props });
    return { stack, orders, messages: annotationsOf(stack).filter((it) => it.includes('idempotency')) };
  };

  test('has a table that its processor may use', () => {
    const { orders: { processor, idempotencyTable: table }, messages } = define(undefined);
    expect(environmentOf(processor)).toEqual({ IDEMPOTENCY_TABLE_NAME: { Ref: logicalId(table!) }, IDEMPOTENCY_EXPIRY_SECONDS: '4320000' });
    expect(sorted(statementsOf(processor.role!))).toContainEqual(allow(ITEM_ACTIONS, attributeOf(table!, 'Arn')));
    expect(messages).toEqual([]);
  });

  test.each<[string, Partial<QueueProcessorProps>, number]>([
    // 4 days is the default of SQS.
    ['a standard queue: the dead-letter queue, and the queue after a redrive', {}, 14 + 4],
    ['a FIFO queue: the queue as well, because the time in the dead-letter queue begins with the move', { queueProps: { fifo: true } }, 4 + 14 + 4],
    ['a longer queue', { queueProps: { retentionPeriod: Duration.days(7) } }, 14 + 7],
    ['a shorter dead-letter queue', { deadLetterQueueRetentionPeriod: Duration.days(6) }, 6 + 4],
  ])('warns about an expiry that is shorter than %s', (_, props, days) => {
    expect(define(Duration.days(days), props).messages).toEqual([]);
    expect(define(Duration.days(days).minus(Duration.seconds(1)), props).messages).toEqual([expect.stringContaining(`for ${days} days; raise`)]);
  });

  test('has an expiry that is long enough for every queue by default', () => {
    const longest = { retentionPeriod: Duration.days(14), fifo: true };
    expect(define(undefined, { queueProps: longest }).messages).toEqual([]);
  });
});
