import { StreamDlqOptions } from '../stream-dlq-options';

/** The props of a `StreamDlq`, all of which belong elsewhere when one is shared. */
export const DLQ_OPTIONS: Record<keyof StreamDlqOptions, true> = {
  queue: true,
  queueMaxMessageSizeBytes: true,
  overflowBucket: true,
  queueRetentionPeriod: true,
  undeliverableQueue: true,
  encryptionKey: true,
  removalPolicy: true,
  capture: true,
  standbyCapture: true,
  auditLogGroup: true,
};
