import { Argument, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../cli-error';
import type { CommandDefinition } from '../command-definition';
import { checkLooking, LOOKING, LOOKING_NEEDS, lookingOptions, type LookingOptions } from './looking';

/** Records of a dead letter by their numbers, counted from 1, both included. */
export interface RecordRange {
  readonly first: number;
  readonly last: number;
}

export interface ShowOptions extends LookingOptions {
  readonly records?: RecordRange;
  readonly all: boolean;
  readonly raw: boolean;
}

export const show: CommandDefinition<ShowOptions> = {
  name: 'show',
  summary: 'show one dead letter in full: why it failed, and its records, decoded',
  description: [
    'Shows one dead letter: what failed, why, when, how complete it is and what to do about it, and each of its records.',
    'Where records are missing that the stream of a table may have: how long it has them.',
    'Data is decoded: JSON, text, gzip, zlib, deflate, aggregates of the Kinesis Producer Library, items of DynamoDB; bytes otherwise.',
    'A body that is in S3 is fetched.',
    '',
    LOOKING,
  ].join('\n'),
  arguments: [new Argument('<id>', 'dead-letter or message id, or at least its first 4 characters')],
  options: [
    new Option('-r, --records <range>', 'only these: 3, 3-7, or 3- for all from the third on').argParser(recordRange),
    new Option('-a, --all', 'all records, and all of their data, however much it is').default(false),
    new Option('--raw', 'the body as it is, one JSON document, and nothing else').default(false),
    ...lookingOptions(),
  ],
  examples: [
    { command: 'show 3f2a --stack Orders', does: 'one dead letter, by the first characters of its id' },
    { command: 'show 3f2a --stack Orders --records 3', does: 'its third record, whole' },
    { command: 'show 3f2a --stack Orders --raw | jq .payload > event.json', does: 'the event, for a test of the processor' },
  ],
  needs: `${LOOKING_NEEDS}; s3:GetObject for those over the limit of the queue`,
  check(_args, options) {
    checkLooking(options);
    if (options.raw && options.records) throw new CliError('--records cannot go with --raw: the body is printed as it is. Leave one of them out.');
  },
  load: () => import('../commands/show.js'),
};

function recordRange(text: string): RecordRange {
  const [, first, dash, last] = /^(\d+)(-)?(\d+)?$/.exec(text) ?? [];
  const range = { first: Number(first), last: last ? Number(last) : dash ? Infinity : Number(first) };
  if (!first || range.first < 1 || range.last < range.first) throw new InvalidArgumentError('It must be a number from 1, or a range such as 3-7 or 3-.');
  return range;
}
