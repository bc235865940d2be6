import { Option } from 'commander';
import type { CommandDefinition } from '../command-definition';
import { checkLooking, filterOption, LOOKING, LOOKING_NEEDS, lookingOptions, type LookingOptions } from './looking';
import { wholeNumber } from './parse';

export const SORTS = ['age', 'status', 'function', 'condition', 'shard', 'records'] as const;

export interface LsOptions extends LookingOptions {
  readonly limit: number;
  readonly filter: readonly string[];
  readonly sort: (typeof SORTS)[number];
}

export const ls: CommandDefinition<LsOptions> = {
  name: 'ls',
  aliases: ['peek'],
  summary: 'list dead letters, and count them by status, function, condition, shard and age',
  description: [
    'Lists the dead letters of a queue, those that failed first at the top, and counts them by status, function, condition, shard and age.',
    'Where there are more than --limit, it is a sample: SQS hands out whichever it likes, not the oldest.',
    'FAILED is how long ago Lambda gave up; ≥ where the body, which says when, is in S3 and was not fetched. SENT, which --filter since and',
    'until go by, is how long ago the message was sent to its queue: it is shown where it was later, as after "import" or "rehydrate".',
    'Of PARTIAL and UNREADABLE ones of a table it says how many its stream, which keeps a record for 24 hours, can still make whole.',
    LOOKING,
  ].join('\n'),
  options: [
    new Option('-l, --limit <count>', 'look at no more messages than this').argParser(wholeNumber(1)).default(1_000),
    filterOption(),
    new Option('-s, --sort <field>', 'what comes first; age: what failed first').choices(SORTS).default('age'),
    ...lookingOptions(),
  ],
  examples: [
    { command: 'ls --stack Orders', does: 'what failed, since when, in which function and shard' },
    { command: 'ls --stack Orders --filter status=PARTIAL,since=2h', does: 'those of the last two hours that are not whole' },
    { command: 'ls --stack Orders --filter function=Orders*', does: 'those of functions whose names begin like that' },
    { command: 'ls --queue orders-dlq --json', does: 'for a program' },
    { command: 'ls --stack Orders --undeliverables', does: 'what could not become a dead letter, and why' },
  ],
  needs: LOOKING_NEEDS,
  check: (_args, options) => checkLooking(options),
  load: () => import('../commands/ls.js'),
};
