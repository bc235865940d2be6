export { type KinesisMappingOptions } from './kinesis-mapping-options';
export { KinesisStreamProcessor, type KinesisStreamProcessorProps } from './kinesis-stream-processor';
export { StreamDlq, type StreamDlqOptions, type StreamDlqProps } from './stream-dlq';
export { StreamSource } from './stream-source';
