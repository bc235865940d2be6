import type { ObjectReader } from '../../../lambda/shared/dead-letter/object-reader';
import { CliError } from '../../cli-error';
import { operatorCommand } from '../../command-line';
import type { Context } from '../../context';
import { type ChooseOptions, Criteria } from '../../dead-letters/criteria';
import { RereadBodies } from '../../dead-letters/reread-bodies';
import type { QueueContent } from '../../dlq';
import { ExitCode } from '../../exit-code';
import { Duplicates } from '../../messages/duplicates';
import { failedOrSentAt } from '../../messages/failure-time';
import type { MessageInfo } from '../../messages/message-info';
import { messageJson } from '../../messages/message-json';
import { type NewerMessages, newerMessages, newerText } from '../../messages/newer-format';
import { retentionLookup } from '../../messages/retention-lookup';
import { candidateOf, seenMessages } from '../../messages/seen-messages';
import { printable } from '../../output/printable';
import { count, duplicatesText, shortId, shortName } from '../../output/text';
import { type ChosenQueue, chosenQueue } from '../../queue/chosen-queue';
import { peekQueue, type PeekResult, notePeek } from '../../queue/peek';
import { shortAge } from '../../time';
import type { PeekOptions } from '../options';
import { messageColumns } from './columns';
import { type Counts, type FieldCounts, functionName, countByField } from './counts';
import { type BodyGrouping, type FieldGrouping, type Group, type Grouping, groupsByField } from './groups';
import { countMissingRecords, type MissingRecords, missingRecordsText } from './missing-records';
import { groupJson, printGroups, printNextSteps } from './print-groups';

export interface LsOptions extends PeekOptions, ChooseOptions {
  readonly limit?: number;
  readonly by?: Grouping;
  /** Whether logs are read, with --by error. */
  readonly logs: boolean;
  readonly sort: 'age' | 'status' | 'function' | 'condition' | 'shard' | 'records';
}

/** Messages that are looked at where nobody says how many. */
const MOST_LOOKED_AT = 1_000;
/** Failures whose logs are read where nobody says how many: about a minute of a quota that people share. */
const MOST_LOOKED_UP = 100;
/** Of a field with many values, such as shards, the most frequent ones say enough. */
const MOST_VALUES = 6;

export async function run(context: Context, _args: readonly string[], options: LsOptions): Promise<ExitCode> {
  const criteria = await Criteria.parse(context, options);
  const dlq = await context.dlq();
  const queue = await chosenQueue(await context.clients.sqs(), dlq, options);
  criteria.refuseFor(queue.content);
  const { by, limit = MOST_LOOKED_AT, countReceives } = options;
  if (by !== undefined && by !== 'hour' && queue.content === 'undeliverables') {
    throw new CliError(`--by ${by} is for dead letters: ${queue.content} can be grouped by hour.`);
  }

  const messages: MessageInfo[] = [];
  const others: MessageInfo[] = [];
  const newer: MessageInfo[] = [];
  const retentionOf = retentionLookup(context);
  const objects = new RereadBodies(lazyBodyReader(context));
  const grouping = await bodyGrouping(context, objects, options);
  const progress = context.output.progress('looking', Math.min(limit, queue.messages.visible));
  const looked = await peekQueue(context, queue, { limit, countReceives }, async (sweep) => {
    const seenOnes = seenMessages(sweep, queue, retentionOf);
    for await (const { item, result: isChosen } of criteria.choose(seenOnes, (it) => candidateOf(it, objects))) {
      const { seen } = item;
      if (isChosen) {
        messages.push(seen);
        await grouping?.add(item);
      } else if (messages.length === 0) others.push(seen);
      if (seen.newerFormat) newer.push(seen);
      progress.add();
    }
  }).finally(() => progress.stop());

  await grouping?.finish();
  messages.sort(ORDERS[options.sort]);
  const missing = by === undefined ? await countMissingRecords(messages, retentionOf, new Date()) : undefined;
  const sorted = by && (grouping?.groups ?? groupsByField(messages, by as FieldGrouping)).sorted;
  const groups = sorted && { by, groups: sorted, notes: grouping?.notes, document: grouping?.document };
  print(context, queue, criteria, { messages, others, newer: newerMessages(newer), missing, groups }, looked);
  if (context.stopped.aborted) return ExitCode.INTERRUPTED;
  return criteria.unreadCount === 0 && grouping?.isWhole !== false ? ExitCode.DONE : ExitCode.LEFT;
}

