import { ProcessorTarget } from '../../lambda/redrive/processor-target';
import { StreamTarget } from '../../lambda/redrive/stream-target';
import type { Target } from '../../lambda/redrive/target';
import { Audit, AuditResult } from '../audit/audit';
import type { CommandModule, Context } from '../context';
import type { RedriveOptions } from '../definitions/redrive';
import { ExitCode } from '../exit-code';
import { type Plan, planOf, type Prospect, streamDestination } from '../redrive/plan';
import { printPlan, printProspect } from '../redrive/print-plan';
import { printSummary } from '../redrive/print-summary';
import { RedriveResult, RedriveRun } from '../redrive/redrive-run';
import { fileSource, queueSource, type RedriveSource } from '../redrive/redrive-source';
import { remote } from '../redrive/remote';
import { Selection } from '../redrive/selection';
import { count } from '../redrive/words';

const TO_STREAM =
  'Back into the stream means: records get new sequence numbers and come after all that is there now, every consumer of the stream sees them ' +
  'again, their order within a shard is not kept, and what the processor fails at once more becomes a new dead letter.';

export const run: CommandModule<RedriveOptions>['run'] = async (context, ids, options) => {
  if (options.remote !== undefined) return remote(context, options.remote, options);
  const selection = Selection.parse(ids, options.filter);
  const source = options.from === undefined ? await queueSource(context, options) : await fileSource(options.from);
  const { plan, prospects } = await look(context, source, selection.again(), options);
  if (options.dryRun) return dryRun(context, source, plan, prospects, options);
  const refusal = await reasonNotToSend(context, source, selection, plan, options);
  if (refusal !== undefined) return refusal;
  return send(context, source, selection.again(), plan, options);
};

async function look(context: Context, source: RedriveSource, selection: Selection, options: RedriveOptions) {
  const { output, stopped, aborted } = context;
  const say = (text: string) => (options.dryRun ? output.line(text) : output.note(text));
  const prospects: Prospect[] = [];
  const origin = source.look();
  const destinationOf = options.toStream ? streamDestination : ({ functionArn }: { functionArn: string }) => options.function ?? functionArn;
  let plan: Plan;
  try {
    plan = await planOf(origin.letters(stopped), selection, { ...options, destinationOf }, () => origin.isExhausted, (prospect) => {
      if (options.dryRun) prospects.push(prospect);
    });
  } finally {
    const left = await origin.close(aborted);
    if (left !== undefined) output.warn(left);
  }
  printPlan(plan, source, selection, say);
  if (plan.isAll) for (const id of selection.notFound) output.warn(`"${id}" names nothing in ${source.name}: "ls" lists what is there`);
  if (options.toStream) say(TO_STREAM);
  for (const note of source.notes) say(note);
  return { plan, prospects };
}

function dryRun({ output }: Context, source: RedriveSource, plan: Plan, prospects: readonly Prospect[], options: RedriveOptions): ExitCode {
  for (const prospect of prospects) printProspect(prospect, output);
  output.line(`Dry run: nothing was sent${options.limit === undefined ? '' : `; --limit ${options.limit}`}.`);
  const letters = prospects.map((prospect) => ({
    messageId: prospect.letter.messageId,
    deadLetterId: prospect.letter.summary?.deadLetterId,
    status: prospect.letter.summary?.status,
    records: prospect.letter.summary?.recoveredRecords,
    ...('to' in prospect ? { to: prospect.to } : { reason: prospect.reason }),
  }));
  output.json({ from: source.name, dryRun: true, plan, letters });
  return ExitCode.DONE;
}

/** What to end with instead of sending: there is nothing to send, or the user does not want to. */
async function reasonNotToSend(
  { output, stopped }: Context, source: RedriveSource, selection: Selection, plan: Plan, options: RedriveOptions,
): Promise<ExitCode | undefined> {
  const isEmpty = plan.toSend === 0 && plan.isAll;
  if (!isEmpty && !stopped.aborted && (options.yes || (await output.confirm(question(selection, plan, options))))) return undefined;
  output.line(isEmpty ? 'Nothing to send.' : 'Nothing was sent.');
  output.json({ from: source.name, dryRun: false, plan });
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  return isEmpty && plan.toLeave === 0 && plan.isFound ? ExitCode.DONE : ExitCode.LEFT;
}

