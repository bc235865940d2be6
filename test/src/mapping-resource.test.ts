import { Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { StreamDlq, StreamSource } from 'cdk-stream-dlq';
import { annotationsOf, resourcesOf, testStack } from '../support/app';
import { topicOf } from '../support/stream-dlq';

const SETTINGS = { startingPosition: lambda.StartingPosition.LATEST, parallelizationFactor: 10 };

interface Defined {
  readonly stack: Stack;
  readonly stream: kinesis.Stream;
  readonly fn: lambda.Function;
}

function define(): Defined {
  const stack = testStack();
  const code = lambda.Code.fromInline('exports.handler = async () => {};');
  return {
    stack,
    stream: new kinesis.Stream(stack, 'Stream'),
    fn: new lambda.Function(stack, 'Fn', { runtime: lambda.Runtime.NODEJS_24_X, handler: 'index.handler', code }),
  };
}

function mappingOf({ stack, stream, fn }: Defined, props: Partial<lambda.CfnEventSourceMappingProps> = {}): lambda.CfnEventSourceMapping {
  return new lambda.CfnEventSourceMapping(stack, 'Mapping', { functionName: fn.functionName, eventSourceArn: stream.streamArn, ...SETTINGS, ...props });
}

/** What a mapping sends failures to and waits for, and the ids of what synth says of it. */
function seen({ stack }: Defined): { destination: unknown; waitsFor: unknown; advice: unknown } {
  const { Properties, DependsOn } = Object.values(resourcesOf(stack)).find(({ Type, Properties: { StartingPosition } }) => Type === 'AWS::Lambda::EventSourceMapping' && StartingPosition)!;
  const advice = annotationsOf(stack).map((it) => /\[ack: cdk-stream-dlq:(\w+)\]$/.exec(it)?.[1]);
  return { destination: Properties!.DestinationConfig, waitsFor: [DependsOn].flat().filter((it) => String(it).startsWith('Dlq') || String(it).includes('PublishTo')), advice };
}

describe('a StreamDlq of a mapping that is an L1', () => {
  test('has it send, wait and be advised as the mapping of an event source', () => {
    const [resource, source] = [define(), define()];
    const of = ({ stack, stream }: Defined) => new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(stream) });
    of(resource).attachTo(mappingOf(resource), resource.fn);
    source.fn.addEventSource(new KinesisEventSource(source.stream, { ...SETTINGS, onFailure: of(source) }));
    expect(seen(resource)).toEqual(seen(source));
    expect(seen(resource)).toMatchObject({ destination: { OnFailure: { Destination: expect.anything() } }, advice: expect.arrayContaining(['supersetPayload']) });
    expect(seen(resource).waitsFor).not.toEqual([]);
  });

  test('takes the place of the destination that it had', () => {
    const it = define();
    const mapping = mappingOf(it, { destinationConfig: { onFailure: { destination: 'arn:aws:sqs:us-east-1:123456789012:old' } } });
    const dlq = new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(it.stream) });
    dlq.attachTo(mapping, it.fn);
    expect(seen(it).destination).toEqual({ OnFailure: { Destination: it.stack.resolve(topicOf(dlq).topicArn) } });
  });

  test('is refused where an override keeps the destination that it had', () => {
    const it = define();
    const mapping = mappingOf(it);
    mapping.addPropertyOverride('DestinationConfig.OnFailure.Destination', 'arn:aws:sqs:us-east-1:123456789012:old');
    new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(it.stream) }).attachTo(mapping, it.fn);
    expect(() => resourcesOf(it.stack)).toThrow(
      '`DestinationConfig` of a mapping with a StreamDlq must not be overridden, got: "arn:aws:sqs:us-east-1:123456789012:old" for mapping \'Stack/Mapping\'; ' +
        'remove addPropertyOverride()',
    );
  });

  test('is refused where it reads another stream', () => {
    const it = define();
    const other = new kinesis.Stream(it.stack, 'Other');
    new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(other) }).attachTo(mappingOf(it), it.fn);
    expect(() => resourcesOf(it.stack)).toThrow(
      "the stream of mapping 'Stack/Mapping' must be a source of its StreamDlq, got: Stack/Stream, where the sources are Stack/Other; add it with addSource()",
    );
  });

  test('is refused with what Lambda refuses beside a tumbling window', () => {
    const it = define();
    new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(it.stream) }).attachTo(mappingOf(it, { tumblingWindowInSeconds: 30 }), it.fn);
    expect(() => resourcesOf(it.stack)).toThrow(/tumblingWindow/);
  });

  test('is refused on the stream of a table where it begins at a point in time', () => {
    const it = define();
    const table = new dynamodb.Table(it.stack, 'Table', {
      partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, stream: dynamodb.StreamViewType.NEW_IMAGE,
    });
    const mapping = mappingOf(it, { eventSourceArn: table.tableStreamArn, startingPosition: 'AT_TIMESTAMP', parallelizationFactor: 1 });
    new StreamDlq(it.stack, 'Dlq', { source: StreamSource.dynamo(table) }).attachTo(mapping, it.fn);
    expect(() => resourcesOf(it.stack)).toThrow(/`startingPosition` must be TRIM_HORIZON or LATEST/);
  });
});

