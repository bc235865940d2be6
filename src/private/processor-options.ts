import { IConstruct } from 'constructs';
import { StreamDlqOptions } from '../stream-dlq-options';
import { StreamProcessorOptions } from '../stream-processor-options';
import { fail } from './checks';

/** The props of a `StreamDlq`, none of which belongs beside a shared one. */
const DLQ_OPTIONS: Record<keyof StreamDlqOptions, true> = {
  queue: true,
  queueMaxMessageSizeBytes: true,
  queueRetentionPeriod: true,
  queueVisibilityTimeout: true,
  overflowBucket: true,
  undeliverableQueue: true,
  undeliverableQueueRetentionPeriod: true,
  encryptionKey: true,
  removalPolicy: true,
  capture: true,
  keepCapture: true,
  auditLogGroup: true,
  alarmActions: true,
  alarms: true,
  customMetrics: true,
  logQueries: true,
};

/** Checks the props of a processor of any kind of stream. */
export function validateProcessorOptions(scope: IConstruct, options: StreamProcessorOptions): void {
  if (!options.processor === !options.processorProps) {
    fail(
      scope,
      `exactly one of \`processor\` and \`processorProps\` must be given, got: ${options.processor ? 'both' : 'neither'}; ` +
        'pass an existing function as `processor`, or the properties of a new one as `processorProps`',
    );
  }
  if (options.processor && !options.processor.role) {
    fail(
      scope,
      `\`processor\` must have a role, got: '${options.processor.node.path}', imported without one; import it by ` +
        'Function.fromFunctionAttributes() with `role`, a role that may read the stream and send failure records',
    );
  }
  if (options.dlq) {
    const given = Object.keys(DLQ_OPTIONS).filter((option) => options[option as keyof StreamDlqOptions] !== undefined);
    if (given.length > 0) {
      fail(scope, `options of a StreamDlq must not be set with \`dlq\`, got: ${given.map((it) => `\`${it}\``).join(', ')}; set them ` +
        'where `dlq` is defined');
    }
  }
}
