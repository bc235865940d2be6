import { Option } from 'commander';
import type { CommandDefinition } from '../../command-definition';
import { checkOneQueue, chooseOptions, fromOption, LOG_NEEDS, noLogsOption, PEEK, PEEK_NEEDS, peekOptions, wholeNumber } from '../options';
import { SORTS } from './first-messages';
import { GROUPINGS } from './groups';
import type { LsOptions } from './run';

export const ls: CommandDefinition<LsOptions> = {
  name: 'ls',
  aliases: ['peek'],
  summary: 'list dead letters, with counts by status, function, condition, shard and age',
  description: [
    'Lists the dead letters of a queue, the oldest failure first, and counts them by status, function, condition, shard and age.',
    'If the queue holds more than --limit messages, the list is a sample: SQS chooses the messages, not by age.',
    'Columns: FAILED is the time since Lambda gave up on the batch (≥: at least; the exact time is in a body in S3, which ls does not read). ' +
      'SENT is the time since the message was sent to this queue, which --filter since and until use. It is shown where it differs from ' +
      'FAILED, as after "import" or "rehydrate".',
    'ls also says how many failure records wait in the intake queue, whose dead letters are still to come, and how many events could not become a ' +
      'dead letter. --json has them as waiting.',
    'For PARTIAL and UNREADABLE dead letters, ls says how many can still be completed from the stream, and until when.',
    'With --by, ls counts groups, the largest first. --by error reads why each dead letter failed in the log of its processor, with your own ' +
      'credentials, and never unmasked. The id of a group is for --group of this and other commands. Ctrl-C prints the groups found so far.',
    'Of a native dead-letter queue, whose messages SQS moves there itself, ls lists the messages: age, receives, message group, source queue, size and ' +
      'the beginning of the body. --where sees body, attributes, source, messageGroup, time, receives and size; --by also takes source and message-group.',
    'With --from, ls looks at all messages of a file, without a queue. Nothing of AWS is asked, except logs with --by error and --group. Messages ' +
      'that "redrive --from" sent are not listed.',
    PEEK,
  ].join('\n\n'),
  options: [
    new Option('-l, --limit <count>', 'look at this many messages at most (default: 1000, and with --by error the logs of the newest 100; with --from all, and list 1000)').argParser(wholeNumber(1)),
    new Option('-b, --by <field>', 'count groups instead of listing messages: by error, the reason in the log of the processor').choices(GROUPINGS),
    noLogsOption(),
    ...chooseOptions(),
    new Option('-s, --sort <field>', 'sort the list by this field; age: oldest failure first').choices(SORTS).default('age'),
    fromOption(),
    ...peekOptions(),
  ],
  examples: [
    { command: 'ls --stack Orders', does: 'what failed, since when, in which function and shard' },
    { command: 'ls --stack Orders --filter status=PARTIAL,since=2h', does: 'PARTIAL dead letters of the last two hours' },
    { command: 'ls --stack Orders --filter function=Orders*', does: 'dead letters of functions whose names start with Orders' },
    { command: 'ls --stack Orders --by error', does: 'groups of dead letters that failed for the same reason' },
    { command: 'ls --stack Orders --where "data.customer.country == \'CH\'"', does: 'dead letters with a record of a customer in Switzerland' },
    { command: 'ls --from rescued.jsonl --by error', does: 'the same groups of the dead letters in a file' },
    { command: 'ls --queue orders-dlq --json', does: 'the list as JSON, for a program' },
    { command: 'ls --stack Orders --undeliverables', does: 'events that could not become a dead letter, and why' },
  ],
  needs: `${PEEK_NEEDS}, unless with --from; with --where, --group and --by s3:GetObject for dead letters over the limit of the queue; with --group and --by error ${LOG_NEEDS}`,
  check: (_args, options) => checkOneQueue(options),
  load: () => import('./run.js'),
};
