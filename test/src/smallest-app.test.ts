import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { KinesisStreamProcessor } from '../../src';
import { annotationsOf, processorProps, testStack } from '../support/app';

/** The first thing that a newcomer writes. */
function smallestApp(): Stack {
  const stack = testStack();
  new KinesisStreamProcessor(stack, 'Orders', { processorProps });
  return stack;
}

describe('the smallest app', () => {
  test('has this template', () => {
    expect(Template.fromStack(smallestApp()).toJSON()).toMatchSnapshot();
  });

  test('has nothing to warn of', () => {
    expect(annotationsOf(smallestApp())).toEqual([]);
  });

  test('has no output that a stack would have to keep', () => {
    expect(Template.fromStack(smallestApp()).findOutputs('*')).toEqual({});
  });
});
