import { IConstruct } from 'constructs';
import { ProcessorOptions } from '../processor-options';
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
export function validateStreamProcessorOptions(scope: IConstruct, options: StreamProcessorOptions): void {
  validateProcessorOptions(scope, options, 'read the stream and send failure records');
  if (options.dlq) {
    const given = Object.keys(DLQ_OPTIONS).filter((option) => options[option as keyof StreamDlqOptions] !== undefined);
    if (given.length > 0) {
      fail(scope, `options of a StreamDlq must not be set with \`dlq\`, got: ${given.map((it) => `\`${it}\``).join(', ')}; set them ` +
        'where `dlq` is defined');
    }
  }
}

/** Checks the props of a processor of any kind. */
export function validateProcessorOptions(scope: IConstruct, { processor, processorProps }: ProcessorOptions, task: string): void {
  if (!processor === !processorProps) {
    fail(
      scope,
      `exactly one of \`processor\` and \`processorProps\` must be given, got: ${processor ? 'both' : 'neither'}; ` +
        'pass an existing function as `processor`, or the properties of a new one as `processorProps`',
    );
  }
  if (processor && !processor.role) {
    fail(
      scope,
      `\`processor\` must have a role, got: '${processor.node.path}', imported without one; import it by ` +
        `Function.fromFunctionAttributes() with \`role\`, a role that may ${task}`,
    );
  }
}
