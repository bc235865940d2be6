import { AuditResult } from '../../../../lambda/shared/audit/audit-entry';
import { Audit } from '../../../audit/audit';
import { isDenied, isServiceError } from '../../../aws/aws-error';
import { queueState } from '../../../aws/queue-state';
import type { Context } from '../../../context';
import type { QueueSource } from '../../../dead-letters/dead-letter-source';
import type { Plan } from '../../../dead-letters/plan';
import { ExitCode } from '../../../exit-code';
import type { Destinations } from '../../../native/destinations';
import { type MoveTask, StartedTask } from '../../../native/move-task';
import { count, shortName } from '../../../output/text';
import type { RedriveOptions } from '../run';

/** How long the end of a cancelled task is waited for. */
const CANCEL_MILLIS = 10_000;

export interface MoveAllOptions extends Pick<RedriveOptions, 'rate' | 'auditLog'> {
  readonly pollMillis?: number;
}

/** Why SQS takes no task of this queue, though it was asked for one: messages can be sent one by one. */
export class TaskRefused {
  constructor(readonly reason: string) {}
}

/** Has SQS move all messages of a dead-letter queue, and watches it. */
export async function moveAll(
  context: Context, source: QueueSource, destinations: Destinations, before: readonly MoveTask[], plan: Plan, options: MoveAllOptions,
): Promise<ExitCode | TaskRefused> {
  const { output, stopped, aborted, clients } = context;
  const { queueArn, messages } = source.queue;
  const audit = await Audit.open(context, { command: 'redrive', dlq: source.dlq, file: options.auditLog });
  const progress = output.progress('move', messages.visible);
  try {
    const to = destinations.named?.queueArn;
    await audit.write({ result: AuditResult.MOVE_STARTED, to: to ?? 'source queues' });
    const client = await clients.sqs();
    const task = await StartedTask.start(client, { sourceArn: queueArn, destinationArn: to, perSecond: options.rate }, before, aborted)
      .catch((error: unknown) => refused(error));
    if (task instanceof TaskRefused) {
      await audit.write({ result: AuditResult.MOVE_ENDED, reason: 'refused' });
      return task;
    }
    let moved = 0;
    const onProgress = (now: MoveTask) => {
      progress.add(Math.max(0, now.moved - moved));
      moved = Math.max(moved, now.moved);
    };
    const watch = async (signal: AbortSignal) => task.ended(onProgress, signal, options.pollMillis).catch((error: unknown) => {
      output.warn(`the task goes on in AWS: watch it by \`aws sqs list-message-move-tasks --source-arn ${queueArn}\``);
      throw error;
    });
    let end = await watch(AbortSignal.any([stopped, aborted]));
    if (!end && stopped.aborted) {
      const cancelled = await task.cancel();
      moved = Math.max(moved, cancelled ?? 0);
      await audit.write({ result: AuditResult.MOVE_CANCELLED });
      end = await watch(AbortSignal.any([aborted, AbortSignal.timeout(CANCEL_MILLIS)]));
    }
    progress.stop();
    await audit.write({ result: AuditResult.MOVE_ENDED, reason: end?.status ?? 'not known' });
    return await report(context, source, plan, { end, moved, handle: task.handle, auditFile: audit.file });
  } finally {
    progress.stop();
    await audit.close();
  }
}

/** @throws any other error */
function refused(error: unknown): TaskRefused {
  const { name, message } = error as Error;
  // SQS has no other name for a queue that is not the dead-letter queue of another queue, or a task that runs already.
  if (isDenied(error) || /UnsupportedOperation|InvalidParameterValue|InvalidAddress/.test(name)) return new TaskRefused(`SQS starts no move task (${name}: ${message})`);
  throw error;
}

/** What the task has done is said all the same. */
function unknownIfRefused(error: unknown): undefined {
  if (!isServiceError(error)) throw error;
}

interface Outcome {
  readonly end: MoveTask | undefined;
  readonly moved: number;
  readonly handle: string;
  readonly auditFile: string;
}

async function report(
  { output, stopped, aborted, clients }: Context, source: QueueSource, plan: Plan, { end, moved, handle, auditFile }: Outcome,
): Promise<ExitCode> {
  const { green, red, yellow } = output.colors;
  const number = `about ${count(moved, 'message')}`;
  const remaining = await queueState(await clients.sqs(), source.name, aborted).then(({ messages }) => messages, unknownIfRefused);
  const isDone = end?.status === 'COMPLETED';
  if (isDone) output.prose(green(`SQS moved ${number}.`));
  else if (end?.status === 'CANCELLED') output.prose(yellow(`Cancelled: SQS had moved ${number}; the others stay.`));
  else if (end) output.prose(red(`The task ended with ${end.status} after ${number}${end.failureReason === undefined ? '' : `: ${end.failureReason}`}.`));
  else output.prose(yellow(`It is not known how the task ended: SQS had moved ${number}. Run \`aws sqs list-message-move-tasks --source-arn ${source.queue.queueArn}\`.`));
  const left = remaining ? remaining.visible + remaining.inFlight : 0;
  if (left > 0) {
    output.prose(`About ${count(left, 'message')} ${left === 1 ? 'is' : 'are'} in ${shortName(source.name)} now: what came meanwhile, what could not be moved, and what a consumer has. The count of SQS is up to a minute late.`);
  }
  output.line(`Recorded in ${auditFile}.`);
  const task = { handle, status: end?.status, moved, failureReason: end?.failureReason };
  output.json({
    from: source.name, dryRun: false, plan, task, interrupted: stopped.aborted,
    ...(remaining && { remaining: { visible: remaining.visible, inFlight: remaining.inFlight } }),
  });
  if (stopped.aborted) return ExitCode.INTERRUPTED;
  return isDone ? ExitCode.DONE : ExitCode.LEFT;
}
