export { type DynamoMappingOptions } from './dynamo-mapping-options';
export { DynamoStreamProcessor, type DynamoStreamProcessorProps } from './dynamo-stream-processor';
export { type KinesisMappingOptions } from './kinesis-mapping-options';
export { KinesisStreamProcessor, type KinesisStreamProcessorProps } from './kinesis-stream-processor';
export { StreamDlq, type StreamDlqProps } from './stream-dlq';
export { type StreamDlqOptions } from './stream-dlq-options';
export { type StreamProcessorOptions } from './stream-processor-options';
export { StreamSource } from './stream-source';