describe('a StreamDlq of a mapping that is an L1, without the function passed', () => {
  const trust = { Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'lambda.amazonaws.com' } }] };

  interface Resources {
    readonly stack: Stack;
    readonly stream: kinesis.CfnStream;
    readonly role: iam.CfnRole;
    readonly fn: lambda.CfnFunction;
  }

  /** Resources alone, as templates have them. */
  function resources(
    props: { role?: Partial<iam.CfnRoleProps>; fn?: Partial<lambda.CfnFunctionProps>; stream?: kinesis.CfnStreamProps } = {},
  ): Resources {
    const stack = testStack();
    const role = new iam.CfnRole(stack, 'Role', { assumeRolePolicyDocument: trust, ...props.role });
    const code = { zipFile: 'exports.handler = async () => {};' };
    return {
      stack,
      role,
      stream: new kinesis.CfnStream(stack, 'Stream', { shardCount: 1, ...props.stream }),
      fn: new lambda.CfnFunction(stack, 'Fn', { runtime: 'nodejs24.x', handler: 'index.handler', code, role: role.attrArn, ...props.fn }),
    };
  }

  function attach({ stack, stream }: Resources, functionName: string, props: Partial<lambda.CfnEventSourceMappingProps> = {}, id = 'Mapping') {
    const mapping = new lambda.CfnEventSourceMapping(stack, id, { functionName, eventSourceArn: stream.attrArn, ...SETTINGS, ...props });
    const imported = (stack.node.tryFindChild('Imported') as kinesis.IStream | undefined) ?? kinesis.Stream.fromStreamArn(stack, 'Imported', stream.attrArn);
    const dlq = (stack.node.tryFindChild('Dlq') as StreamDlq | undefined) ?? new StreamDlq(stack, 'Dlq', { source: StreamSource.kinesis(imported) });
    dlq.attachTo(mapping);
    return dlq;
  }

  /** The policies that let roles send failure records. */
  function deliveries(stack: Stack) {
    return Object.entries(resourcesOf(stack)).filter(([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.includes('PublishTo'));
  }

  test.each<[string, (of: Resources) => string]>([
    ['the name of a function', ({ fn }) => fn.ref],
    ['the ARN of a function', ({ fn }) => fn.attrArn],
    ['an alias', ({ stack, fn }) => new lambda.CfnAlias(stack, 'Alias', { functionName: fn.ref, functionVersion: '1', name: 'live' }).ref],
    ['a version', ({ stack, fn }) => new lambda.CfnVersion(stack, 'Version', { functionName: fn.ref }).ref],
  ])('lets the role of that function send, where the mapping names %s', (_, nameIn) => {
    const it = resources();
    const dlq = attach(it, nameIn(it));
    const [[id, { Properties }]] = deliveries(it.stack);
    expect(Properties).toMatchObject({
      Roles: [{ Ref: 'Role' }],
      PolicyDocument: { Statement: [{ Effect: 'Allow', Action: 'sns:Publish', Resource: it.stack.resolve(topicOf(dlq).topicArn) }] },
    });
    expect(seen(it as unknown as Defined).waitsFor).toContain(id);
    expect(resourcesOf(it.stack).Mapping.Properties.FunctionName).toEqual(it.stack.resolve(nameOf(it)));
  });

  const nameOf = ({ stack }: Resources) => (stack.node.findChild('Mapping') as lambda.CfnEventSourceMapping).functionName;

  test('takes the construct of a function that has one', () => {
    const it = define();
    const dlq = new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(it.stream) });
    dlq.attachTo(mappingOf(it));
    const passed = define();
    new StreamDlq(passed.stack, 'Dlq', { source: StreamSource.kinesis(passed.stream) }).attachTo(mappingOf(passed), passed.fn);
    expect(resourcesOf(it.stack)).toEqual(resourcesOf(passed.stack));
  });

  test('waits and is advised as with the constructs of the CDK', () => {
    // A retention that leaves too little time, and a processor that takes longer than that.
    const [hours, timeout] = [48, 900];
    const settings = { ...SETTINGS, maximumRecordAgeInSeconds: 48 * 3600 - 600 };
    const resource = resources({ stream: { retentionPeriodHours: hours }, fn: { timeout } });
    attach(resource, resource.fn.ref, settings);
    const source = define();
    const stream = new kinesis.Stream(source.stack, 'Longer', { retentionPeriod: Duration.hours(hours) });
    (source.fn.node.defaultChild as lambda.CfnFunction).timeout = timeout;
    source.fn.addEventSource(new KinesisEventSource(stream, {
      ...SETTINGS,
      maxRecordAge: Duration.seconds(settings.maximumRecordAgeInSeconds),
      onFailure: new StreamDlq(source.stack, 'Dlq', { source: StreamSource.kinesis(stream) }),
    }));
    const { advice } = seen(resource as unknown as Defined);
    expect(advice).toEqual(seen(source).advice);
    expect(advice).toEqual(expect.arrayContaining(['supersetPayload', 'maxRecordAgeNearRetention', 'processorTimeoutBeyondRetention']));
    const withoutPolicy = (it: Pick<Defined, 'stack'>) => [seen(it as Defined).waitsFor].flat().filter((id) => !String(id).includes('PublishTo'));
    expect(withoutPolicy(resource)).toEqual(withoutPolicy(source));
  });

  test('has one policy for two functions of one role, and for two mappings of one function', () => {
    const it = resources();
    const { handler, runtime, code, role } = it.fn;
    const other = new lambda.CfnFunction(it.stack, 'Other', { handler, runtime, code, role });
    attach(it, it.fn.ref);
    attach(it, other.ref, {}, 'Second');
    attach(it, it.fn.ref, {}, 'Third');
    expect(deliveries(it.stack)).toHaveLength(1);
    expect(Object.values(resourcesOf(it.stack)).filter(({ Type }) => Type === 'AWS::IAM::Role')).toHaveLength(2);
  });

  test('names a role with a path as it is, in the policy of a key too', () => {
    const it = resources({ role: { path: '/service-role/' } });
    const [stream, encryptionKey] = [kinesis.Stream.fromStreamArn(it.stack, 'Imported', it.stream.attrArn), new kms.Key(it.stack, 'Key')];
    new StreamDlq(it.stack, 'Dlq', { source: StreamSource.kinesis(stream), encryptionKey });
    attach(it, it.fn.ref);
    const [[, { Properties }]] = deliveries(it.stack);
    expect(Properties.Roles).toEqual([{ Ref: 'Role' }]);
    expect(JSON.stringify(Properties.PolicyDocument)).toContain('kms:GenerateDataKey');
    expect(JSON.stringify(resourcesOf(it.stack))).not.toMatch(/Fn::Select[^]*Fn::Split[^]*"Role"/);
  });

  test('takes a role that the template names by its ARN', () => {
    const it = resources({ fn: { role: 'arn:aws:iam::123456789012:role/service-role/orders' } });
    attach(it, it.fn.ref);
    expect(Object.values(resourcesOf(it.stack)).filter(({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles.includes('orders'))).toHaveLength(1);
  });

  test.each([
    ['orders', '"orders"'],
    ['arn:aws:lambda:us-east-1:123456789012:function:orders', '"arn:aws:lambda:us-east-1:123456789012:function:orders"'],
  ])('is refused for a function that is no resource of the app: %s', (name, shown) => {
    expect(() => attach(resources(), name)).toThrow(
      '[Stack/Mapping] `processor` must be passed for a mapping whose function is not a resource of this app, got: ' +
        `the function ${shown}; pass what Function.fromFunctionAttributes() returns, with its \`role\``,
    );
  });
});

