import { dirname, join } from 'node:path';
import { loadAssemblyFromPath, Property, TypeKind } from '@jsii/spec';
import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import ts from 'typescript';
import { KinesisMappingOptions, KinesisStreamProcessor } from '../../src';
import { processorProps, propertiesOf, testStack } from '../support/app';

const filters = [lambda.FilterCriteria.filter({ data: { kind: lambda.FilterRule.isEqual('order') } })];
const Filters = [{ Pattern: '{"data":{"kind":["order"]}}' }];

interface Case {
  readonly given: KinesisMappingOptions | ((stack: Stack) => KinesisMappingOptions);
  /** What of it has to be among the properties of the mapping. */
  readonly mapping: Record<string, unknown>;
}

/** Each option with a value that is no default of anybody. */
const CASES: Record<Exclude<keyof KinesisMappingOptions, 'provisionedPollerConfig'>, Case> = {
  batchSize: { given: { batchSize: 250 }, mapping: { BatchSize: 250 } },
  bisectBatchOnError: { given: { bisectBatchOnError: false }, mapping: { BisectBatchOnFunctionError: false } },
  enabled: { given: { enabled: false }, mapping: { Enabled: false } },
  filterEncryption: {
    given: (stack) => ({
      filters,
      filterEncryption: kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/filters'),
    }),
    mapping: { KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:key/filters' },
  },
  filters: { given: { filters }, mapping: { FilterCriteria: { Filters } } },
  maxBatchingWindow: { given: { maxBatchingWindow: Duration.seconds(20) }, mapping: { MaximumBatchingWindowInSeconds: 20 } },
  maxRecordAge: { given: { maxRecordAge: Duration.hours(2) }, mapping: { MaximumRecordAgeInSeconds: 7200 } },
  metricsConfig: {
    given: { metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] } },
    mapping: { MetricsConfig: { Metrics: ['EventCount'] } },
  },
  parallelizationFactor: { given: { parallelizationFactor: 4 }, mapping: { ParallelizationFactor: 4 } },
  retryAttempts: { given: { retryAttempts: 7 }, mapping: { MaximumRetryAttempts: 7 } },
  startingPosition: {
    given: { startingPosition: lambda.StartingPosition.LATEST },
    mapping: { StartingPosition: 'LATEST' },
  },
  startingPositionTimestamp: {
    given: { startingPosition: lambda.StartingPosition.AT_TIMESTAMP, startingPositionTimestamp: 1_700_000_000 },
    mapping: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000 },
  },
  tumblingWindow: { given: { tumblingWindow: Duration.minutes(2) }, mapping: { TumblingWindowInSeconds: 120 } },
  reportBatchItemFailures: { given: { reportBatchItemFailures: true }, mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] } },
};

const mappingOf = (options: KinesisMappingOptions, stack = testStack(), more: { enhancedFanOut?: boolean } = {}) =>
  propertiesOf(new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...options, ...more }).mapping);

describe('every option of the mapping reaches it', () => {
  describe.each(Object.entries(CASES))('%s', (_, { given, mapping }) => {
    const optionsIn = (stack: Stack) => (typeof given === 'function' ? given(stack) : given);

    test('when it reads the stream itself', () => {
      const stack = testStack();
      expect(mappingOf(optionsIn(stack), stack)).toMatchObject(mapping);
    });

    test('when it reads through an enhanced fan-out consumer', () => {
      const stack = testStack();
      expect(mappingOf(optionsIn(stack), stack, { enhancedFanOut: true })).toMatchObject(mapping);
    });
  });

  test('reportBatchItemFailures false keeps the mapping from listening to a partial response', () => {
    expect(mappingOf({ reportBatchItemFailures: false })).not.toHaveProperty('FunctionResponseTypes');
  });

  test('retryAttempts 0 is not taken for absent', () => {
    expect(mappingOf({ retryAttempts: 0 }).MaximumRetryAttempts).toBe(0);
  });

  test('retryAttempts -1 tries until the record expires', () => {
    expect(mappingOf({ retryAttempts: -1 }).MaximumRetryAttempts).toBe(-1);
  });

  test('maxRecordAge may be longer than the default', () => {
    expect(mappingOf({ maxRecordAge: Duration.days(7) }).MaximumRecordAgeInSeconds).toBe(604_800);
  });

  test('a starting position beside a timestamp is taken as it is', () => {
    const { given, mapping } = CASES.startingPositionTimestamp;
    expect(mappingOf(given as KinesisMappingOptions)).toMatchObject(mapping);
  });
});

