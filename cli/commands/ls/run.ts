import type { ObjectReader } from '../../../lambda/shared/dead-letter/object-reader';
import { CliError } from '../../cli-error';
import type { Context } from '../../context';
import { lazyBodyReader } from '../../dead-letters/bodies';
import { type ChooseOptions, Criteria } from '../../dead-letters/criteria';
import { messageSource } from '../../dead-letters/message-source';
import { RereadBodies } from '../../dead-letters/reread-bodies';
import { ExitCode } from '../../exit-code';
import type { MessageInfo } from '../../messages/message-info';
import { newerMessages } from '../../messages/newer-format';
import { retentionLookup, retentionOfTables } from '../../messages/retention-lookup';
import { candidateOf, seenMessages } from '../../messages/seen-messages';
import type { PeekOptions } from '../options';
import { besideOf } from './beside';
import { MessageCounts } from './counts';
import { FirstMessages, type Sort } from './first-messages';
import { GroupByField, type Grouping, type MessageGrouping } from './groups';
import { MissingRecordsCount } from './missing-records';
import { printList } from './print-list';

export interface LsOptions extends PeekOptions, ChooseOptions {
  readonly limit?: number;
  readonly by?: Grouping;
  /** Whether logs are read, with --by error. */
  readonly logs: boolean;
  readonly sort: Sort;
  /** A file instead of the queue. */
  readonly from?: string;
}

/** Messages that are listed, and of a queue looked at, where nobody says how many. */
const MOST_LISTED = 1_000;
/** Failures whose logs are read where nobody says how many: about a minute of a quota that people share. */
const MOST_LOOKED_UP = 100;

export async function run(context: Context, _args: readonly string[], options: LsOptions): Promise<ExitCode> {
  const criteria = await Criteria.parse(context, options);
  const source = await messageSource(context, options);
  criteria.refuseFor(source);
  const { by } = options;
  if (by !== undefined && by !== 'hour' && source.content === 'undeliverables') {
    throw new CliError(`--by ${by} is for dead letters: ${source.content} can be grouped by hour.`);
  }
  if (by !== undefined && source.native && ['function', 'key', 'shard'].includes(by)) {
    throw new CliError(`--by ${by} is for dead letters of a stream: messages that SQS moved here can be grouped by error, source, message-group, hour.`);
  }

  const now = new Date();
  const listed = new FirstMessages(options.sort, options.limit ?? MOST_LISTED);
  const [matching, others] = [new MessageCounts(now), new MessageCounts(now)];
  let otherId: string | undefined;
  const newer: MessageInfo[] = [];
  // Nothing of AWS is asked for the list of a file.
  const retentionOf = source.queue ? retentionLookup(context) : retentionOfTables;
  const missing = new MissingRecordsCount(retentionOf, now);
  const objects = new RereadBodies(lazyBodyReader(context.clients));
  const grouping = await groupingBy(context, objects, options);
  // Looking at a file takes nothing from anybody.
  const limit = options.limit ?? (source.queue ? MOST_LISTED : undefined);
  const total = Math.min(limit ?? Infinity, source.approximate ?? Infinity);
  const beside = await besideOf(context, source);
  const progress = context.output.progress('looking', total < Infinity ? total : undefined);
  const looked = await source.look({ limit, withSent: false }, async (messages) => {
    const seenOnes = seenMessages(messages, source, retentionOf);
    for await (const { item, result: isChosen } of criteria.choose(seenOnes, (it) => candidateOf(it, objects))) {
      const { seen } = item;
      if (isChosen) {
        matching.add(seen);
        if (grouping) await grouping.add(item);
        else {
          listed.add(seen);
          await missing.add(seen);
        }
      } else if (matching.messages === 0) {
        others.add(seen);
        otherId ??= seen.summary?.deadLetterId ?? seen.messageId;
      }
      if (seen.newerFormat) newer.push(seen);
      progress.add();
    }
  }).finally(() => progress.stop());

  await grouping?.finish();
  printList(context, source, criteria, {
    counts: matching,
    messages: grouping ? [] : listed.sorted,
    others: otherId === undefined ? undefined : { counts: others, id: otherId },
    newer: newerMessages(newer),
    missing: missing.result,
    beside,
    grouping: by && grouping && { by, groups: grouping.groups.sorted, notes: grouping.notes, document: grouping.document },
  }, looked);
  if (context.stopped.aborted) return ExitCode.INTERRUPTED;
  return criteria.unreadCount === 0 && grouping?.isWhole !== false ? ExitCode.DONE : ExitCode.LEFT;
}

/** What needs the bodies of messages is loaded where it is asked for, with the client of CloudWatch Logs. */
async function groupingBy(context: Context, objects: ObjectReader, { by, limit, logs }: LsOptions): Promise<MessageGrouping | undefined> {
  switch (by) {
    case undefined:
      return undefined;
    case 'key':
      return new (await import('./group-by-key.js')).GroupByKey(objects, context.aborted);
    case 'error': {
      const { GroupByError } = await import('./group-by-error.js');
      return new GroupByError(context, objects, !logs ? 0 : limit === undefined ? MOST_LOOKED_UP : Infinity);
    }
    default:
      return new GroupByField(by);
  }
}
