import type { RedriveOptions } from '../../commands/redrive/run';
import type { Operation } from './operation';

/** What `redrive` gets where nothing is given, but for `--yes`. */
export const redriveOptions = ({ auditLog }: Pick<Operation, 'auditLog'>, given: Partial<RedriveOptions> = {}): RedriveOptions => ({
  filter: [], include: [], onlyFailedRecords: false, toStream: false, parked: false, dryRun: false, concurrency: 4, stopAfterFailures: 10, yes: true,
  visibilityTimeout: 120, countReceives: false, auditLog, ...given,
});
