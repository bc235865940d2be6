import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { HandWired } from '../../bench/rivals/hand-wired';
import { KinesisStreamProcessor } from '../../src';

function typesOf(define: (stack: Stack) => void): Record<string, number> {
  const app = new App();
  define(new Stack(app, 'Orders'));
  const { Resources } = app.synth().getStackArtifact('Orders').template as { Resources: Record<string, { Type: string }> };
  const types: Record<string, number> = {};
  for (const { Type: type } of Object.values(Resources)) types[type] = (types[type] ?? 0) + 1;
  return types;
}

test('the rival of the synth bench defines what a KinesisStreamProcessor defines, but the second policy of the processor', () => {
  const ours = typesOf((stack) => {
    const processorProps = { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {};') };
    new KinesisStreamProcessor(stack, 'Processor', { processorProps });
  });
  const rival = typesOf((stack) => new HandWired(stack, 'Processor', join(__dirname, '..', '..', 'assets')));
  expect({ ...rival, 'AWS::IAM::Policy': rival['AWS::IAM::Policy'] + 1 }).toEqual(ours);
});
