import { existsSync } from 'node:fs';
import { DynamoReader } from '../../../lambda/shared/stream/dynamo-reader';
import { KinesisReader } from '../../../lambda/shared/stream/kinesis-reader';
import { BatchInfoKey, HydrationStatus } from '../../../src/contract';
import { CliError } from '../../cli-error';
import { fileCommand, operatorCommand } from '../../command-line';
import type { CommandModule, Context } from '../../context';
import { errorIn } from '../../dead-letters/preview';
import { printResults, type ResultText } from '../../dead-letters/results';
import { ExitCode } from '../../exit-code';
import { printable } from '../../output/printable';
import { count, shortName } from '../../output/text';
import { printStreams, type StreamSummary, streamsOf } from './failed-streams';
import { FoundFailures } from './found-failures';
import { HandOver, type HandOverOptions } from './hand-over';
import { policyCommand } from './policy-command';
import { RescueFile } from './rescue-file';
import { RescueResult, RescueRun } from './rescue-run';
import { type Source, sourceOf, type SourceOptions } from './source';
import { type Target, targetOf, type TargetOptions } from './target';

export interface RescueOptions extends SourceOptions, TargetOptions, HandOverOptions {
  readonly toFile: string;
  readonly dryRun: boolean;
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
  failed: { words: 'not rescued: the next run tries again', look: 'bad' },
};

export const run: CommandModule<RescueOptions>['run'] = async (context, _args, options) => {
  const { output, stopped } = context;
  const { queue, stack } = context.options;
  if (options.from === undefined && queue === undefined && stack === undefined) {
    throw new CliError(
      'rescue needs a source: --queue with the queue that Lambda sends failure records to, --from with a file, or --from with s3://bucket/prefix.',
    );
  }
  const source = await sourceOf(context, options);
  const target = await targetOf(context, options, source);
  const changes = target !== undefined || options.delete;
  // To read the streams takes long: who cannot be asked then is told now.
  if (changes && !options.dryRun && !options.yes) output.requireTerminal();
  const found = new FoundFailures();
  const unseen = await source.collect(found);
  const { oldestFirst: failures, others, repeats } = found;
  sayOthers(context, found);
  const streams = await streamsOf(context, failures);
  printStreams(context, streams, source.name, failures.length, options.dryRun);
  const plan: Plan = { from: source.name, failures: failures.length, unseen, repeats, others: others.length, streams };
  // A run that was killed may have left dead letters in the file that are to be sent.
  const isEmpty = failures.length === 0 && !(changes && existsSync(options.toFile));
  if (options.dryRun && !isEmpty) sayChanges(context, { source, target, found }, options);
  if (failures.length === 0 && !stopped.aborted) {
    output.prose(`Nothing to rescue: ${shortName(source.name)} has no failure record${unseen > 0 ? ' that could be looked at' : ''}.`);
  }
  if (options.dryRun || isEmpty || stopped.aborted) {
    output.json({ ...plan, dryRun: options.dryRun });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return unseen === 0 || options.dryRun ? ExitCode.DONE : ExitCode.LEFT;
  }
  return rescue(context, { source, target, found, plan }, options);
};

/** What was found, for --json. */
interface Plan {
  readonly from: string;
  readonly failures: number;
  /** About how many messages or objects could not be looked at. */
  readonly unseen: number;
  readonly repeats: number;
  readonly others: number;
  readonly streams: readonly StreamSummary[];
}

interface Work {
  readonly source: Source;
  readonly target: Target | undefined;
  readonly found: FoundFailures;
  readonly plan: Plan;
}

function sayOthers({ output }: Context, { others, repeats }: FoundFailures): void {
  if (repeats > 0) output.note(`${count(repeats, 'failure record')} came more than once: each failure is rescued once`);
  if (others.length === 0) return;
  output.note(`${count(others.length, 'entry', 'entries')} ${others.length === 1 ? 'is not a failure record' : 'are not failure records'}:`);
  for (const { id, reason } of others.slice(0, MOST_OTHERS)) output.note(`  ${printable(`${id}: ${reason}`)}`);
  if (others.length > MOST_OTHERS) output.note(`  and ${others.length - MOST_OTHERS} others`);
  if (others.some(({ isDeadLetter }) => isDeadLetter)) output.note('Dead letters need no rescue: "ls" lists those of a queue; "redrive" sends those of a queue or, with --from, of a file.');
}

/** What a run without --dry-run does with queues. */
function sayChanges({ output }: Context, { source: { name }, target, found: { deadLetterIds } }: Omit<Work, 'plan'>, options: RescueOptions): void {
  const to = target && shortName(target.queue.queueUrl);
  const steps = [
    `write dead letters to ${options.toFile}`,
    ...(to === undefined ? [] : [`send them to ${to}`]),
    ...(options.delete ? [`delete up to ${count(deadLetterIds.size, 'message')} from ${shortName(name)}`] : []),
  ];
  output.prose(`Dry run: a run would ${steps.join(', then ')}.`);
}

