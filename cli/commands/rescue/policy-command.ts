import { operatorCommand, quoted } from '../../command-line';
import type { GlobalOptions } from '../../context';
import type { SourceOptions } from './source';
import type { TargetOptions } from './target';

/** The command that prints what a rescue needs to be allowed. */
export function policyCommand(globals: Partial<GlobalOptions>, rescue: Partial<SourceOptions & TargetOptions>): string {
  const { from, delete: deletes, toQueue, toStack } = rescue;
  const options = Object.entries({ 'from': from?.startsWith('s3:') ? from : undefined, 'to-queue': toQueue, 'to-stack': toStack });
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${quoted(value)}`]));
  return operatorCommand(['policy --rescue', ...(deletes ? ['--delete'] : []), ...given].join(' '), globals);
}
