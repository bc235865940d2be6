import { randomUUID } from 'node:crypto';
import { AuditResult } from '../../../../lambda/shared/audit/audit-entry';
import { Audit } from '../../../audit/audit';
import { isDenied } from '../../../aws/aws-error';
import { CliError } from '../../../cli-error';
import type { Context } from '../../../context';
import { type Coverage, coverageOf, isNothingLeft, isNothingToDo } from '../../../dead-letters/coverage';
import { type DeadLetterSource, fileSource, queueSource, type QueueSource } from '../../../dead-letters/dead-letter-source';
import { TO_SOURCE_QUEUE } from '../../../dead-letters/file-reader';
import type { Plan, PlanRules } from '../../../dead-letters/plan';
import { errorIn, preview, reportDryRun } from '../../../dead-letters/preview';
import type { QueuedDeadLetter } from '../../../dead-letters/queue-reader';
import { printResults, type ResultText } from '../../../dead-letters/results';
import { runAndRelease, warnWhenVisible } from '../../../dead-letters/run-and-release';
import { Selection } from '../../../dead-letters/selection';
import type { Dlq } from '../../../dlq';
import { ExitCode } from '../../../exit-code';
import { Destinations } from '../../../native/destinations';
import { isActive, type MoveTask, moveTasks } from '../../../native/move-task';
import { count, shortName } from '../../../output/text';
import type { RedriveOptions } from '../run';
import { MessageRun, type SentMessageResult } from './message-run';
import { moveAll, TaskRefused } from './move-all';
import { rateReason, refuseStreamOptions } from './stream-options';

/** Sends do not wait for deletes: SQS is asked once for up to ten. */
const DELETE_WAIT_MILLIS = 50;

const NEW_LIFE =
  'For their queue, messages that are sent again are new: each has a new message ID, a new sent time, a receive count of 0, and the whole retention ' +
  'period of that queue. Body, attributes and message group stay as they are.';
const FIFO = 'The queue is FIFO: each message gets a new deduplication ID, since SQS would drop one with the ID of the last five minutes. The order within a group is kept.';

const WORDS: Record<SentMessageResult, ResultText> = {
  sent: { words: 'sent', look: 'good' },
  failed: { words: 'not accepted: left in place', look: 'bad' },
  left: { words: 'not sent: left in place', look: 'mind' },
  notRemoved: { words: 'SENT, BUT NOT DELETED: the next run would send the same once more', look: 'bad' },
};

/** Where native dead letters are: the queue that SQS moved them to, or a file. */
type NativeSource = DeadLetterSource<QueuedDeadLetter>;

/**
 * Sends native dead letters back: all of a queue by a task of SQS, or one by one those that are chosen, or in a file.
 * @param dlq undefined for a file
 */
export async function redriveNative(context: Context, dlq: Dlq | undefined, ids: readonly string[], options: RedriveOptions): Promise<ExitCode> {
  const { output, stopped } = context;
  refuseStreamOptions(dlq?.queueUrl ?? options.from!, options);
  if (dlq && dlq.functions.length > 0) {
    throw new CliError(`--to-queue is for messages that SQS moved to a dead-letter queue, got: ${dlq.queueUrl}, the queue of a StreamDlq; leave --to-queue out.`);
  }
  const selection = await Selection.parse(context, ids, options);
  const inQueue = dlq && (await queueSource(context, options, { undeliverables: false, parked: false }));
  const destinations = await Destinations.of(context, inQueue?.queue, options.toQueue);
  const source: NativeSource = inQueue ?? (await fileSource(context, options.from!, destinations.named?.queueArn ?? TO_SOURCE_QUEUE, true));
  if (!inQueue) selection.refuseFor({ content: 'dead letters', native: { sourceArns: [] } });
  // A task moves what is in a queue.
  const tasks = inQueue ? await tasksOf(context, inQueue) : '';
  const running = typeof tasks === 'string' ? undefined : tasks.find(isActive);
  if (running && !options.dryRun) return refuseWhileRunning(context, source.name, running);
  const overtaking = new Overtaking();
  const { plan, planned, chosen } = await preview(context, source, selection, {
    ...planRules(destinations, options.limit, overtaking), text: { toDo: 'to be sent' }, isResult: options.dryRun,
  });
  const say = (text: string) => (options.dryRun ? output.prose(text) : output.note(text));
  const why = reasonAgainstTask(selection, source, plan, options, tasks);
  if (!isNothingToDo(plan)) {
    say(why === undefined
      ? `SQS moves all messages of the queue with one task (StartMessageMoveTask), also those that come until it ends${options.rate === undefined ? '' : `, at most ${options.rate} a second`}.`
      : `The tool sends them message by message${why === '' ? '' : `: ${why}`}.`);
    say(NEW_LIFE);
    if ((source.isFifo || overtaking.hasGroups) && why !== undefined) say(FIFO);
    if (overtaking.messages > 0) output.warn(overtaking.text);
  }
  if (options.dryRun) return reportDryRun(context, source, plan, planned);
  const isEmpty = isNothingToDo(plan);
  if (isEmpty || stopped.aborted || !(options.yes || (await output.confirm(question(source, selection, destinations, plan, why, options))))) {
    output.line(isEmpty ? 'Nothing to send.' : 'Nothing was sent.');
    output.json({ from: source.name, dryRun: false, plan });
    if (stopped.aborted) return ExitCode.INTERRUPTED;
    return isNothingLeft(plan) && plan.toLeave === 0 && selection.unreadCount === 0 ? ExitCode.DONE : ExitCode.LEFT;
  }
  if (why === undefined && inQueue) {
    const ended = await moveAll(context, inQueue, destinations, tasks as readonly MoveTask[], plan, options);
    if (!(ended instanceof TaskRefused)) return ended;
    // Somebody else was faster, or SQS had started one whose answer was lost.
    const begun = await runningTask(context, inQueue);
    if (begun) return refuseWhileRunning(context, source.name, begun);
    output.note(`${ended.reason}: the tool sends them message by message.`);
  }
  return sendEach(context, source, destinations, chosen, plan, options);
}