/** The S3 client is loaded for the first body that is in S3: most looks read none. */
function lazyBodyReader({ clients }: Context): ObjectReader {
  return { read: async (...args) => (await import('../../dead-letters/storage.js')).bodyReader(clients).read(...args) };
}

/** What needs the bodies of messages is loaded where it is asked for, with the client of CloudWatch Logs. */
async function bodyGrouping(context: Context, objects: ObjectReader, { by, limit, logs }: LsOptions): Promise<BodyGrouping | undefined> {
  if (by === 'key') return new (await import('./group-by-key.js')).GroupByKey(objects, context.aborted);
  if (by !== 'error') return undefined;
  const { GroupByError } = await import('./group-by-error.js');
  return new GroupByError(context, objects, !logs ? 0 : limit === undefined ? MOST_LOOKED_UP : Infinity);
}

/** What matches the filter, and where nothing does, what there is beside. */
interface Found {
  readonly messages: readonly MessageInfo[];
  readonly others: readonly MessageInfo[];
  /** Whether they match or not: what a filter goes by is not known of them. */
  readonly newer: readonly NewerMessages[];
  readonly missing?: MissingRecords;
  /** Instead of a list. */
  readonly groups?: { readonly by: Grouping; readonly groups: readonly Group[] } & Partial<Pick<BodyGrouping, 'notes' | 'document'>>;
}

function print(context: Context, queue: ChosenQueue, criteria: Criteria, found: Found, looked: PeekResult): void {
  const { messages, others, newer, missing, groups } = found;
  const { output } = context;
  const now = new Date();
  const summary = countByField(messages, now);
  if (groups) printGroups(groups.groups, groups.by, output, now);
  else if (messages.length > 0) {
    output.table(messageColumns(queue.content, messages, now, output.colors), messages);
    output.line();
  }
  output.prose(title(queue, messages, criteria, looked, now), 2);
  const isNoMatch = messages.length === 0 && others.length > 0;
  if (isNoMatch) output.line('values that can be matched:');
  for (const line of groups && !isNoMatch ? [] : summaryLines(isNoMatch ? countByField(others, now) : summary, output.width)) output.line(line);
  if (isNoMatch && criteria.hasExpression) {
    output.prose('--where has texts in \'…\', numbers in `…` and names in "…" or without quotes; these are the records as it sees them:');
    output.line(`    ${operatorCommand(`show ${shortId(others[0].summary?.deadLetterId ?? others[0].messageId)} --json`, context.options, queue.content)}`);
  }
  if (groups) printNextSteps(groups.groups, output, context.options, queue.content);
  const repeats = repeatsIn(messages);
  if (repeats > 0) output.prose(`  ${duplicatesText(repeats, messages.length)}`, 2);
  if (missing) output.prose(`  ${missingRecordsText(missing, now)}`, 2);
  // Broken between words it would be several commands.
  if (missing?.until && queue.functions.length > 0) output.line(`    ${operatorCommand('rehydrate', context.options, queue.content)}`);
  else if (missing?.until) output.line('    "show ID" says how to have it read');
  if (queue.messages.inFlight > 0) output.note(`about ${queue.messages.inFlight.toLocaleString('en-US')} more are in flight or delayed`);
  for (const note of [...criteria.notes, ...(groups?.notes ?? [])]) output.warn(note);
  for (const each of newer) output.warn(newerText(each));
  notePeek(context, queue, looked);
  output.json({
    queueUrl: queue.queueUrl,
    content: queue.content,
    ...criteria.document,
    looked: looked.messages,
    aboutMore: looked.more,
    inFlight: queue.messages.inFlight,
    matched: messages.length,
    repeats,
    ...(missing && { missing }),
    ...(newer.length > 0 && { newerFormats: newer }),
    summary: Object.fromEntries(Object.entries(summary).map(([field, counts]) => [field, Object.fromEntries(counts)])),
    ...(groups ? { by: groups.by, groups: groups.groups.map(groupJson), ...groups.document } : { messages: messages.map(messageJson) }),
  });
}

