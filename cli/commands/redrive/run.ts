import { AuditResult } from '../../../lambda/shared/audit/audit-entry';
import type { ReceivedDeadLetter } from '../../../lambda/shared/dead-letter/received-dead-letter';
import { ProcessorTarget } from '../../../lambda/shared/redrive/processor-target';
import { StreamTarget } from '../../../lambda/shared/redrive/stream-target';
import type { Target } from '../../../lambda/shared/redrive/target';
import type { HydrationStatus } from '../../../src/contract';
import { Audit } from '../../audit/audit';
import { verdictsOfOtherStreams } from '../../check/verdict';
import { commandForQueue, operatorCommand } from '../../command-line';
import type { CommandModule, Context } from '../../context';
import { isNothingLeft, isNothingToDo, type Coverage, coverageOf } from '../../dead-letters/coverage';
import type { FoundDeadLetter } from '../../dead-letters/dead-letter-reader';
import { fileSource, type DeadLetterSource, queueSource } from '../../dead-letters/dead-letter-source';
import { TO_PROCESSOR, BACK_TO_STREAM } from '../../dead-letters/file-reader';
import { isNativeFile } from '../../dead-letters/native-file';
import type { Plan } from '../../dead-letters/plan';
import { errorIn, reportDryRun, preview } from '../../dead-letters/preview';
import { runAndRelease, warnWhenVisible } from '../../dead-letters/run-and-release';
import { Selection } from '../../dead-letters/selection';
import { ExitCode } from '../../exit-code';
import { FilteringMappings } from '../../mapping-filters/filtering-mappings';
import { provenSource } from '../../mapping-filters/proven-source';
import { count } from '../../output/text';
import type { TakeOptions } from '../options';
import { planRules } from './plan-rules';
import { printSummary } from './print-summary';
import { type RecordOptions, RecordRules } from './record-rules';
import { RedriveRun } from './redrive-run';
import { RedriveResult } from './redrive-settings';
import { remote, type RemoteAction } from './remote';
import { riskOf } from './send-rules';

export interface RedriveOptions extends TakeOptions, RecordOptions {
  readonly function?: string;
  readonly toStream: boolean;
  readonly parked: boolean;
  readonly include: readonly HydrationStatus[];
  readonly onlyFailedRecords: boolean;
  readonly dryRun: boolean;
  readonly limit?: number;
  readonly rate?: number;
  readonly concurrency: number;
  /** 0: never. */
  readonly stopAfterFailures: number;
  readonly from?: string;
  /** The queue that native dead letters go to, in place of their source queue. */
  readonly toQueue?: string;
  readonly remote?: RemoteAction;
}

const TO_STREAM =
  'Back into the stream means: records get new sequence numbers and come after all that is there now, every consumer of the stream sees them ' +
  'again, their order within a shard is not kept, and what the processor fails at once more becomes a new dead letter.';

/** Sends do not wait for deletes: SQS is asked once for up to ten. */
const DELETE_WAIT_MILLIS = 50;

const FIFO =
  'The queue is FIFO: one that fails keeps those behind it in its group from being sent. What is left of one that is taken in part is a new ' +
  'message, and comes after all that are in the queue now.';

export const run: CommandModule<RedriveOptions>['run'] = async (context, ids, options) => {
  if (options.from === undefined) {
    const dlq = await context.dlq();
    if (dlq.native || options.toQueue !== undefined) return (await import('./native/native-redrive.js')).redriveNative(context, dlq, ids, options);
  } else if (options.toQueue !== undefined || (await isNativeFile(options.from))) {
    return (await import('./native/native-redrive.js')).redriveNative(context, undefined, ids, options);
  }
  if (options.remote !== undefined) return remote(context, options.remote, options);
  const selection = await Selection.parse(context, ids, options);
  const found = options.from === undefined
    ? await queueSource(context, options, { undeliverables: false, parked: options.parked })
    : await fileSource(context, options.from, destinationOf(options));
  const source = provenSource<FoundDeadLetter>(found, new FilteringMappings(async () => context.clients.lambda(), context.aborted), context.aborted);
  const rules = RecordRules.of(options, context.clients);
  const { plan, planned, chosen } = await preview(context, source, selection, {
    ...planRules(options, rules, context.aborted), text: { toDo: 'to be sent', riskOf: (status) => riskOf(status, options) }, isResult: options.dryRun,
  });
  const unused = verdictsOfOtherStreams(options.skip ?? [], plan.verdicts ?? {});
  if (unused.length > 0) context.output.warn(`--skip ${unused.join()} skips nothing: no record of these dead letters can have that verdict`);
  if (source.isFifo && plan.toDo > 0) context.output.note(FIFO);
  if (options.toStream && !isNothingToDo(plan)) (options.dryRun ? context.output.prose : context.output.note).call(context.output, TO_STREAM);
  if (options.dryRun) return reportDryRun(context, source, plan, planned);
  const withoutSending = await exitCodeWithoutSending(context, source, selection, plan, options);
  if (withoutSending !== undefined) return withoutSending;
  return send(context, source, chosen, plan, options, rules);
};

/** What to end with instead of sending: there is nothing to send, or the user does not want to. */
async function exitCodeWithoutSending(
  { output, stopped }: Context, source: DeadLetterSource, selection: Selection, plan: Plan, options: RedriveOptions,
): Promise<ExitCode | undefined> {
  const isEmpty = isNothingToDo(plan);
  if (!isEmpty && !stopped.aborted && (options.yes || (await output.confirm(question(source, selection, plan, options))))) return undefined;
  output.line(isEmpty ? 'Nothing to send.' : 'Nothing was sent.');
  output.json({ from: source.name, dryRun: false, plan });
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  return isNothingLeft(plan) && plan.toLeave === 0 && selection.unreadCount === 0 ? ExitCode.DONE : ExitCode.LEFT;
}

