import { CfnParameter } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { KinesisMappingOptions, KinesisStreamProcessor } from '../../src';
import { processorProps, propertiesOf, testStack } from '../support/app';
import { givenIn, MAPPING_CASES, MappingCase } from '../support/mapping-options';

/** What a mapping of another kind of stream does not have. */
const TIMESTAMP: MappingCase<KinesisMappingOptions> = {
  given: { startingPosition: lambda.StartingPosition.AT_TIMESTAMP, startingPositionTimestamp: 1_700_000_000 },
  mapping: { StartingPosition: 'AT_TIMESTAMP', StartingPositionTimestamp: 1_700_000_000 },
};

const mappingOf = (options: KinesisMappingOptions, stack = testStack(), enhancedFanOut = false) =>
  propertiesOf(new KinesisStreamProcessor(stack, 'Orders', { processorProps, ...options, enhancedFanOut }).mapping);

describe('a mapping that reads through an enhanced fan-out consumer', () => {
  test.each(Object.entries({ ...MAPPING_CASES, startingPositionTimestamp: TIMESTAMP }))('has the option %s', (_, option) => {
    const stack = testStack();
    expect(mappingOf(givenIn<KinesisMappingOptions>(stack, option), stack, true)).toMatchObject(option.mapping);
  });
});

describe('startingPositionTimestamp', () => {
  test('beside its starting position is taken as it is', () => {
    expect(mappingOf(givenIn(testStack(), TIMESTAMP))).toMatchObject(TIMESTAMP.mapping);
  });

  test('may be a parameter of the stack', () => {
    const stack = testStack();
    const startingPositionTimestamp = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
    expect(mappingOf({ startingPositionTimestamp }, stack)).toMatchObject({
      StartingPosition: 'AT_TIMESTAMP',
      StartingPositionTimestamp: { Ref: 'Number' },
    });
  });
});

describe('filters', () => {
  test('that are none leave the criteria out, which CloudFormation takes with a filter only', () => {
    expect(mappingOf({ filters: [] }).FilterCriteria).toBeUndefined();
  });
});
