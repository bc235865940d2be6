import { isSameQueueAnywhere } from '../../aws/queue-name';
import { CliError } from '../../cli-error';
import type { Context, GlobalOptions } from '../../context';
import type { Dlq } from '../../dlq';
import { type ChosenQueue, chosenQueue } from '../../queue/chosen-queue';
import { contentOf, CONTENT_NAMES } from '../import/check-line';
import type { Source } from './source';

export interface TargetOptions {
  readonly toQueue?: string;
  readonly toStack?: string;
}

/** The queue that dead letters are sent to. */
export interface Target {
  readonly dlq: Dlq;
  readonly queue: ChosenQueue;
  /** How a command line names it. */
  readonly named: Pick<GlobalOptions, 'queue' | 'stack'>;
}

/** The queue of --to-queue or --to-stack, if one is given. @throws CliError where no dead letter is to go there */
export async function targetOf(context: Context, { toQueue, toStack }: TargetOptions, source: Source): Promise<Target | undefined> {
  if (toQueue === undefined && toStack === undefined) return undefined;
  const [option, given] = toStack === undefined ? ['--to-queue', toQueue] : ['--to-stack', toStack];
  const named = { queue: toQueue, stack: toStack };
  const dlq = await context.dlq({ ...named, prefix: 'to-' });
  const { queueUrl } = dlq;
  if (source.queue && isSameQueueAnywhere(source.queue.queueUrl, queueUrl)) {
    throw new CliError(`${option} must be another queue than the source, got: ${given}; name the dead-letter queue of a StreamDlq`);
  }
  const content = contentOf(queueUrl, dlq);
  if (content !== undefined && content !== 'dead letters') {
    throw new CliError(`${option} must be a dead-letter queue, got: ${given}, which is ${CONTENT_NAMES[content]} of a StreamDlq; name its dead-letter queue`);
  }
  return { dlq, queue: await chosenQueue(await context.clients.sqs(), dlq, { undeliverables: false, parked: false }), named };
}
