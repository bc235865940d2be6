import { Stack } from 'aws-cdk-lib';
import * as kinesis from 'aws-cdk-lib/aws-kinesis';
import { DynamoMappingOptions, DynamoStreamProcessor, KinesisStreamProcessor, StreamDlq, StreamProcessorOptions, StreamSource } from '../../src';
import { partitionKey, tableV2WithStream } from './tables';

/** What processors of every kind of stream take. */
export type CommonOptions = DynamoMappingOptions & StreamProcessorOptions;

export interface ProcessorKind {
  /** A construct with the id `Orders`, on a stream of its own. */
  define(stack: Stack, options: CommonOptions): KinesisStreamProcessor | DynamoStreamProcessor;
  /** The same on a stream that is there, with the StreamDlq that is there for it. */
  defineSharing(stack: Stack, options: CommonOptions): KinesisStreamProcessor | DynamoStreamProcessor;
}

export const PROCESSOR_KINDS: Record<string, ProcessorKind> = {
  KinesisStreamProcessor: {
    define: (stack, options) => new KinesisStreamProcessor(stack, 'Orders', options),
    defineSharing: (stack, options) => {
      const stream = new kinesis.Stream(stack, 'Stream');
      const dlq = new StreamDlq(stack, 'Shared', { source: StreamSource.kinesis(stream) });
      return new KinesisStreamProcessor(stack, 'Orders', { stream, dlq, ...options });
    },
  },
  DynamoStreamProcessor: {
    define: (stack, options) => new DynamoStreamProcessor(stack, 'Orders', { tableProps: { partitionKey }, ...options }),
    defineSharing: (stack, options) => {
      const table = tableV2WithStream(stack);
      const dlq = new StreamDlq(stack, 'Shared', { source: StreamSource.dynamo(table) });
      return new DynamoStreamProcessor(stack, 'Orders', { table, dlq, ...options });
    },
  },
};
