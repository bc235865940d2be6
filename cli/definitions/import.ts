import { Argument, Option } from 'commander';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import { ChangingOptions, changingOptions } from './changing';
import { wholeNumber } from './parse';

export interface ImportOptions extends ChangingOptions {
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly dryRun: boolean;
  readonly concurrency: number;
}

export const importFile: CommandDefinition<ImportOptions> = {
  name: 'import',
  summary: 'put exported messages back into a queue',
  description: [
    'Sends what "export" or "discard" wrote to a dead-letter queue: as a message where it fits, otherwise to the overflow bucket with a pointer.',
    'What was written with --undeliverables or --parked goes back with the same option: a file from one queue of a stack is refused for another ' +
      'one of it. A file from elsewhere may go into any.',
    'FILE.imported notes what was sent: run it again to go on after an interruption.',
  ].join('\n\n'),
  arguments: [new Argument('<file>', 'a file of JSON Lines that "export" wrote; .gz is read as such')],
  options: [
    new Option('--undeliverables', 'into the undeliverable queue instead').default(false),
    new Option('--parked', 'into the parking queue instead').default(false),
    new Option('-n, --dry-run', 'say what would be sent, and do nothing').default(false),
    new Option('-c, --concurrency <count>', 'at a time, 1 to 64').argParser(wholeNumber(1, 64)).default(8),
    ...changingOptions(),
  ],
  examples: [
    { command: 'import discarded.jsonl.gz --stack Orders', does: 'put back what was discarded' },
    { command: 'import parked.jsonl.gz --stack Orders --parked', does: 'what was in the parking queue, back into it' },
    { command: 'import evidence.jsonl --queue replay-test', does: 'into another queue' },
  ],
  needs: 'sqs:SendMessage; s3:PutObject for those over the limit of the queue',
  check: (_args, { undeliverables, parked }) => {
    if (undeliverables && parked) throw new CliError('--undeliverables cannot go with --parked: they are two queues. Import into one after the other.');
  },
  load: () => import('../commands/import.js'),
};
