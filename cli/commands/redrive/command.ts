import { Argument, Option } from 'commander';
import { HydrationStatus } from '../../../src/contract';
import { Verdict } from '../../check/verdict';
import { CliError } from '../../cli-error';
import type { CommandDefinition } from '../../command-definition';
import { chosenBy, dryRunOption, listOf, positiveNumber, takeOptions, wholeNumber } from '../options';
import type { RemoteAction } from './remote';
import type { RedriveOptions } from './run';

/** What may be sent beside COMPLETE dead letters. */
const INCLUDABLE = [HydrationStatus.SUPERSET, HydrationStatus.PARTIAL, HydrationStatus.UNREADABLE];
const REMOTE_ACTIONS: readonly RemoteAction[] = ['start', 'stop', 'status'];

export const redrive: CommandDefinition<RedriveOptions> = {
  name: 'redrive',
  summary: 'send dead letters to the processor again, or back to the stream or the queue',
  description: [
    'Sends dead letters to the processor that failed, or with --to-stream back to the stream. The tool deletes a dead letter when it was ' +
      'accepted. A dead letter that fails again stays in the queue. The tool shows a plan and asks before it sends anything.',
    'By default only COMPLETE dead letters are sent. --include adds others: SUPERSET dead letters contain records that did not fail; in ' +
      'PARTIAL and UNREADABLE dead letters, failed records are missing. A SUPERSET dead letter is sent as COMPLETE, without the other records, ' +
      'where the filters of the mapping prove which records failed. Delivery is at least once. Records that are sent again are older than ' +
      'records that the processor has handled since.',
    '--parked sends the messages that the redrive function moved to the parking queue. What fails again stays there.',
    '--check compares records with the present. For a table it reads the items (strongly consistent): matches-new means that the item is as the ' +
      'record left it, matches-old that it is as it was before the record, differs that it is neither, unknown that the stream has no image to ' +
      'compare. All records of one item in a dead letter count as one change. For a Kinesis stream, newer-waits means that another dead letter ' +
      'that the plan looked at has a later record of the same partition key, newest that none has. --check cannot see a value that changed and ' +
      'changed back, nor a change between the check and the send. Records that --skip names stay, as a smaller dead letter.',
    '--remote start turns on the redrive function of the stack. It sends COMPLETE dead letters and moves the rest, and what keeps failing, to the ' +
      'parking queue. Before the tool asks, it reads the queue and counts by status what the function would do. This reading counts as one ' +
      'attempt of the function; --yes skips it.',
    'In a native dead-letter queue, whose messages SQS moves there itself, messages go back to the queue that they come from, or to --to-queue. ' +
      'All of them: SQS moves them with one task (StartMessageMoveTask), and Ctrl-C cancels it. With ids, --filter, --where, --group or --limit, ' +
      'the tool sends them one by one, as they are, and deletes each after that. With --from it sends those of a file one by one.',
    'Ctrl-C starts nothing new and makes the remaining messages visible again. Run the same command to continue.',
  ].join('\n\n'),
  arguments: [new Argument('[id...]', 'only these dead letters: ids of dead letters or messages, or at least the first 4 characters')],
  options: [
    dryRunOption(),
    new Option('-l, --limit <count>', 'send this many dead letters at most').argParser(wholeNumber(1)),
    new Option('--include <statuses>', `also send dead letters with these statuses: ${INCLUDABLE.join(',')}`)
      .argParser(listOf(INCLUDABLE)).default([], 'COMPLETE only'),
    new Option('--only-failed-records', 'send only dead letters that contain nothing but failed records, whatever --include says').default(false),
    new Option('--function <name>', 'function to invoke: name or ARN (default: the function that failed)'),
    new Option('--to-stream', 'put the records back into the Kinesis stream, where every consumer reads them again').default(false),
    new Option('--parked', 'send from the parking queue: messages that the redrive function gave up on').default(false),
    new Option('--pick', 'send only the records that match --where: the others stay, as a smaller dead letter').default(false),
    new Option('--check', 'say of each record whether it is still current, in the plan and before it is sent').default(false),
    new Option('--skip <verdicts>', `check, and do not send records with these verdicts: ${Object.values(Verdict).join(', ')}`)
      .argParser(listOf(Object.values(Verdict))).default([], 'none'),
    new Option('--rate <per-second>', 'send this many dead letters per second at most (default: no limit)').argParser(positiveNumber()),
    new Option('-c, --concurrency <count>', 'dead letters to send at the same time, 1 to 64').argParser(wholeNumber(1, 64)).default(4),
    new Option('--stop-after-failures <count>', 'stop when this many have failed; 0: never').argParser(wholeNumber(0)).default(10),
    new Option('--from <file>', 'send the dead letters, or native messages, of an export file; the queue is not changed. FILE.redriven records what was sent'),
    new Option('--to-queue <queue>', 'for messages that SQS moved to a dead-letter queue: send them to this queue (default: the queue that each comes from)'),
    new Option('--remote <action>', 'turn the redrive function of the stack on or off, or show its state').choices(REMOTE_ACTIONS),
    ...takeOptions(),
  ],
  examples: [
    { command: 'redrive --stack Orders --dry-run', does: 'show what would be sent, and what would not be sent and why' },
    { command: 'redrive --stack Orders --limit 1', does: 'try a fix with one dead letter' },
    { command: 'redrive --stack Orders', does: 'send the rest; stops when ten have failed' },
    { command: 'redrive --stack Orders --filter status=COMPLETE,since=2h --rate 5', does: 'five per second, of the last two hours' },
    { command: 'redrive --stack Orders --function orders:previous 3f2a', does: 'send one dead letter to another alias' },
    { command: 'redrive --stack Orders --parked', does: 'send what the redrive function gave up on' },
    { command: 'redrive --stack Audit --check --dry-run', does: 'say which records are still current, and send nothing' },
    { command: 'redrive --stack Audit --skip matches-old,differs', does: 'send no record whose item is no longer as the record left it' },
    { command: 'redrive --queue orders-dlq --rate 50', does: 'native dead letters: have SQS move all of them, 50 per second' },
    { command: 'redrive --queue orders-dlq --where "body.customer == \'42\'"', does: 'native dead letters: send those of one customer' },
    { command: 'redrive --from orders-dlq.jsonl', does: 'native dead letters of a file: send each to the queue that it comes from' },
    { command: 'redrive --stack Orders --remote start', does: 'let the redrive function of the stack send them' },
  ],
  needs:
    'sqs:ReceiveMessage, sqs:ChangeMessageVisibility, sqs:DeleteMessage, lambda:InvokeFunction; with --to-stream kinesis:PutRecords, and ' +
    'kinesis:ListShards for KPL aggregates; with --check dynamodb:BatchGetItem for tables; sqs:SendMessage after partial responses; ' +
    'lambda:ListEventSourceMappings for SUPERSET dead letters; with --remote also lambda:GetEventSourceMapping and lambda:UpdateEventSourceMapping; ' +
    'for native dead letters sqs:ListDeadLetterSourceQueues, sqs:StartMessageMoveTask, sqs:ListMessageMoveTasks, sqs:CancelMessageMoveTask, and ' +
    'sqs:SendMessage to their queues',
  check(ids, options) {
    if (options.toStream && options.function !== undefined) {
      throw new CliError('--function cannot be used with --to-stream: all consumers of the stream read the records. Leave one of them out.');
    }
    if (options.from !== undefined && options.parked) {
      throw new CliError('--from cannot be used with --parked: dead letters are sent from a file or from a queue. Leave one of them out.');
    }
    if (options.toQueue !== undefined) {
      const other = notWithToQueue(options);
      if (other !== undefined) throw new CliError(`--to-queue cannot be used with ${other}: it sends messages of a native dead-letter queue as they are. Leave one of them out.`);
    }
    if (options.pick && options.where === undefined) {
      throw new CliError('--pick needs --where: it picks the records that match. Add --where EXPRESSION.');
    }
    if (options.remote !== undefined) {
      const other = notWithRemote(ids, options);
      if (other !== undefined) {
        throw new CliError(`--remote ${options.remote} cannot be used with ${other}: the redrive function sends the whole queue, with the settings in the stack.`);
      }
    }
  },
  load: () => import('./run.js'),
};

