import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { KinesisStreamProcessor } from 'cdk-stream-dlq';
import { synthApp } from './synth-app';

synthApp([KinesisStreamProcessor], (stack, index) => new KinesisStreamProcessor(stack, `Orders${index}`, {
  processorProps: { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline('exports.handler = async () => {};') },
}));
