import { Argument, InvalidArgumentError, Option } from 'commander';
import { CliError } from '../../cli-error';
import type { CommandDefinition } from '../../command-definition';
import { checkOneQueue, fromOption, LOG_NEEDS, noLogsOption, PEEK, PEEK_NEEDS, peekOptions } from '../options';
import type { RecordRange, ShowOptions } from './run';

export const show: CommandDefinition<ShowOptions> = {
  name: 'show',
  summary: 'show one dead letter: why it failed, what to do, and its records, decoded',
  description: [
    'Shows one dead letter: why it failed, what and when, whether all records are there, what to do next, and each record. If records are ' +
      'missing, it says how long the stream still has them.',
    'The reason is in the log of the processor, which is read with your own credentials and never unmasked.',
    'Record data is decoded: JSON, text, gzip, zlib, deflate, aggregates of the Kinesis Producer Library and DynamoDB items. Anything else ' +
      'is shown as bytes. A body that is in S3 is read from there.',
    'Of a native dead letter, which SQS moved to its queue itself, show prints the attributes and the body, decoded. Its reason is found where the ' +
      'function that reads the source queue logs the message ID.',
    'With --from, show reads a file, without a queue. With --no-logs, or without credentials, it asks nothing of AWS.',
    PEEK,
  ].join('\n\n'),
  arguments: [new Argument('<id>', 'dead-letter or message id, or at least its first 4 characters')],
  options: [
    new Option('-r, --records <range>', 'only these records: 3, 3-7, or 3- for the third and all after it').argParser(recordRange),
    new Option('-a, --all', 'all records with all of their data').default(false),
    new Option('-w, --where <expression>', 'only records that match a JMESPath expression, such as "data.type == \'refund\'"'),
    noLogsOption(),
    new Option('--raw', 'print only the message body, as it is').default(false),
    fromOption(),
    ...peekOptions(),
  ],
  examples: [
    { command: 'show 3f2a --stack Orders', does: 'one dead letter, by the first characters of its id' },
    { command: 'show 3f2a --stack Orders --records 3', does: 'its third record with all of its data' },
    { command: 'show 3f2a --from rescued.jsonl', does: 'a dead letter of a file' },
    { command: 'show 3f2a --stack Orders --raw | jq .payload > event.json', does: 'the event, to test the processor with' },
  ],
  needs: `${PEEK_NEEDS}, unless with --from; s3:GetObject for dead letters over the limit of the queue; ${LOG_NEEDS}`,
  check(_args, options) {
    checkOneQueue(options);
    const narrowed = options.records ? '--records' : options.where === undefined ? undefined : '--where';
    if (options.raw && narrowed) throw new CliError(`${narrowed} cannot be used with --raw, which prints the whole body: leave one of them out.`);
  },
  load: () => import('./run.js'),
};

function recordRange(text: string): RecordRange {
  const [, first, dash, last] = /^(\d+)(-)?(\d+)?$/.exec(text) ?? [];
  const range = { first: Number(first), last: last ? Number(last) : dash ? Infinity : Number(first) };
  if (!first || range.first < 1 || range.last < range.first) throw new InvalidArgumentError('It must be a number from 1, or a range such as 3-7 or 3-.');
  return range;
}