/** Counts chosen messages of FIFO groups of which others, that come before them, stay. */
class Overtaking {
  private readonly staying = new Set<string>();
  messages = 0;
  hasGroups = false;

  stays({ group }: QueuedDeadLetter): void {
    if (group !== undefined) this.staying.add(group);
  }

  goes({ group }: QueuedDeadLetter): void {
    this.hasGroups ||= group !== undefined;
    if (group !== undefined && this.staying.has(group)) this.messages++;
  }

  get text(): string {
    const they = this.messages === 1 ? 'it arrives' : 'they arrive';
    return `${count(this.messages, 'chosen message')} of a FIFO group ${this.messages === 1 ? 'has' : 'have'} others of the group in front that stay: ${they} before those`;
  }
}

function planRules(destinations: Destinations, limit: number | undefined, overtaking: Overtaking): PlanRules<QueuedDeadLetter> {
  return {
    limit,
    decide: async (item) => {
      const to = await destinations.of(item);
      if (!('queueUrl' in to)) return { reason: to };
      overtaking.goes(item);
      return { to: to.queueArn };
    },
    beside: async (item) => overtaking.stays(item),
  };
}

async function runningTask(context: Context, source: QueueSource): Promise<MoveTask | undefined> {
  const tasks = await tasksOf(context, source);
  return typeof tasks === 'string' ? undefined : tasks.find(isActive);
}

/** The tasks of a queue, or why SQS takes none. */
async function tasksOf({ clients, aborted }: Context, { queue: { queueArn, native } }: QueueSource): Promise<readonly MoveTask[] | string> {
  if (!native || native.sourceArns.length === 0) return 'no queue is known that has this one as its dead-letter queue, and SQS starts a move task of no other';
  try {
    return await moveTasks(await clients.sqs(), queueArn, aborted);
  } catch (error) {
    const { name, message } = error as Error;
    if (isDenied(error) || /UnsupportedOperation/.test(name)) return `SQS does not say which move tasks there are (${name}: ${message})`;
    throw error;
  }
}

/** Why the messages are sent one by one: empty where that is plain. Undefined where a task moves them. */
function reasonAgainstTask(
  selection: Selection, { queue }: NativeSource, { toLeave }: Plan, { limit, rate }: RedriveOptions, tasks: readonly MoveTask[] | string,
): string | undefined {
  if (!selection.isEverything || limit !== undefined) return '';
  if (typeof tasks === 'string') return tasks;
  if (queue?.redrivePolicy) return 'the queue has a RedrivePolicy of its own';
  if (toLeave > 0) return `a move task of SQS fails where a message can go nowhere, and ${count(toLeave, 'message')} cannot`;
  return rateReason(rate);
}

