import { Capture, DlqParts } from './dlq-parts';
import { Internals } from './internals';

/** How failed batches get to a `StreamDlq`. */
export interface CaptureKind {
  /** As an app writes it, for messages. */
  readonly name: string;
  /** Whether it reads records from the stream again. */
  readonly rereads: boolean;
  /** What it defines besides functions: that is encrypted with the key of the `StreamDlq`. */
  readonly defines?: 'topic' | 'bucket';
  define(parts: DlqParts): Capture;
}

/** By `FailureCapture`. */
export const captureKinds = new Internals<CaptureKind>('a FailureCapture');
