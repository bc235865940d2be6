import { IConstruct } from 'constructs';
import { StreamDlqOptions } from '../stream-dlq-options';
import { StreamProcessorOptions } from '../stream-processor-options';
import { DLQ_OPTIONS } from './dlq-options';
import { fail } from './fail';

/** Checks what a processor of any kind of stream is given. */
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
      `\`processor\` must come with its role, got: '${options.processor.node.path}', imported without one; ` +
        'import it by Function.fromFunctionAttributes() with `role`, which needs to read the stream and to send failure records',
    );
  }
  if (options.dlq) {
    const given = Object.keys(DLQ_OPTIONS).filter((option) => options[option as keyof StreamDlqOptions] !== undefined);
    if (given.length > 0) {
      fail(scope, `\`dlq\` is shared as it is, got: ${given.map((it) => `\`${it}\``).join(', ')} beside it; set them where it is defined`);
    }
  }
}
