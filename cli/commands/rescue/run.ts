import { batchOf, streamOf } from '../../../lambda/shared/dead-letter/failure-record';
import { DynamoReader } from '../../../lambda/shared/stream/dynamo-reader';
import { KinesisReader } from '../../../lambda/shared/stream/kinesis-reader';
import { BatchInfoKey } from '../../../src/contract';
import { CliError } from '../../cli-error';
import { operatorCommand, quoted } from '../../command-line';
import type { CommandModule, Context } from '../../context';
import { errorIn } from '../../dead-letters/preview';
import { printResults, type ResultText } from '../../dead-letters/results';
import { ExitCode } from '../../exit-code';
import { retentionLookup } from '../../messages/retention-lookup';
import { availableUntil, isExpired } from '../../messages/stream-retention';
import { printable } from '../../output/printable';
import { count, shortName } from '../../output/text';
import { chosenQueue } from '../../queue/chosen-queue';
import { peekQueue } from '../../queue/peek';
import { shortAge } from '../../time';
import { textsInFile } from './failure-files';
import { eachObject } from './failure-objects';
import { type FoundFailure, FoundFailures } from './found-failures';
import { objectPrefixIn } from './object-prefix';
import { RescueFile } from './rescue-file';
import { RescueResult, RescueRun } from './rescue-run';

export interface RescueOptions {
  readonly from?: string;
  readonly toFile: string;
  readonly dryRun: boolean;
  readonly concurrency: number;
  readonly countReceives: boolean;
}

/** A range that holds more has records that did not fail, in their thousands. */
const MOST_BYTES = 256 * 1_048_576;
/** Other texts that are named one by one. */
const MOST_OTHERS = 10;

const WORDS: Record<RescueResult, ResultText> = {
  complete: { words: 'rescued whole (COMPLETE)', look: 'good' },
  superset: { words: 'rescued with records beside them that did not fail (SUPERSET)', look: 'good' },
  partial: { words: 'rescued in part: some records have left the stream (PARTIAL)', look: 'mind' },
  expired: { words: 'came too late: all of their records have left the stream (EXPIRED)', look: 'bad' },
  unreadable: { words: 'not rescued: the range could not be read to its end; the next run tries it again', look: 'bad' },
  failed: { words: 'not rescued', look: 'bad' },
};

export const run: CommandModule<RescueOptions>['run'] = async (context, _args, options) => {
  const { output, stopped } = context;
  const { queue, stack } = context.options;
  if (options.from === undefined && queue === undefined && stack === undefined) {
    throw new CliError('rescue needs a source: --queue with the queue that Lambda sends failure records to, or --from with a file or s3://bucket/prefix.');
  }
  const found = new FoundFailures();
  const { from, unseen } = await collect(context, options, found);
  const { oldestFirst: failures, others, repeats } = found;
  sayOthers(context, found);
  const streams = await streamsOf(context, failures);
  printStreams(context, streams, from, failures.length, options.dryRun);
  const plan = { from, failures: failures.length, unseen, repeats, others: others.length, streams };
  if (options.dryRun || failures.length === 0 || stopped.aborted) {
    output.json({ ...plan, dryRun: options.dryRun });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return unseen === 0 || options.dryRun ? ExitCode.DONE : ExitCode.LEFT;
  }
  return rescue(context, failures, plan, options);
};

/** Where failure records are from, and about how many messages there could not be looked at. */
interface Source {
  readonly from: string;
  readonly unseen: number;
}

/** Reads all failure records. Messages of a queue are visible again afterwards. */
async function collect(context: Context, { from, countReceives }: RescueOptions, found: FoundFailures): Promise<Source> {
  if (from === undefined) {
    const queue = await chosenQueue(await context.clients.sqs(), await context.dlq(), { undeliverables: false, parked: false });
    const progress = context.output.progress('looking', queue.messages.visible);
    const { more } = await peekQueue(context, queue, { countReceives }, async (sweep) => {
      for await (const { MessageId: id = '', Body: text = '', Attributes } of sweep) {
        found.add({ id, text, sentAt: new Date(Number(Attributes?.SentTimestamp ?? 0)) });
        progress.add();
      }
    }).finally(() => progress.stop());
    const unseen = queue.messages.inFlight + more;
    if (unseen > 0) {
      const they = unseen === 1 ? 'it' : 'them';
      context.output.note(`about ${count(unseen, 'message')} could not be looked at: another consumer or a killed run has ${they}; run the same command again later`);
    }
    return { from: queue.queueUrl, unseen };
  }
  const location = objectPrefixIn(from);
  if (location) await eachObject(context, location, (text) => found.add(text));
  else for (const text of await textsInFile(from)) found.add(text);
  return { from, unseen: 0 };
}