describe('tokens in options of the mapping pass every range check', () => {
  const seconds = (stack: Stack) => Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber);
  const number = (stack: Stack) => new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;

  test.each([
    ['batchSize', 'BatchSize'],
    ['retryAttempts', 'MaximumRetryAttempts'],
    ['parallelizationFactor', 'ParallelizationFactor'],
  ])('%s from a parameter of the stack', (option, property) => {
    const stack = testStack();
    expect(mappingOf({ [option]: number(stack) }, stack)[property]).toEqual({ Ref: 'Number' });
  });

  test.each([
    ['batchSize', 'BatchSize'],
    ['retryAttempts', 'MaximumRetryAttempts'],
    ['parallelizationFactor', 'ParallelizationFactor'],
  ])('%s that is produced late', (option, property) => {
    expect(mappingOf({ [option]: Lazy.number({ produce: () => 5 }) })[property]).toBe(5);
  });

  test.each([
    ['maxBatchingWindow', 'MaximumBatchingWindowInSeconds'],
    ['tumblingWindow', 'TumblingWindowInSeconds'],
  ])('%s from a parameter of the stack', (option, property) => {
    const stack = testStack();
    expect(mappingOf({ [option]: seconds(stack) }, stack)[property]).toEqual({ Ref: 'Seconds' });
  });

  // The CDK itself compares the encoded token, a large negative number, with its lower bound.
  test('maxRecordAge from a parameter of the stack', () => {
    const stack = testStack();
    expect(mappingOf({ maxRecordAge: seconds(stack) }, stack).MaximumRecordAgeInSeconds).toEqual({ Ref: 'Seconds' });
  });

  test('startingPositionTimestamp from a parameter of the stack', () => {
    const stack = testStack();
    expect(mappingOf({ startingPositionTimestamp: number(stack) }, stack)).toMatchObject({
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: { Ref: 'Number' },
    });
  });
});

describe('the options of the mapping follow those of the CDK', () => {
  const library = dirname(require.resolve('aws-cdk-lib/package.json'));
  const assembly = loadAssemblyFromPath(library, false, ['intersection-types']);

  function propertiesOfStruct(fqn: string): Property[] {
    const type = assembly.types![fqn];
    if (type.kind !== TypeKind.Interface) throw new Error(`${fqn} must be a struct`);
    return [...(type.properties ?? []), ...(type.interfaces ?? []).flatMap(propertiesOfStruct)];
  }

  /** Names and optionality, as the source of the struct has them. */
  function ownProperties(): Map<string, { optional: boolean }> {
    const file = join(__dirname, '../../src/kinesis-mapping-options.ts');
    const source = ts.createSourceFile(file, ts.sys.readFile(file)!, ts.ScriptTarget.Latest);
    const [struct] = source.statements.filter(ts.isInterfaceDeclaration);
    return new Map(
      struct.members.filter(ts.isPropertySignature).map((it) => [
        (it.name as ts.Identifier).text,
        { optional: it.questionToken !== undefined },
      ]),
    );
  }

  const theirs = propertiesOfStruct('aws-cdk-lib.aws_lambda_event_sources.KinesisEventSourceProps').map(({ name }) => name);

  test('each of the CDK\'s is there but what is ours and what it ignores itself, and none more', () => {
    const left = ['onFailure', 'provisionedPollerConfig'];
    expect([...ownProperties().keys(), ...left].sort()).toEqual([...theirs].sort());
  });

  test('none of the CDK\'s has the name of a prop of ours, which it would be taken for', () => {
    const ours = [
      'stream', 'streamProps', 'processor', 'processorProps', 'enhancedFanOut', 'consumer', 'dlq', 'source', 'queue', 'queueMaxMessageSizeBytes',
      'overflowBucket', 'queueRetentionPeriod', 'undeliverableQueue', 'encryptionKey', 'removalPolicy', 'capture', 'formerCapture',
    ];
    expect(theirs.filter((name) => ours.includes(name))).toEqual([]);
  });

  test('all are optional', () => {
    expect([...ownProperties()].filter(([, { optional }]) => !optional)).toEqual([]);
  });

  test('each is shown above to reach the mapping', () => {
    expect(Object.keys(CASES).sort()).toEqual([...ownProperties().keys()].sort());
  });
});
