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
  description: ['Lists the dead letters of a queue, the oldest first, and counts them by status, function, condition, shard and age.', LOOKING].join('\n'),
  options: [
    new Option('-l, --limit <count>', 'look at no more messages than this').argParser(wholeNumber(1)).default(1_000),
    filterOption(),
    new Option('-s, --sort <field>', 'what comes first').choices(SORTS).default('age'),
    ...lookingOptions(),
  ],
  examples: [
    { command: 'ls --stack Orders', does: 'what failed, since when, in which function and shard' },
    { command: 'ls --stack Orders --filter status=PARTIAL,since=2h', does: 'those of the last two hours that are not whole' },
    { command: 'ls --queue orders-dlq --json', does: 'for a program' },
    { command: 'ls --stack Orders --undeliverables', does: 'what could not become a dead letter, and why' },
  ],
  needs: LOOKING_NEEDS,
  check: (_args, options) => checkLooking(options),
  load: () => import('../commands/ls.js'),
};
