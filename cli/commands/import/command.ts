import { Argument, Option } from 'commander';
import type { CommandDefinition } from '../../command-definition';
import { changeOptions, checkOneQueue, wholeNumber } from '../options';
import type { ImportOptions } from './run';

export const importFile: CommandDefinition<ImportOptions> = {
  name: 'import',
  summary: 'send exported messages back to a queue',
  description: [
    'Sends the messages that "export" or "discard" wrote to a dead-letter queue. A message over the limit of the queue goes to the overflow ' +
      'bucket, with a pointer in the queue.',
    'Import an export of --undeliverables or --parked with the same option: messages from one queue of a stack are not sent to another queue of ' +
      'the same stack. A file from another stack may go to any queue.',
    'FILE.imported records what was sent. After an interruption, run the same command to continue.',
  ].join('\n\n'),
  arguments: [new Argument('<file>', 'file of JSON Lines that "export" or "discard" wrote, compressed if its name ends in .gz')],
  options: [
    new Option('--undeliverables', 'send to the undeliverable queue').default(false),
    new Option('--parked', 'send to the parking queue').default(false),
    new Option('-n, --dry-run', 'show how many messages would be sent, and send nothing').default(false),
    new Option('-c, --concurrency <count>', 'messages to send at the same time, 1 to 64').argParser(wholeNumber(1, 64)).default(8),
    ...changeOptions(),
  ],
  examples: [
    { command: 'import discarded.jsonl.gz --stack Orders', does: 'put back what was discarded' },
    { command: 'import parked.jsonl.gz --stack Orders --parked', does: 'back to the parking queue' },
    { command: 'import evidence.jsonl --queue replay-test', does: 'to another queue' },
  ],
  needs: 'sqs:SendMessage; s3:PutObject for dead letters over the limit of the queue',
  check: (_args, options) => checkOneQueue(options),
  load: () => import('./run.js'),
};
