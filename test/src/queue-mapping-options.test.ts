import { CfnParameter, Duration, Lazy } from 'aws-cdk-lib';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { QueueMappingOptions } from '../../src';
import { propertiesOf, testStack } from '../support/app';
import { declaredProperties, givenIn, MappingCase, propertiesOfStruct } from '../support/mapping-options';
import { queueProcessor } from '../support/queue-processor';

const filters = [lambda.FilterCriteria.filter({ body: { kind: lambda.FilterRule.isEqual('order') } })];
const Filters = [{ Pattern: '{"body":{"kind":["order"]}}' }];

/** Each option, with a value that is no default. */
const CASES: Record<keyof QueueMappingOptions, MappingCase<QueueMappingOptions>> = {
  batchSize: { given: { batchSize: 7 }, mapping: { BatchSize: 7 } },
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
  maxConcurrency: { given: { maxConcurrency: 12 }, mapping: { ScalingConfig: { MaximumConcurrency: 12 } } },
  metricsConfig: {
    given: { metricsConfig: { metrics: [lambda.MetricType.EVENT_COUNT] } },
    mapping: { MetricsConfig: { Metrics: ['EventCount'] } },
  },
  provisionedPollerConfig: {
    given: { provisionedPollerConfig: { minimumPollers: 3, maximumPollers: 30 } },
    mapping: { ProvisionedPollerConfig: { MinimumPollers: 3, MaximumPollers: 30 } },
  },
  reportBatchItemFailures: { given: { reportBatchItemFailures: true }, mapping: { FunctionResponseTypes: ['ReportBatchItemFailures'] } },
};

const mappingOf = (options: QueueMappingOptions, stack = testStack()) => propertiesOf(queueProcessor(options, stack).mapping);

test.each(Object.entries(CASES))('%s reaches the mapping', (_, option) => {
  const stack = testStack();
  expect(mappingOf(givenIn(stack, option), stack)).toMatchObject(option.mapping);
});

test('reportBatchItemFailures false keeps the mapping from listening to a partial response', () => {
  expect(mappingOf({ reportBatchItemFailures: false })).not.toHaveProperty('FunctionResponseTypes');
});

test('filters that are none leave the criteria out, which CloudFormation takes with a filter only', () => {
  expect(mappingOf({ filters: [] }).FilterCriteria).toBeUndefined();
});

test('a large batch is taken with a batching window', () => {
  expect(mappingOf({ batchSize: 10_000, maxBatchingWindow: Duration.seconds(1) }))
    .toMatchObject({ BatchSize: 10_000, MaximumBatchingWindowInSeconds: 1 });
});

describe('tokens pass every range check', () => {
  test.each([
    ['batchSize', ['BatchSize']],
    ['maxConcurrency', ['ScalingConfig', 'MaximumConcurrency']],
  ])('%s', (option, path) => {
    const stack = testStack();
    const parameter = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
    expect(mappingOf({ [option]: parameter }, stack)).toHaveProperty(path, { Ref: 'Number' });
    expect(mappingOf({ [option]: Lazy.number({ produce: () => 5 }) })).toHaveProperty(path, 5);
  });

  test('maxBatchingWindow', () => {
    const stack = testStack();
    const seconds = Duration.seconds(new CfnParameter(stack, 'Seconds', { type: 'Number' }).valueAsNumber);
    expect(mappingOf({ maxBatchingWindow: seconds, batchSize: 100 }, stack)).toMatchObject({ MaximumBatchingWindowInSeconds: { Ref: 'Seconds' } });
  });
});

describe('QueueMappingOptions', () => {
  const struct = declaredProperties('queue-mapping-options.ts', 'QueueMappingOptions');
  const theirs = propertiesOfStruct('aws-cdk-lib.aws_lambda_event_sources.SqsEventSourceProps');

  test('has each of the CDK\'s, and provisioned pollers, which older versions of its event source do not take', () => {
    expect([...struct.keys()].sort()).toEqual([...new Set([...theirs, 'provisionedPollerConfig'])].sort());
  });

  test('has none with the name of a prop of ours, which it would be taken for', () => {
    const ours = [
      ...declaredProperties('queue-processor-props.ts', 'QueueProcessorProps').keys(),
      ...declaredProperties('processor-options.ts', 'ProcessorOptions').keys(),
      ...declaredProperties('alarm-props.ts', 'AlarmProps').keys(),
    ];
    expect(ours).toEqual(expect.arrayContaining(['queue', 'processor', 'alarms']));
    expect([...struct.keys()].filter((name) => ours.includes(name))).toEqual([]);
  });

  test('has optional properties only', () => {
    expect([...struct].filter(([, { optional }]) => !optional)).toEqual([]);
  });

  test('has none that is not shown to reach the mapping', () => {
    expect(Object.keys(CASES).sort()).toEqual([...struct.keys()].sort());
  });
});