function question(selection: Selection, { toSend, isAll }: Plan, { limit, toStream }: RedriveOptions): string {
  const number = count(toSend, 'dead letter');
  const all = isAll || toSend === limit ? number : `${number}, and what matches of the rest of the queue,`;
  return `Send ${all}${selection.isEverything ? '' : ` (${selection.text})`} to the ${toStream ? 'stream' : 'processor'}?`;
}

async function send(context: Context, source: RedriveSource, selection: Selection, plan: Plan, options: RedriveOptions): Promise<ExitCode> {
  const { output, stopped, aborted } = context;
  const audit = await Audit.open(context, { command: 'redrive', dlq: source.dlq, file: options.auditLog });
  const progress = output.progress('redrive', totalOf(plan, source, options));
  try {
    // Before anything is sent it is known that what will be done can be noted.
    await audit.write({ result: AuditResult.BEGUN, to: destinationNames(plan) });
    const events = {
      onResult: ({ result }: { result: RedriveResult }) => {
        if (result !== RedriveResult.LEFT) progress.add();
        const failed = redrive.tally.count(RedriveResult.FAILED, RedriveResult.PARTLY, RedriveResult.NOT_REMOVED);
        if (failed > 0) progress.note(`${failed} failed`);
      },
      onAlarm: (text: string) => output.warn(text),
    };
    const origin = await source.take({
      isBusy: () => redrive.isBusy,
      onLost: ({ messageId }, reason) => output.warn(`message ${messageId} is hidden no longer (${reason}): somebody else may have it`),
    });
    const redrive: RedriveRun = new RedriveRun(
      origin, await targetOf(context, options), selection, audit, { ...options, rules: options, stopped, aborted }, events,
    );
    let failure: { readonly error: unknown } | undefined;
    try {
      await redrive.run();
    } catch (error) {
      failure = { error };
    }
    const notReleased = await origin.close(aborted);
    progress.stop();
    const notes = [
      ...(notReleased === undefined ? [] : [notReleased]),
      ...selection.notFound.map((id) => `"${id}" was not found.`),
      ...(stopped.aborted ? ['Interrupted: what is left can be sent by the same command.'] : []),
      `Noted in ${audit.file}.`,
    ];
    printSummary(redrive, output, notes);
    const { recordsSent, tally } = redrive;
    const { notFound } = selection;
    output.json({ from: source.name, dryRun: false, plan, ...tally.report, recordsSent, notFound, interrupted: stopped.aborted });
    if (failure) throw failure.error;
    return exitCodeOf(redrive, selection, stopped);
  } finally {
    progress.stop();
    await audit.close();
  }
}

function exitCodeOf({ tally, hasGivenUp }: RedriveRun, { notFound }: Selection, stopped: AbortSignal): ExitCode {
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  const { PARTLY, FAILED, LEFT, NOT_REMOVED } = RedriveResult;
  return tally.count(PARTLY, FAILED, LEFT, NOT_REMOVED) === 0 && notFound.length === 0 && !hasGivenUp ? ExitCode.DONE : ExitCode.LEFT;
}

async function targetOf({ clients }: Context, options: RedriveOptions): Promise<Target> {
  return options.toStream
    ? new StreamTarget(await clients.kinesis())
    : new ProcessorTarget(await clients.lambda(), { functionName: options.function });
}

/** What the bar goes up to, where that is known. */
function totalOf(plan: Plan, { approximate }: RedriveSource, { limit = Infinity }: RedriveOptions): number | undefined {
  if (plan.isAll) return plan.toSend;
  if (approximate === undefined) return limit === Infinity ? undefined : limit;
  return Math.min(limit, Math.max(plan.toSend, Math.round((approximate * plan.toSend) / Math.max(1, plan.lookedAt))));
}

function destinationNames({ lines }: Plan): string {
  return [...new Set(lines.flatMap(({ to }) => Object.keys(to)))].join(', ');
}
