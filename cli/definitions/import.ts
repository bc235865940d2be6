import { Argument, Option } from 'commander';
import type { CommandDefinition } from '../command-definition';
import { ChangingOptions, changingOptions } from './changing';
import { wholeNumber } from './parse';

export interface ImportOptions extends ChangingOptions {
  readonly dryRun: boolean;
  readonly concurrency: number;
}

export const importFile: CommandDefinition<ImportOptions> = {
  name: 'import',
  summary: 'put exported dead letters back into a queue',
  description: [
    'Sends what "export" or "discard" wrote to a dead-letter queue: as a message where it fits, otherwise to the overflow bucket with a pointer.',
    'FILE.imported notes what was sent: run it again to go on after an interruption.',
  ].join('\n\n'),
  arguments: [new Argument('<file>', 'a file of JSON Lines that "export" wrote; .gz is read as such')],
  options: [
    new Option('-n, --dry-run', 'say what would be sent, and do nothing').default(false),
    new Option('-c, --concurrency <count>', 'at a time, 1 to 64').argParser(wholeNumber(1, 64)).default(8),
    ...changingOptions(),
  ],
  examples: [
    { command: 'import discarded.jsonl.gz --stack Orders', does: 'put back what was discarded' },
    { command: 'import evidence.jsonl --queue replay-test', does: 'into another queue' },
  ],
  needs: 'sqs:SendMessage; s3:PutObject for those over the limit of the queue',
  load: () => import('../commands/import.js'),
};