describe('a stream or a table that is an L1, encrypted with a customer managed key', () => {
  const keyArn = 'arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555';

  function adviceFor(sourceIn: (stack: Stack) => StreamSource): string[] {
    const stack = testStack();
    new StreamDlq(stack, 'Dlq', { source: sourceIn(stack) });
    return annotationsOf(stack).filter((it) => it.includes('sourceKeyNotKnown'));
  }

  const stream = (stack: Stack, KeyId: string) =>
    new kinesis.CfnStream(stack, 'Stream', { streamEncryption: { encryptionType: 'KMS', keyId: KeyId } }).attrArn;

  function tableSource(stack: Stack, encryptionKey?: kms.IKey): StreamSource {
    const table = new dynamodb.CfnTable(stack, 'Table', {
      billingMode: 'PAY_PER_REQUEST',
      attributeDefinitions: [{ attributeName: 'id', attributeType: 'S' }],
      keySchema: [{ attributeName: 'id', keyType: 'HASH' }],
      streamSpecification: { streamViewType: 'NEW_IMAGE' },
      sseSpecification: { sseEnabled: true, sseType: 'KMS', kmsMasterKeyId: keyArn },
    });
    return StreamSource.dynamo(dynamodb.Table.fromTableAttributes(stack, 'Imported', {
      tableArn: table.attrArn, tableStreamArn: table.attrStreamArn, encryptionKey,
    }));
  }

  test('gets a warning without the key: the hydrate function could not decrypt its records', () => {
    const message = (source: string) =>
      `warning /Stack/Dlq: a source that is encrypted with a customer managed key should have it as \`encryptionKey\`, got: '${source}' without one, whose resource ` +
      `names "${keyArn}"; import it by Stream.fromStreamAttributes() or Table.fromTableAttributes() with \`encryptionKey\`: the hydrate function ` +
      'cannot decrypt its records otherwise [ack: cdk-stream-dlq:sourceKeyNotKnown]';
    expect(adviceFor((stack) => StreamSource.kinesis(kinesis.Stream.fromStreamArn(stack, 'Imported', stream(stack, keyArn))))).toEqual([message('Stack/Stream')]);
    expect(adviceFor((stack) => tableSource(stack))).toEqual([message('Stack/Table')]);
  });

  test('gets none with the key, nor with the key that AWS manages', () => {
    const key = (stack: Stack) => kms.Key.fromKeyArn(stack, 'Key', keyArn);
    expect(adviceFor((stack) => StreamSource.kinesis(kinesis.Stream.fromStreamAttributes(stack, 'Imported', {
      streamArn: stream(stack, keyArn), encryptionKey: key(stack),
    })))).toEqual([]);
    expect(adviceFor((stack) => tableSource(stack, key(stack)))).toEqual([]);
    const managed = (stack: Stack) => kinesis.Stream.fromStreamArn(stack, 'Imported', stream(stack, 'alias/aws/kinesis'));
    expect(adviceFor((stack) => StreamSource.kinesis(managed(stack)))).toEqual([]);
  });
});
