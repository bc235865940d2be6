import type { Audit } from '../audit/audit';
import type { Context } from '../context';
import type { TakingOptions } from '../definitions/changing';
import { refuseToCount } from '../queue/chosen-queue';
import { FileOrigin } from './file-origin';
import type { LetterOrigin } from './letter-origin';
import { deadLetterQueueOf, objectsIn } from './letter-places';
import { QueueOrigin, type QueueOriginOptions } from './queue-origin';
import { count } from './words';

/** How long a look hides messages at a time. */
const LOOK_SECONDS = 30;

/** Where a command finds dead letters: to look at first, then to take. */
export interface RedriveSource {
  /** URL of the queue, or path of the file. */
  readonly name: string;
  /** Messages in it, as far as that is known. */
  readonly approximate?: number;
  /** For the audit log. */
  readonly dlq: Parameters<typeof Audit.open>[1]['dlq'];
  /** What there is to know before. */
  readonly notes: readonly string[];
  /** Gives back what it looked at when it is closed. */
  look(): LetterOrigin & { readonly isExhausted: boolean };
  take(options: Pick<QueueOriginOptions, 'isBusy' | 'onLost'>): Promise<LetterOrigin>;
}

/** @throws CliError where looking would push messages over a limit */
export async function queueSource(context: Context, options: TakingOptions & { readonly concurrency: number }): Promise<RedriveSource> {
  const { clients, aborted } = context;
  const dlq = await context.dlq();
  refuseToCount(dlq, options.countReceives);
  const [sqs, queue] = await Promise.all([clients.sqs(), deadLetterQueueOf(clients, dlq)]);
  const { queueUrl, messages } = dlq;
  const originWith = (more: Omit<QueueOriginOptions, 'queueUrl' | 'aborted'>) =>
    new QueueOrigin(sqs, objectsIn(clients), queue, { queueUrl, aborted, ...more });
  return {
    name: queueUrl,
    approximate: messages.visible,
    dlq,
    notes: [
      ...(messages.inFlight > 0 ? [`Beside these, ${count(messages.inFlight, 'message')} are in flight: somebody else has them, or a look is just over.`] : []),
      ...(dlq.isFifo ? ['The queue is FIFO: messages behind one of the same group that stays are not reached.'] : []),
    ],
    look: () => originWith({ visibilityTimeout: LOOK_SECONDS, ahead: 100 }),
    take: async ({ isBusy, onLost }) =>
      originWith({
        visibilityTimeout: options.visibilityTimeout,
        // Some receives at a time where many letters are sent at a time, and no more messages hidden than needed.
        ahead: Math.min(100, 10 + 2 * options.concurrency),
        onLost,
        ...(dlq.isFifo && { isBusy }),
      }),
  };
}

/** @throws CliError */
export async function fileSource(file: string): Promise<RedriveSource> {
  const origin = await FileOrigin.open(file);
  const { finished, file: journal } = origin.journal;
  return {
    name: file,
    dlq: { queueUrl: file },
    notes: finished > 0 ? [`${count(finished, 'message')} of it were sent before, as ${journal} says: delete that file to send them again.`] : [],
    look: () => origin,
    take: async () => {
      await origin.journal.prepare();
      return origin;
    },
  };
}