function question(
  { name, queue }: NativeSource, selection: Selection, { named }: Destinations, { toDo, isAll }: Plan, why: string | undefined,
  { limit }: RedriveOptions,
): string {
  const to = named ? shortName(named.queueUrl) : 'the queues that they come from';
  if (why === undefined) return `Move all messages of ${shortName(name)} to ${to}?`;
  const all = isAll || toDo === limit ? count(toDo, 'message') : `${count(toDo, 'message')}, and what matches of the rest of the ${queue ? 'queue' : 'file'},`;
  return `Send ${all}${selection.isEverything ? '' : ` (${selection.text})`} to ${to}?`;
}

/** Two that take the same messages would each count what the other moves. */
function refuseWhileRunning({ output }: Context, name: string, task: MoveTask): ExitCode {
  const { status, moved, toMove, startedAt, destinationArn, perSecond, handle } = task;
  output.line([
    `A move task of ${shortName(name)} is ${status}, started ${startedAt?.toISOString() ?? 'at an unknown time'}, to ${destinationArn ?? 'the source queues'}`,
    `${perSecond === undefined ? '' : `, at most ${perSecond} a second`}: it has moved about ${count(moved, 'message')}${toMove === undefined ? '' : ` of ${toMove.toLocaleString('en-US')}`}.`,
  ].join(''));
  output.line('SQS runs one task of a queue at a time: nothing was sent. Wait for its end, or cancel it:');
  if (handle !== undefined) output.line(`    aws sqs cancel-message-move-task --task-handle ${handle}`);
  output.json({ from: name, dryRun: false, task });
  return ExitCode.LEFT;
}

async function sendEach(
  context: Context, source: NativeSource, destinations: Destinations, selection: Selection, plan: Plan, options: RedriveOptions,
): Promise<ExitCode> {
  const { output, stopped, aborted, clients } = context;
  const audit = await Audit.open(context, { command: 'redrive', dlq: source.dlq, file: options.auditLog });
  const progress = output.progress('redrive', plan.isAll ? plan.toDo : options.limit);
  try {
    const targets = [...new Set(plan.lines.flatMap(({ to }) => Object.keys(to)))];
    await audit.write({ result: AuditResult.BEGUN, to: targets.join(', ') });
    const origin = await source.take({
      isBusy: () => run.isBusy || selection.isBusy, onLost: warnWhenVisible(context), deleteWaitMillis: DELETE_WAIT_MILLIS,
    });
    const run: MessageRun = new MessageRun(await clients.sqs(), origin, destinations, selection, audit, {
      ...options,
      attempt: (await origin.workId?.()) ?? randomUUID().slice(0, 8),
      stopped,
      aborted,
      onResult: ({ result }) => {
        if (result !== 'left') progress.add();
        if (run.failures > 0) progress.note(`${run.failures} failed`);
      },
      onAlarm: (text) => output.warn(text),
    });
    const { failure, remaining: unreached, notReleased } = await runAndRelease(context, origin, async () => run.run());
    progress.stop();
    const isOver = !failure && !stopped.aborted && !run.hasGivenUp;
    const coverage = coverageOf({ plan, selection, begun: run.begun, limit: options.limit, unreached, notReleased });
    printResults(run.tally, WORDS, output);
    if (run.hasGivenUp) output.prose(output.colors.yellow(`Stopped after ${count(run.failures, 'failure')} (--stop-after-failures ${options.stopAfterFailures}).`));
    const notes = [
      ...(isOver ? coverage.notes : []),
      ...(notReleased === undefined ? [] : [notReleased]),
      ...selection.notFound.map((id) => `"${id}" was not found.`),
      ...selection.notes,
      ...(stopped.aborted ? ['Interrupted: what is left can be sent by the same command.'] : []),
      `Recorded in ${audit.file}.`,
    ];
    for (const note of notes) output.prose(note);
    const report = { ...run.tally.report, notFound: selection.notFound, ...coverage.report, interrupted: stopped.aborted, error: errorIn(failure) };
    output.json({ from: source.name, dryRun: false, plan, ...report });
    if (failure) throw failure.error;
    return exitCodeOf(run, selection, coverage, stopped);
  } finally {
    progress.stop();
    await audit.close();
  }
}

function exitCodeOf({ tally, hasGivenUp }: MessageRun, { notFound, unreadCount }: Selection, { notes }: Coverage, stopped: AbortSignal): ExitCode {
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  const isGood = tally.count('failed', 'left', 'notRemoved') === 0 && !hasGivenUp;
  return isGood && notFound.length === 0 && unreadCount === 0 && notes.length === 0 ? ExitCode.DONE : ExitCode.LEFT;
}