function question(
  { queue }: DeadLetterSource, selection: Selection, { toDo, recordsToDo, isAll }: Plan, { limit, toStream, pick, skip }: RedriveOptions,
): string {
  const number = `${pick || skip?.length ? `${count(recordsToDo, 'record')} of ` : ''}${count(toDo, 'dead letter')}`;
  const all = isAll || toDo === limit ? number : `${number}, and what matches of the rest of the ${queue ? 'queue' : 'file'},`;
  return `Send ${all}${selection.isEverything ? '' : ` (${selection.text})`} to the ${toStream ? 'stream' : 'processor'}?`;
}

async function send(
  context: Context, source: DeadLetterSource, selection: Selection, plan: Plan, options: RedriveOptions, rules: RecordRules | undefined,
): Promise<ExitCode> {
  const { output, stopped, aborted } = context;
  const audit = await Audit.open(context, { command: 'redrive', dlq: source.dlq, file: options.auditLog });
  const progress = output.progress('redrive', totalOf(plan, source, options));
  try {
    // Before anything is sent it is known that what will be done can be noted.
    const targets = destinationsOf(plan);
    await audit.write({ result: AuditResult.BEGUN, to: targets.join(', ') });
    const events = {
      onResult: ({ result }: { result: RedriveResult }) => {
        if (result !== RedriveResult.LEFT) progress.add();
        const failed = redrive.tally.count(RedriveResult.FAILED, RedriveResult.PARTLY, RedriveResult.NOT_REMOVED);
        if (failed > 0) progress.note(`${failed} failed`);
      },
      onAlarm: (text: string) => output.warn(text),
    };
    const origin = await source.take({
      isBusy: () => redrive.isBusy || selection.isBusy,
      onLost: warnWhenVisible(context),
      deleteWaitMillis: DELETE_WAIT_MILLIS,
    });
    const commandOf = (command: string) => (options.from === undefined ? commandForQueue : operatorCommand)(command, context.options);
    const recordsToSend = rules && (async (read: ReceivedDeadLetter, signal: AbortSignal) => (await rules.choose(read, signal))());
    const settings = { ...options, rules: options, recordsToSend, targets, commandOf, stopped, aborted };
    const redrive: RedriveRun = new RedriveRun(origin, await targetOf(context, options), selection, audit, settings, events);
    const { failure, remaining: unreached, notReleased } = await runAndRelease(context, origin, async () => redrive.run());
    progress.stop();
    const { begun, hasGivenUp } = redrive;
    const isOver = !failure && !stopped.aborted && !hasGivenUp;
    const shortfall = coverageOf({ plan, selection, begun, limit: options.limit, unreached, notReleased });
    const notes = [
      ...(isOver ? shortfall.notes : []),
      ...(notReleased === undefined ? [] : [notReleased]),
      ...selection.notFound.map((id) => `"${id}" was not found.`),
      ...selection.notes,
      ...(stopped.aborted ? ['Interrupted: what is left can be sent by the same command.'] : []),
      `Recorded in ${audit.file}.`,
    ];
    printSummary(redrive, plan, options, output, notes);
    const { recordsSent, tally } = redrive;
    const checked = rules?.isChecked ? { checked: redrive.checked } : {};
    const { notFound } = selection;
    const error = errorIn(failure);
    const report = { ...tally.report, recordsSent, ...checked, notFound, ...shortfall.report, interrupted: stopped.aborted, error };
    output.json({ from: source.name, dryRun: false, plan, ...report });
    if (failure) throw failure.error;
    return exitCodeOf(redrive, selection, shortfall, stopped);
  } finally {
    progress.stop();
    await audit.close();
  }
}

function exitCodeOf({ tally, hasGivenUp }: RedriveRun, { notFound, unreadCount }: Selection, { notes }: Coverage, stopped: AbortSignal): ExitCode {
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  const { PARTLY, FAILED, LEFT, NOT_REMOVED } = RedriveResult;
  const isGood = tally.count(PARTLY, FAILED, LEFT, NOT_REMOVED) === 0 && !hasGivenUp;
  return isGood && notFound.length === 0 && unreadCount === 0 && notes.length === 0 ? ExitCode.DONE : ExitCode.LEFT;
}

async function targetOf({ clients, output }: Context, options: RedriveOptions): Promise<Target> {
  return options.toStream
    ? new StreamTarget(await clients.kinesis())
    : new ProcessorTarget(await clients.lambda(), {
      functionName: options.function,
      onRoleUnknown: (functionName, { message }) => output.note(
        `records go to ${functionName} without invokeIdentityArn, for its role is not known: it takes lambda:GetFunctionConfiguration (${message})`,
      ),
    });
}

/** What the bar goes up to, where that is known. */
function totalOf(plan: Plan, { approximate }: DeadLetterSource, { limit = Infinity }: RedriveOptions): number | undefined {
  if (plan.isAll) return plan.toDo;
  if (approximate === undefined) return limit === Infinity ? undefined : limit;
  return Math.min(limit, Math.max(plan.toDo, Math.round((approximate * plan.toDo) / Math.max(1, plan.lookedAt))));
}

/** What the journal of a file calls the destination. */
function destinationOf({ toStream, function: functionName }: RedriveOptions): string {
  if (toStream) return BACK_TO_STREAM;
  return functionName === undefined ? TO_PROCESSOR : `function:${functionName}`;
}

function destinationsOf({ lines }: Plan): string[] {
  return [...new Set(lines.flatMap(({ to }) => Object.keys(to)))];
}
