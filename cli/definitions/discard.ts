import { Argument, Option } from 'commander';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import { TakingOptions, takingOptions } from './changing';
import { wholeNumber } from './parse';

export interface DiscardOptions extends TakingOptions {
  readonly reason: string;
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly limit?: number;
  /** A file, or false for --no-export. Absent: a name with the time. */
  readonly export?: string | false;
  readonly yesForGood: boolean;
  readonly all: boolean;
}

export const discard: CommandDefinition<DiscardOptions> = {
  name: 'discard',
  summary: 'export dead letters, then delete them, with a reason',
  description: [
    'Writes dead letters to a file, as "export" does, and deletes them from the queue when that file is on the disk. ' +
      '"import" puts them back, with --undeliverables or --parked where they were discarded so.',
    'Which ones has to be said: by ids, by --filter, or with --all.',
  ].join('\n\n'),
  arguments: [new Argument('[id...]', 'dead-letter or message ids, or at least their first 4 characters')],
  options: [
    new Option('--reason <text>', 'why, for the audit log; must be given').makeOptionMandatory(),
    new Option('--all', 'everything in the queue').default(false),
    new Option('--undeliverables', 'of the undeliverable queue instead').default(false),
    new Option('--parked', 'of the parking queue instead').default(false),
    new Option('-l, --limit <count>', 'discard no more than this').argParser(wholeNumber(1)),
    new Option('--export <file>', 'where to keep them; compressed where it ends in .gz (default: discarded-<time>.jsonl.gz in this directory)'),
    new Option('--no-export', 'keep nothing of them: has a question of its own, which --yes does not answer'),
    new Option('--yes-for-good', 'answers that question').default(false),
    ...takingOptions(),
  ],
  examples: [
    { command: 'discard 3f2a --stack Orders --reason "test order, ticket 4711"', does: 'one dead letter' },
    { command: 'discard --stack Orders --filter status=EXPIRED --reason "restored from the source"', does: 'all without data' },
  ],
  needs: 'sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:DeleteMessage; s3:GetObject for those over the limit of the queue',
  check(ids, options) {
    if (ids.length === 0 && options.filter.length === 0 && !options.all) {
      throw new CliError('discard must be told which ones: ids, --filter key=value, or --all for everything in the queue.');
    }
    if (options.all && (ids.length > 0 || options.filter.length > 0)) {
      throw new CliError(`--all cannot go with ${ids.length > 0 ? 'ids' : '--filter'}: it means everything in the queue. Leave one of them out.`);
    }
    if (options.undeliverables && options.parked) {
      throw new CliError('--undeliverables cannot go with --parked: they are two queues. Discard from one after the other.');
    }
    if (options.reason.trim() === '') throw new CliError('--reason must say why, got an empty text.');
  },
  load: () => import('../commands/discard.js'),
};