function repeatsIn(messages: readonly MessageInfo[]): number {
  const failures = new Duplicates();
  for (const message of messages) failures.add(message);
  return failures.count;
}

function title(queue: ChosenQueue, messages: readonly MessageInfo[], criteria: Criteria, looked: PeekResult, now: Date): string {
  const { content, queueUrl } = queue;
  const name = shortName(queueUrl);
  const matching = criteria.isEmpty ? '' : `, matching ${criteria.options}`;
  // SQS hands out whichever it likes: of those that were not looked at nothing can be said.
  const isSample = looked.more > 0 && !looked.isExhausted;
  const total = looked.messages + looked.more;
  const sample = `${looked.messages.toLocaleString('en-US')} of about ${count(total, content.slice(0, -1))} in ${name} looked at`;
  if (messages.length === 0) return isSample ? `none of ${sample}${matching}` : `no ${content} in ${name}${matching}`;
  const records = messages.reduce((sum, { summary }) => sum + (summary?.recoveredRecords ?? 0), 0);
  const number = count(messages.length, content.slice(0, -1));
  return [
    ...(isSample ? [`${sample}, a sample`, ...(criteria.isEmpty ? [] : [`${number}${matching}`])] : [`${number} in ${name}${matching}`]),
    ...(content === 'undeliverables' ? [] : [count(records, 'record')]),
    ageText(content, messages, now),
  ].join(', ');
}

function ageText(content: QueueContent, messages: readonly MessageInfo[], now: Date): string {
  const times = messages.map((message) => failedOrSentAt(message).getTime());
  const [oldest, newest] = [Math.min, Math.max].map((of) => shortAge(now.getTime() - times.reduce((one, other) => of(one, other))));
  return `${content === 'undeliverables' ? 'sent' : 'failed'} ${oldest === newest ? oldest : `${oldest} to ${newest}`} ago`;
}

/** A line for each field, the next ones indented below it where they do not fit. */
function summaryLines(summary: FieldCounts, width: number): string[] {
  const indent = 2 + Math.max(0, ...Object.keys(summary).map((field) => field.length)) + 2;
  return Object.entries(summary).flatMap(([field, counts]) =>
    wrapped(valuesOf(counts), width - indent).map((line, index) => `${(index === 0 ? `  ${field}` : '').padEnd(indent)}${line}`));
}

function valuesOf(counts: Counts): string[] {
  const values = [...counts].map(([value, number]) => `${printable(value)} ${number.toLocaleString('en-US')}`);
  return values.length > MOST_VALUES ? [...values.slice(0, MOST_VALUES), `and ${values.length - MOST_VALUES} others`] : values;
}

function wrapped(values: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const value of values) {
    const joined = lines.length === 0 ? value : `${lines.at(-1)}   ${value}`;
    if (lines.length > 0 && joined.length <= width) lines[lines.length - 1] = joined;
    else lines.push(value);
  }
  return lines;
}

type Order = (one: MessageInfo, other: MessageInfo) => number;
const byAge: Order = (one, other) => failedOrSentAt(one).getTime() - failedOrSentAt(other).getTime();
const byText = (textOf: (message: MessageInfo) => string | undefined): Order =>
  (one, other) => (textOf(one) ?? '').localeCompare(textOf(other) ?? '') || byAge(one, other);

const ORDERS: Record<LsOptions['sort'], Order> = {
  age: byAge,
  status: byText(({ summary }) => summary?.status),
  function: byText(({ summary }) => summary && functionName(summary.functionArn)),
  condition: byText(({ summary }) => summary?.condition),
  shard: byText(({ summary }) => summary?.shardId),
  // Those with the most at stake.
  records: (one, other) => (other.summary?.recoveredRecords ?? 0) - (one.summary?.recoveredRecords ?? 0) || byAge(one, other),
};