function sayOthers({ output }: Context, { others, repeats }: FoundFailures): void {
  if (repeats > 0) output.note(`${count(repeats, 'failure record')} came more than once: each failure is rescued once`);
  if (others.length === 0) return;
  output.note(`${count(others.length, 'entry', 'entries')} ${others.length === 1 ? 'is not a failure record' : 'are not failure records'}:`);
  for (const { id, reason } of others.slice(0, MOST_OTHERS)) output.note(`  ${printable(`${id}: ${reason}`)}`);
  if (others.length > MOST_OTHERS) output.note(`  and ${others.length - MOST_OTHERS} others`);
  if (others.some(({ isDeadLetter }) => isDeadLetter)) output.note('Dead letters need no rescue: "ls" lists those of a queue; "redrive" sends those of a queue or, with --from, of a file.');
}

/** What failed of one stream, and how long the stream has it. */
interface StreamSummary {
  readonly streamArn: string;
  batches: number;
  records: number;
  /** Batches whose records have left the stream, by their arrival and the retention of the stream. */
  gone: number;
  /** When the first record of those that are left leaves the stream. Absent where the retention is not known. */
  until?: Date;
}

async function streamsOf(context: Context, failures: readonly FoundFailure[]): Promise<StreamSummary[]> {
  const retentionOf = retentionLookup(context);
  const now = new Date();
  const streams = new Map<string, StreamSummary>();
  for (const { failure } of failures) {
    const { streamArn: arn, batchSize } = batchOf(failure);
    const streamArn = streamOf(arn);
    const it = streams.get(streamArn) ?? { streamArn, batches: 0, records: 0, gone: 0 };
    streams.set(streamArn, it);
    it.batches++;
    it.records += batchSize ?? 0;
    const until = await availableUntil(failure, retentionOf);
    if (!until) continue;
    if (isExpired(until, now)) it.gone++;
    else if (!it.until || until.firstRecord < it.until) it.until = until.firstRecord;
  }
  return [...streams.values()].sort((one, other) => (one.until?.getTime() ?? Infinity) - (other.until?.getTime() ?? Infinity));
}

function printStreams({ output }: Context, streams: readonly StreamSummary[], from: string, failures: number, isResult: boolean): void {
  const now = new Date();
  if (streams.length > 0 && isResult) {
    output.table([
      { title: 'stream', value: ({ streamArn }) => shortName(streamArn), shrinks: 'middle' },
      { title: 'batches', value: ({ batches }) => String(batches), align: 'right' },
      { title: 'records', value: ({ records }) => String(records), align: 'right' },
      { title: 'gone', value: ({ gone }) => String(gone), align: 'right' },
      { title: 'first leaves', value: ({ until }) => leavesText(until, now), align: 'right' },
    ], streams);
    output.line();
  }
  const gone = streams.reduce((sum, each) => sum + each.gone, 0);
  const text = `${count(failures, 'failed batch', 'failed batches')} in ${shortName(from)}${gone > 0 ? `, of which ${gone.toLocaleString('en-US')} have left their stream` : ''}.`;
  (isResult ? output.prose : output.note).call(output, text);
}

function leavesText(until: Date | undefined, now: Date): string {
  if (!until) return 'unknown';
  return until <= now ? 'now' : `in ${shortAge(until.getTime() - now.getTime())}`;
}

async function rescue(
  context: Context, failures: readonly FoundFailure[], plan: Source, options: RescueOptions,
): Promise<ExitCode> {
  const { output, stopped, aborted, clients } = context;
  const file = await RescueFile.open(options.toFile);
  const open = failures.filter(({ deadLetterId }) => !file.has(deadLetterId));
  const before = failures.length - open.length;
  const progress = output.progress('rescue', open.length);
  let failure: { readonly error: unknown } | undefined;
  const work = new RescueRun(file, {
    from: plan.from, concurrency: options.concurrency, stopped, aborted,
    readers: {
      [BatchInfoKey.KINESIS]: async () => new KinesisReader(await clients.kinesis(), { maxBytes: MOST_BYTES }),
      [BatchInfoKey.DYNAMODB]: async () => new DynamoReader(await clients.tableStreams(), { maxBytes: MOST_BYTES }),
    },
    onResult: () => progress.add(),
  });
  try {
    if (before > 0) output.note(`${count(before, 'dead letter')} ${before === 1 ? 'is' : 'are'} in ${file.path} already.`);
    await work.run(open);
  } catch (error) {
    failure = { error };
  } finally {
    progress.stop();
    await file.close();
  }
  printResults(work.tally, WORDS, output);
  output.line(`${count(file.size, 'dead letter')} in ${file.path}. Send them to their processor by:`);
  // The file needs no queue.
  const globals = { ...context.options, queue: undefined, stack: undefined };
  output.line(`    ${operatorCommand(`redrive --from ${quoted(file.path)}`, globals)}`);
  if (stopped.aborted) output.line('Interrupted: run the same command again to continue.');
  const { recordsRescued, tally } = work;
  const report = { file: file.path, before, recordsRescued, ...tally.report, interrupted: stopped.aborted, error: errorIn(failure) };
  output.json({ ...plan, dryRun: false, ...report });
  if (failure) throw failure.error;
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  const { PARTIAL, EXPIRED, UNREADABLE, FAILED } = RescueResult;
  return tally.count(PARTIAL, EXPIRED, UNREADABLE, FAILED) === 0 && plan.unseen === 0 ? ExitCode.DONE : ExitCode.LEFT;
}
