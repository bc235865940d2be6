import { Argument, Option } from 'commander';
import { HydrationStatus } from '../../../src/contract';
import type { CommandDefinition } from '../../command-definition';
import { checkOneQueue, dryRunOption, listOf, takeOptions, wholeNumber } from '../options';
import type { RehydrateOptions } from './run';

export const rehydrate: CommandDefinition<RehydrateOptions> = {
  name: 'rehydrate',
  summary: 'read the records of incomplete dead letters again, or retry undeliverables',
  description: [
    'Invokes the hydrate function for PARTIAL and UNREADABLE dead letters, to read their records again while the stream has them: for example ' +
      'after you fixed a permission or a key. The old dead letter is deleted only when the new one is in the queue and holds at least as much.',
    'This also works for dead letters of the S3 capture: the object that Lambda wrote does not change, but the stream may have more records. A ' +
      'stack without a hydrate function needs keepCapture: FailureCapture.hydrate().',
    '--parked does this for dead letters in the parking queue. The new dead letters go to the dead-letter queue.',
    '--undeliverables gives the events in the undeliverable queue to the hydrate or capture function again.',
  ].join('\n\n'),
  arguments: [new Argument('[id...]', 'only these: ids of dead letters or messages, or at least the first 4 characters')],
  options: [
    new Option('--undeliverables', 'retry the events in the undeliverable queue').default(false),
    new Option('--parked', 'use the parking queue').default(false),
    new Option('--include <status>', 'also try dead letters with this status: EXPIRED')
      .argParser(listOf([HydrationStatus.EXPIRED])).default([], 'PARTIAL and UNREADABLE only'),
    dryRunOption(),
    new Option('-l, --limit <count>', 'try this many messages at most').argParser(wholeNumber(1)),
    // A shard serves five reads a second to all of its readers.
    new Option('-c, --concurrency <count>', 'messages to try at the same time, 1 to 16').argParser(wholeNumber(1, 16)).default(2),
    ...takeOptions(),
  ],
  examples: [
    { command: 'rehydrate --stack Orders', does: 'read the records of all PARTIAL and UNREADABLE dead letters again' },
    { command: 'rehydrate --stack Orders --undeliverables', does: 'give all undeliverables to their functions again' },
    { command: 'rehydrate --stack Orders 3f2a', does: 'one dead letter' },
  ],
  needs:
    'sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:DeleteMessage, and lambda:InvokeFunction on the hydrate function, for undeliverables ' +
    'also on the capture function',
  check: (_ids, options) => checkOneQueue(options),
  load: () => import('./run.js'),
};
