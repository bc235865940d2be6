import type { Context } from '../../context';
import type { Criteria } from '../../dead-letters/criteria';
import type { MessageSource } from '../../dead-letters/message-source';
import type { MessageInfo } from '../../messages/message-info';
import { messageJson } from '../../messages/message-json';
import { type NewerMessages, newerText } from '../../messages/newer-format';
import { printable } from '../../output/printable';
import { count, duplicatesText, shortId, shortName } from '../../output/text';
import type { PeekResult } from '../../queue/peek';
import { shortAge } from '../../time';
import { type Beside, besideJson, printBeside } from './beside';
import { messageColumns } from './columns';
import type { Counts, FieldCounts, MessageCounts } from './counts';
import type { Group, Grouping, MessageGrouping } from './groups';
import { type MissingRecords, missingRecordsText } from './missing-records';
import { groupJson, printGroups, printNextSteps } from './print-groups';

/** Of a field with many values, such as shards, the most frequent ones say enough. */
const MOST_VALUES = 6;

/** What matches the filter, and where nothing does, what there is beside. */
export interface Found {
  readonly counts: MessageCounts;
  /** The first of them. */
  readonly messages: readonly MessageInfo[];
  /** What does not match, and the id of one of them. */
  readonly others?: { readonly counts: MessageCounts; readonly id: string };
  /** Whether they match or not: what a filter goes by is not known of them. */
  readonly newer: readonly NewerMessages[];
  readonly missing?: MissingRecords;
  readonly beside?: Beside;
  /** Instead of a list. */
  readonly grouping?: { readonly by: Grouping; readonly groups: readonly Group[] } & Pick<MessageGrouping, 'notes' | 'document'>;
}

export function printList(context: Context, source: MessageSource, criteria: Criteria, found: Found, looked: PeekResult): void {
  const { counts, messages, others, newer, missing, beside, grouping } = found;
  const { output } = context;
  const { queue, content } = source;
  const now = new Date();
  const omitted = grouping ? 0 : counts.messages - messages.length;
  if (grouping) printGroups(grouping.groups, grouping.by, output, now, source.native !== undefined);
  else if (messages.length > 0) {
    output.table(messageColumns(content, messages, now, output.colors), messages);
    if (omitted > 0) output.line(`and ${omitted.toLocaleString('en-US')} more: --limit with a number lists them`);
    output.line();
  }
  output.prose(title(source, counts, criteria, looked, now), 2);
  const noMatch = counts.messages === 0 ? others : undefined;
  if (noMatch) output.line('values that can be matched:');
  for (const line of grouping && !noMatch ? [] : summaryLines((noMatch?.counts ?? counts).byField, output.width)) output.line(line);
  if (noMatch && criteria.hasExpression) {
    output.prose('--where has texts in \'…\', numbers in `…` and names in "…" or without quotes; this is what it sees:');
    output.line(`    ${source.command(`show ${shortId(noMatch.id)} --json`)}`);
  }
  if (grouping) printNextSteps(grouping.groups, source, output);
  const { repeats } = counts;
  if (repeats > 0) output.prose(`  ${duplicatesText(repeats, counts.messages)}`, 2);
  if (missing) output.prose(`  ${missingRecordsText(missing, now)}`, 2);
  // Broken between words it would be several commands.
  if (missing?.until && queue && queue.functions.length > 0) output.line(`    ${source.command('rehydrate')}`);
  else if (missing?.until) output.line('    "show ID" says how to have it read');
  if (beside) printBeside(context, beside);
  if (queue && queue.messages.inFlight > 0) output.note(`about ${queue.messages.inFlight.toLocaleString('en-US')} more are in flight or delayed`);
  for (const note of [...criteria.notes, ...(grouping?.notes ?? [])]) output.warn(note);
  for (const each of newer) output.warn(newerText(each));
  for (const note of source.notes) output.note(note);
  source.noteLook(looked);
  output.json({
    ...source.place,
    content,
    ...criteria.document,
    looked: looked.messages,
    ...(queue ? { aboutMore: looked.more, inFlight: queue.messages.inFlight } : { exhausted: looked.isExhausted }),
    matched: counts.messages,
    repeats,
    ...(missing && { missing }),
    ...(beside && besideJson(beside)),
    ...(newer.length > 0 && { newerFormats: newer }),
    summary: Object.fromEntries(Object.entries(counts.byField).map(([field, of]) => [field, Object.fromEntries(of)])),
    ...(grouping
      ? { by: grouping.by, groups: grouping.groups.map(groupJson), ...grouping.document }
      : { messages: messages.map(messageJson), ...(omitted > 0 && { omitted }) }),
  });
}

function title(source: MessageSource, counts: MessageCounts, criteria: Criteria, looked: PeekResult, now: Date): string {
  const { content } = source;
  const name = shortName(source.name);
  const matching = criteria.isEmpty ? '' : `, matching ${criteria.options}`;
  const sample = sampleText(source, looked);
  if (counts.messages === 0) return sample === undefined ? `no ${content} in ${name}${matching}` : `none of ${sample}${matching}`;
  const number = count(counts.messages, content.slice(0, -1));
  return [
    ...(sample === undefined ? [`${number} in ${name}${matching}`] : [`${sample}${source.queue ? ', a sample' : ''}`, ...(criteria.isEmpty ? [] : [`${number}${matching}`])]),
    ...(content === 'undeliverables' || source.native ? [] : [count(counts.records, 'record')]),
    ageText(source, counts, now),
  ].join(', ');
}

/** What was looked at, where that is not all. */
function sampleText({ queue, name, content }: MessageSource, { messages, more, isExhausted }: PeekResult): string | undefined {
  if (isExhausted || (queue && more === 0)) return undefined;
  const [one, looked] = [content.slice(0, -1), messages.toLocaleString('en-US')];
  if (!queue) return `the first ${count(messages, one)} of ${shortName(name)}`;
  // SQS hands out whichever it likes: of those that were not looked at nothing can be said.
  return `${looked} of about ${count(messages + more, one)} in ${shortName(name)} looked at`;
}

function ageText({ content, native }: MessageSource, { oldest, newest }: MessageCounts, now: Date): string {
  const [first, last] = [oldest!, newest!].map((time) => shortAge(now.getTime() - time.getTime()));
  return `${content === 'undeliverables' || native ? 'sent' : 'failed'} ${first === last ? first : `${first} to ${last}`} ago`;
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
