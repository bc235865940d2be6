import { CfnParameter, Duration, Lazy, Stack } from 'aws-cdk-lib';
import { processorProps, propertiesOf, testStack } from '../support/app';
import { declaredProperties, givenIn, MAPPING_CASES, propertiesOfStruct } from '../support/mapping-options';
import { CommonOptions, PROCESSOR_KINDS } from '../support/stream-processors';

describe.each(Object.entries(PROCESSOR_KINDS))('options of the mapping of %s', (_, { define }) => {
  const mappingOf = (options: CommonOptions, stack = testStack()) => propertiesOf(define(stack, { processorProps, ...options }).mapping);

  test.each(Object.entries(MAPPING_CASES))('%s reaches it', (__, option) => {
    const stack = testStack();
    expect(mappingOf(givenIn(stack, option), stack)).toMatchObject(option.mapping);
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

  describe('tokens pass every range check', () => {
    const seconds = (stack: Stack) => Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber);
    const number = (stack: Stack) => new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;

    describe.each([
      ['batchSize', 'BatchSize'],
      ['retryAttempts', 'MaximumRetryAttempts'],
      ['parallelizationFactor', 'ParallelizationFactor'],
    ])('%s', (option, property) => {
      test('from a parameter of the stack', () => {
        const stack = testStack();
        expect(mappingOf({ [option]: number(stack) }, stack)[property]).toEqual({ Ref: 'Number' });
      });

      test('that is produced late', () => {
        expect(mappingOf({ [option]: Lazy.number({ produce: () => 5 }) })[property]).toBe(5);
      });
    });

    test.each([
      ['maxBatchingWindow', 'MaximumBatchingWindowInSeconds'],
      ['tumblingWindow', 'TumblingWindowInSeconds'],
      // The CDK itself compares the encoded token, a large negative number, with its lower bound.
      ['maxRecordAge', 'MaximumRecordAgeInSeconds'],
    ])('%s from a parameter of the stack', (option, property) => {
      const stack = testStack();
      expect(mappingOf({ [option]: seconds(stack) }, stack)[property]).toEqual({ Ref: 'Seconds' });
    });
  });
});

describe.each([
  ['Kinesis', ['stream', 'streamProps', 'streamRetention', 'enhancedFanOut', 'consumer'], ['startingPositionTimestamp']],
  ['Dynamo', ['table', 'tableProps'], []],
])('%sMappingOptions', (kind, ofProcessor, ofKind) => {
  const theirs = propertiesOfStruct(`aws-cdk-lib.aws_lambda_event_sources.${kind}EventSourceProps`);
  const struct = declaredProperties(`${kind.toLowerCase()}-mapping-options.ts`, `${kind}MappingOptions`);

  test('has each of the CDK\'s but what is ours and what it ignores itself, and none more', () => {
    expect([...struct.keys(), 'onFailure', 'provisionedPollerConfig'].sort()).toEqual([...theirs].sort());
  });

  test('has none with the name of a prop of ours, which it would be taken for', () => {
    const processor = declaredProperties(`${kind.toLowerCase()}-stream-processor.ts`, `${kind}StreamProcessorProps`);
    expect([...processor.keys()].sort()).toEqual([...ofProcessor].sort());
    const ours = [
      ...processor.keys(),
      ...declaredProperties('processor-options.ts', 'ProcessorOptions').keys(),
      ...declaredProperties('stream-processor-options.ts', 'StreamProcessorOptions').keys(),
      ...declaredProperties('stream-dlq-options.ts', 'StreamDlqOptions').keys(),
      ...declaredProperties('stream-dlq.ts', 'StreamDlqProps').keys(),
    ];
    expect(ours).toEqual(expect.arrayContaining(['processor', 'dlq', 'queue', 'source']));
    expect(theirs.filter((name) => ours.includes(name))).toEqual([]);
  });

  test('has optional properties only', () => {
    expect([...struct].filter(([, { optional }]) => !optional)).toEqual([]);
  });

  test('has none that is not shown to reach the mapping', () => {
    expect([...Object.keys(MAPPING_CASES), ...ofKind].sort()).toEqual([...struct.keys()].sort());
  });
});
