import { Argument, Option } from 'commander';
import { HydrationStatus } from '../../src/contract';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import { TakingOptions, takingOptions } from './changing';
import { listOf, positiveNumber, wholeNumber } from './parse';

/** What may be sent beside COMPLETE dead letters. */
export const INCLUDABLE = [HydrationStatus.SUPERSET, HydrationStatus.PARTIAL, HydrationStatus.UNREADABLE] as const;
export type Includable = (typeof INCLUDABLE)[number];

export const REMOTE_ACTIONS = ['start', 'stop', 'status'] as const;

export interface RedriveOptions extends TakingOptions {
  readonly function?: string;
  readonly toStream: boolean;
  readonly parked: boolean;
  readonly include: readonly Includable[];
  readonly onlyFailedRecords: boolean;
  readonly dryRun: boolean;
  readonly limit?: number;
  readonly rate?: number;
  readonly concurrency: number;
  /** 0: never. */
  readonly stopAfterFailures: number;
  readonly from?: string;
  readonly remote?: (typeof REMOTE_ACTIONS)[number];
}

export const redrive: CommandDefinition<RedriveOptions> = {
  name: 'redrive',
  summary: 'send dead letters to the processor, or to the stream, again',
  description: [
    'Sends dead letters to the processor that they failed in, or with --to-stream back to the stream, and deletes what was taken. ' +
      'What fails again stays in the queue. A plan is shown and confirmed before anything is sent.',
    'Only COMPLETE dead letters are sent, unless --include names others: SUPERSET ones hold records that did not fail, PARTIAL and ' +
      'UNREADABLE ones lack some that did. Delivery is at least once, and what is sent again is an old change: it comes after newer ones.',
    '--parked sends what the redrive function has moved to the parking queue. What remains of that, or fails again, stays there.',
    '--remote start has the redrive function send COMPLETE ones, and park what it does not send or sends in vain. Before it asks it looks at what ' +
      'is there, and says by status what will become of it; to the function that look is an attempt, and --yes does without.',
    'Ctrl-C begins nothing new and gives back what is left. Run it again to go on.',
  ].join('\n\n'),
  arguments: [new Argument('[id...]', 'only these: dead-letter or message ids, or at least their first 4 characters')],
  options: [
    new Option('-n, --dry-run', 'say what would be done with each, and do nothing').default(false),
    new Option('-l, --limit <count>', 'send no more dead letters than this').argParser(wholeNumber(1)),
    new Option('--include <statuses>', `send these as well: ${INCLUDABLE.join(',')}`).argParser(listOf(INCLUDABLE)).default([], 'COMPLETE only'),
    new Option('--only-failed-records', 'send only what is known to hold nothing but failed records, whatever --include says').default(false),
    new Option('--function <name>', 'name or ARN of the function to invoke (default: the one that each failed in)'),
    new Option('--to-stream', 'put the records back into the Kinesis stream: every consumer sees them again').default(false),
    new Option('--parked', 'from the parking queue instead: what the redrive function gave up on').default(false),
    new Option('--rate <per-second>', 'dead letters a second (default: as fast as they are taken)').argParser(positiveNumber()),
    new Option('-c, --concurrency <count>', 'dead letters at a time, 1 to 64').argParser(wholeNumber(1, 64)).default(4),
    new Option('--stop-after-failures <count>', 'begin nothing new once at least this many failed, 0 for never').argParser(wholeNumber(0)).default(10),
    new Option('--from <file>', 'send what "export" wrote instead of the queue, which is not touched; FILE.redriven notes what was sent'),
    new Option('--remote <action>', 'the redrive function of the stack, which works in AWS until it is stopped').choices(REMOTE_ACTIONS),
    ...takingOptions(),
  ],
  examples: [
    { command: 'redrive --stack Orders --dry-run', does: 'what would be sent, and what is left out and why' },
    { command: 'redrive --stack Orders --limit 1', does: 'try a fix on one dead letter' },
    { command: 'redrive --stack Orders', does: 'send the rest; it stops once ten have failed again' },
    { command: 'redrive --stack Orders --filter status=COMPLETE,since=2h --rate 5', does: 'five a second, of the last two hours' },
    { command: 'redrive --stack Orders --function orders:previous 3f2a', does: 'one dead letter, to another version' },
    { command: 'redrive --stack Orders --parked', does: 'send what the redrive function gave up on' },
    { command: 'redrive --stack Orders --remote start', does: 'have the redrive function of the stack send them, at scale' },
  ],
  needs:
    'sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:DeleteMessage, lambda:InvokeFunction (with --to-stream kinesis:PutRecords, and kinesis:ListShards for KPL aggregates); sqs:SendMessage ' +
    'after partial responses; with --remote lambda:ListEventSourceMappings, lambda:GetEventSourceMapping and lambda:UpdateEventSourceMapping',
  check(ids, options) {
    if (options.toStream && options.function !== undefined) {
      throw new CliError('--function cannot go with --to-stream: records that are put into the stream are read by all of its consumers. Leave one of them out.');
    }
    if (options.from !== undefined && options.parked) {
      throw new CliError('--from cannot go with --parked: what is sent is the file, or what is in a queue. Leave one of them out.');
    }
    if (options.remote !== undefined) {
      const strange = remoteStrangers(ids, options);
      if (strange !== undefined) {
        throw new CliError(`--remote ${options.remote} cannot go with ${strange}: the redrive function sends what is in the queue, as the stack defines it.`);
      }
    }
  },
  load: () => import('../commands/redrive.js'),
};

/** What was given beside --remote that the redrive function would not heed. */
function remoteStrangers(ids: readonly string[], options: RedriveOptions): string | undefined {
  const given: readonly (readonly [boolean, string])[] = [
    [ids.length > 0, 'ids'],
    [options.filter.length > 0, '--filter'],
    [options.from !== undefined, '--from'],
    [options.parked, '--parked'],
    [options.toStream, '--to-stream'],
    [options.function !== undefined, '--function'],
    [options.include.length > 0, '--include'],
    [options.onlyFailedRecords, '--only-failed-records'],
    [options.limit !== undefined, '--limit'],
    [options.rate !== undefined, '--rate'],
    [options.dryRun, '--dry-run'],
  ];
  return given.find(([isGiven]) => isGiven)?.[1];
}