async function rescue(context: Context, { source, target, found, plan }: Work, options: RescueOptions): Promise<ExitCode> {
  const { output, stopped } = context;
  const file = await RescueFile.open(options.toFile);
  const handOver = new HandOver(context, file, source, target, options);
  const before = found.oldestFirst.filter(({ deadLetterId }) => file.has(deadLetterId)).length;
  // Of an earlier run: this one has nothing to read of them, and they are not whole all the same.
  const earlier = new Map([HydrationStatus.PARTIAL, HydrationStatus.EXPIRED].map((status) =>
    [status, found.oldestFirst.filter(({ deadLetterId }) => file.statusOf(deadLetterId) === status).length]));
  const work = await rescueRun(context, file, source, options);
  let { unseen } = plan;
  let failure: { readonly error: unknown } | undefined;
  try {
    if (before > 0) output.note(`${count(before, 'dead letter')} ${before === 1 ? 'is' : 'are'} in ${file.path} already${ofWhich(earlier)}.`);
    for (let known = -1; found.deadLetterIds.size > known && !stopped.aborted;) {
      known = found.deadLetterIds.size;
      await read(context, work, found, file);
      const deleted = handOver.deleted;
      if (!stopped.aborted && (target || options.delete)) await handOver.run(found);
      // What was behind deleted messages of a FIFO queue comes now.
      if (source.queue?.isFifo && handOver.deleted > deleted) unseen = await source.collect(found);
    }
  } catch (error) {
    failure = { error };
  } finally {
    await file.close();
  }
  printResults(work.tally, WORDS, output);
  if (isDenied(work)) output.prose(`\`${policyCommand(context.options, options)}\`, run by an administrator, prints the policy that allows it.`);
  const changes = await handOver.report();
  await handOver.close();
  for (const line of nextSteps(context, file, target)) output.line(line);
  if (stopped.aborted) output.line('Interrupted: run the same command again to continue.');
  const { recordsRescued, tally } = work;
  const totals = { file: file.path, before, earlier: Object.fromEntries(earlier), recordsRescued, ...tally.report };
  const report = { ...totals, ...changes, interrupted: stopped.aborted, error: errorIn(failure) };
  output.json({ ...plan, failures: found.oldestFirst.length, unseen, dryRun: false, ...report });
  if (failure) throw failure.error;
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  const { PARTIAL, EXPIRED, UNREADABLE, FAILED } = RescueResult;
  const incomplete = tally.count(PARTIAL, EXPIRED, UNREADABLE, FAILED) + [...earlier.values()].reduce((sum, each) => sum + each, 0);
  return incomplete === 0 && unseen === 0 && handOver.isDone ? ExitCode.DONE : ExitCode.LEFT;
}

async function rescueRun(context: Context, file: RescueFile, source: Source, { concurrency }: RescueOptions): Promise<RescueRun> {
  const { clients, stopped, aborted } = context;
  return new RescueRun(file, {
    from: source.name, concurrency, stopped, aborted,
    region: await (await clients.kinesis()).config.region(),
    readers: {
      [BatchInfoKey.KINESIS]: async () => new KinesisReader(await clients.kinesis(), { maxBytes: MOST_BYTES }),
      [BatchInfoKey.DYNAMODB]: async () => new DynamoReader(await clients.tableStreams(), { maxBytes: MOST_BYTES }),
    },
  });
}

/** Reads what is not in the file and was not tried in this run. */
async function read({ output }: Context, work: RescueRun, found: FoundFailures, file: RescueFile): Promise<void> {
  const open = found.oldestFirst.filter(({ deadLetterId }) => !file.has(deadLetterId) && !work.hasTried(deadLetterId));
  if (open.length === 0) return;
  const progress = output.progress('rescue', open.length);
  try {
    await work.run(open, () => {
      progress.note(count(work.recordsRescued, 'record'));
      progress.add();
    });
  } finally {
    progress.stop();
  }
}

/** Whether a stream refused a read for want of a permission. */
function isDenied({ tally: { reasons } }: RescueRun): boolean {
  return reasons.some(({ reason: { name } }) => /AccessDenied|^KMS/.test(name));
}

function nextSteps({ options }: Context, file: RescueFile, target: Target | undefined): readonly string[] {
  if (file.size === 0) return [];
  if (target) {
    const globals = { ...options, ...target.named };
    return [`${count(file.size, 'dead letter')} in ${file.path}, as evidence. What is in ${shortName(target.queue.queueUrl)}:`, `    ${operatorCommand('ls', globals)}`];
  }
  return [
    `${count(file.size, 'dead letter')} in ${file.path}. See why they failed, look at one of them, and, after the fix, send them to their processor by:`,
    ...['ls --by error', 'show ID', 'redrive'].map((command) => `    ${fileCommand(command, file.path, options)}`),
  ];
}

function ofWhich(statuses: ReadonlyMap<string, number>): string {
  const some = [...statuses].filter(([, number]) => number > 0).map(([status, number]) => `${number.toLocaleString('en-US')} ${status}`);
  return some.length === 0 ? '' : `, of which ${some.join(' and ')}`;
}
