import type { Context } from '../context';
import type { LsOptions } from '../definitions/ls';
import { ExitCode } from '../exit-code';
import { Filter } from '../filter';
import { type Counts, type Summary, functionName, summaryOf } from '../looking/counts';
import { columnsOf } from '../looking/letter-columns';
import { messageJson } from '../looking/message-json';
import { type ChosenQueue, chosenQueue } from '../queue/chosen-queue';
import { look, type Looked, noteLooked } from '../queue/looking';
import { type SeenMessage, seenMessage } from '../queue/seen-message';
import { count } from '../redrive/words';
import { shortAge } from '../time';

/** Of a field with many values, such as shards, the most frequent ones say enough. */
const MOST_VALUES = 6;

export async function run(context: Context, _args: readonly string[], options: LsOptions): Promise<ExitCode> {
  const filter = Filter.parse(options.filter);
  const dlq = await context.dlq();
  const queue = await chosenQueue(await context.clients.sqs(), dlq, options);
  filter.refuseFor(queue.content);

  const messages: SeenMessage[] = [];
  const progress = context.output.progress('looking', Math.min(options.limit, queue.messages.visible));
  const looked = await look(context, queue, options, async (sweep) => {
    for await (const message of sweep) {
      const seen = seenMessage(message, queue);
      if (filter.matches(seen)) messages.push(seen);
      progress.add();
    }
  }).finally(() => progress.stop());

  messages.sort(ORDERS[options.sort]);
  print(context, queue, filter, messages, looked);
  return context.stopped.aborted ? ExitCode.INTERRUPTED : ExitCode.DONE;
}

function print(context: Context, queue: ChosenQueue, filter: Filter, messages: readonly SeenMessage[], looked: Looked): void {
  const { output } = context;
  const now = new Date();
  const summary = summaryOf(messages, now);
  if (messages.length > 0) {
    output.table(columnsOf(queue.content, now, output.colors), messages);
    output.line();
  }
  output.line(title(queue, messages, filter, now));
  for (const line of summaryLines(summary, output.width)) output.line(line);
  if (queue.messages.inFlight > 0) output.note(`about ${queue.messages.inFlight} more are with others at the moment: in flight, or delayed`);
  noteLooked(context, queue, looked);
  output.json({
    queueUrl: queue.queueUrl,
    content: queue.content,
    ...(!filter.isEmpty && { filter: filter.text }),
    looked: looked.messages,
    aboutMore: looked.more,
    inFlight: queue.messages.inFlight,
    matched: messages.length,
    summary: Object.fromEntries(Object.entries(summary).map(([field, counts]) => [field, Object.fromEntries(counts)])),
    messages: messages.map(messageJson),
  });
}

function title({ content, queueUrl }: ChosenQueue, messages: readonly SeenMessage[], filter: Filter, now: Date): string {
  const matching = filter.isEmpty ? '' : `, matching --filter ${filter.text}`;
  const where = `in ${queueUrl.split('/').at(-1)}${matching}`;
  if (messages.length === 0) return `no ${content} ${where}`;
  const records = messages.reduce((sum, { summary }) => sum + (summary?.recoveredRecords ?? 0), 0);
  const [oldest, newest] = [byAge, (one: SeenMessage, other: SeenMessage) => byAge(other, one)]
    .map((order) => shortAge(now.getTime() - messages.reduce((first, it) => (order(it, first) < 0 ? it : first)).sentAt.getTime()));
  return [
    `${count(messages.length, content.slice(0, -1))} ${where}`,
    ...(content === 'undeliverables' ? [] : [count(records, 'record')]),
    oldest === newest ? `${oldest} old` : `${oldest} to ${newest} old`,
  ].join(', ');
}

/** A line for each field, the next ones indented below it where they do not fit. */
function summaryLines(summary: Summary, width: number): string[] {
  const indent = 2 + Math.max(0, ...Object.keys(summary).map((field) => field.length)) + 2;
  return Object.entries(summary).flatMap(([field, counts]) =>
    wrapped(valuesOf(counts), width - indent).map((line, index) => `${(index === 0 ? `  ${field}` : '').padEnd(indent)}${line}`));
}

function valuesOf(counts: Counts): string[] {
  const values = [...counts].map((entry) => entry.join(' '));
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

type Order = (one: SeenMessage, other: SeenMessage) => number;
const byAge: Order = (one, other) => one.sentAt.getTime() - other.sentAt.getTime();
const byText = (textOf: (message: SeenMessage) => string | undefined): Order =>
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
