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
    // Whatever the CDK: its feature flags change the template.
    delete process.env.CDK_CONTEXT_JSON;
    // The hash of the bundled function is that of assets.sha256: it is pinned there.
    const template = JSON.stringify(Template.fromStack(smallestApp()).toJSON()).replace(/[0-9a-f]{64}\.zip/, '(hash of the asset).zip');
    expect(JSON.parse(template)).toMatchSnapshot();
  });

  test('has nothing to warn of', () => {
    expect(annotationsOf(smallestApp())).toEqual([]);
  });

  test('has no output that a stack would have to keep', () => {
    expect(Template.fromStack(smallestApp()).findOutputs('*')).toEqual({});
  });
});