/** What was given beside --to-queue that is for dead letters of a stream. */
function notWithToQueue({ parked, toStream, function: functionName }: RedriveOptions): string | undefined {
  const given: readonly (readonly [boolean, string])[] = [
    [parked, '--parked'], [toStream, '--to-stream'], [functionName !== undefined, '--function'],
  ];
  return given.find(([isGiven]) => isGiven)?.[1];
}

/** What was given beside --remote that has no effect on the redrive function. */
function notWithRemote(ids: readonly string[], options: RedriveOptions): string | undefined {
  const given: readonly (readonly [boolean, string])[] = [
    [ids.length > 0, 'ids'],
    ...chosenBy(options).map((option) => [true, option] as const),
    [options.from !== undefined, '--from'],
    [options.parked, '--parked'],
    [options.toQueue !== undefined, '--to-queue'],
    [options.toStream, '--to-stream'],
    [options.function !== undefined, '--function'],
    [options.include.length > 0, '--include'],
    [options.onlyFailedRecords, '--only-failed-records'],
    [options.limit !== undefined, '--limit'],
    [options.rate !== undefined, '--rate'],
    [options.pick === true, '--pick'],
    [options.check === true, '--check'],
    [options.skip !== undefined && options.skip.length > 0, '--skip'],
    [options.dryRun, '--dry-run'],
  ];
  return given.find(([isGiven]) => isGiven)?.[1];
}
