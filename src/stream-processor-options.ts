import { ProcessorOptions } from './processor-options';
import { IStreamDlq } from './stream-dlq-interface';
import { StreamDlqOptions } from './stream-dlq-options';

/**
 * Options of a construct that processes a stream, whatever kind of stream it is.
 */
export interface StreamProcessorOptions extends ProcessorOptions, StreamDlqOptions {
  /**
   * A `StreamDlq` to share with other processors, of any streams and tables. The stream of this processor is added as a source.
   *
   * @default - a new `StreamDlq` is defined
   */
  readonly dlq?: IStreamDlq;
}
