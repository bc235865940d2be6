import { Argument, Option } from 'commander';
import { HydrationStatus } from '../../src/contract';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import { TakingOptions, takingOptions } from './changing';
import { listOf, wholeNumber } from './parse';

export interface RehydrateOptions extends TakingOptions {
  readonly undeliverables: boolean;
  readonly parked: boolean;
  readonly include: readonly (typeof HydrationStatus.EXPIRED)[];
  readonly dryRun: boolean;
  readonly limit?: number;
  readonly concurrency: number;
}

export const rehydrate: CommandDefinition<RehydrateOptions> = {
  name: 'rehydrate',
  summary: 'read the records of incomplete dead letters, or of undeliverables, again',
  description: [
    'Has the hydrate function read the records of PARTIAL and UNREADABLE dead letters again, while the stream has them: after a permission or ' +
      'a key was mended. The old dead letter is deleted only when the new one is in the queue and is at least as good.',
    'With S3 capture, too: the object that Lambda wrote stays what it is, and only the stream can have more. A stack without a hydrate function ' +
      'takes standbyCapture: FailureCapture.hydrate() for that.',
    'With --parked: those that the redrive function has moved to the parking queue. The new dead letter is in the dead-letter queue then.',
    'With --undeliverables: what waits in the undeliverable queue is given once more to the hydrate or the capture function, whichever it was for.',
  ].join('\n\n'),
  arguments: [new Argument('[id...]', 'only these: dead-letter or message ids, or at least their first 4 characters')],
  options: [
    new Option('--undeliverables', 'work on the undeliverable queue instead').default(false),
    new Option('--parked', 'work on the parking queue instead').default(false),
    new Option('--include <status>', 'try these as well: EXPIRED').argParser(listOf([HydrationStatus.EXPIRED])).default([], 'PARTIAL and UNREADABLE only'),
    new Option('-n, --dry-run', 'say what would be done with each, and do nothing').default(false),
    new Option('-l, --limit <count>', 'try no more than this').argParser(wholeNumber(1)),
    // A shard serves five reads a second to all of its readers.
    new Option('-c, --concurrency <count>', 'at a time, 1 to 16').argParser(wholeNumber(1, 16)).default(2),
    ...takingOptions(),
  ],
  examples: [
    { command: 'rehydrate --stack Orders', does: 'try all PARTIAL and UNREADABLE dead letters again' },
    { command: 'rehydrate --stack Orders --undeliverables', does: 'give the undeliverables to their functions again' },
    { command: 'rehydrate --stack Orders 3f2a', does: 'one of them' },
  ],
  needs: 'sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:DeleteMessage, and lambda:InvokeFunction on the hydrate function; for undeliverables on the capture function as well',
  check: (_ids, { undeliverables, parked }) => {
    if (undeliverables && parked) {
      throw new CliError('--undeliverables cannot go with --parked: they are two queues. Work on one after the other.');
    }
  },
  load: () => import('../commands/rehydrate.js'),
};
