import type { Message } from '@aws-sdk/client-sqs';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { pointerIn } from '../../lambda/shared/dead-letter/pointer';
import { messageBytes } from '../../lambda/shared/dead-letter/sqs-message';
import type { Reason } from '../../lambda/shared/redrive/target';
import type { Audit } from '../audit/audit';
import type { Context } from '../context';
import { Journal } from '../file/journal';
import { count } from '../output/text';
import { type ChosenQueue, chosenQueue, type QueueChoice, requireUncountedReceives } from '../queue/chosen-queue';
import { failureRecordsText, waitingFailureRecords } from '../queue/waiting-beside';
import type { DeadLetterReader, FoundDeadLetter } from './dead-letter-reader';
import { FileReader } from './file-reader';
import { MessageCopies } from './message-copies';
import { type QueuedDeadLetter, QueueReader, type QueueReaderOptions } from './queue-reader';
import { RereadBodies } from './reread-bodies';
import { deadLetterQueueOf, bodyReader, overflowOf } from './storage';

/** How long a look hides messages at a time. */
const LOOK_SECONDS = 30;

/** Where a command finds dead letters: to look at first, then to take. */
export interface DeadLetterSource<Found extends FoundDeadLetter = FoundDeadLetter> {
  /** URL of the queue, or path of the file. */
  readonly name: string;
  /** Messages in it, as far as that is known. */
  readonly approximate?: number;
  readonly isFifo: boolean;
  /** Absent where it is a file. */
  readonly queue?: ChosenQueue;
  /** For the audit log. */
  readonly dlq: Parameters<typeof Audit.open>[1]['dlq'];
  /** What there is to know before. */
  readonly notes: readonly string[];
  /** Gives back what it looked at when it is closed. */
  look(): DeadLetterReader<Found>;
  /** No more than was there when it was looked at. */
  take(options: Pick<QueueReaderOptions, 'isBusy' | 'onLost' | 'deleteWaitMillis'>): Promise<DeadLetterReader<Found>>;
}

/** How messages are taken from a queue. */
export interface TakeSettings {
  readonly countReceives: boolean;
  readonly visibilityTimeout: number;
  readonly concurrency: number;
  readonly where?: string;
  readonly group?: string;
  /** A queue that messages are sent to as they are: then all of them are native dead letters. */
  readonly toQueue?: string;
}

export interface QueueSource extends DeadLetterSource<QueuedDeadLetter> {
  readonly queue: ChosenQueue;
  /** Bodies in S3. */
  readonly objects: ObjectReader;
}

/** @throws CliError where looking would push messages over a limit */
export async function queueSource(
  context: Context,
  options: TakeSettings,
  choice: QueueChoice,
): Promise<QueueSource> {
  const { clients, aborted } = context;
  const dlq = await context.dlq();
  const sqs = await clients.sqs();
  const queue = await chosenQueue(sqs, dlq, choice);
  requireUncountedReceives(queue, options.countReceives);
  const { queueUrl, messages, isFifo, maxMessageBytes } = queue;
  // What is left of a dead letter stays where that was: of one that was parked, too.
  const deadLetterQueue = await deadLetterQueueOf(clients, { ...dlq, queueUrl, maxMessageBytes });
  // What is chosen by its body is read again when it is worked on.
  const objects = options.where ?? options.group ? new RereadBodies(bodyReader(clients)) : bodyReader(clients);
  const copies = new MessageCopies(sqs, overflowOf(clients, { ...dlq, queueUrl, maxMessageBytes }), queue);
  const waiting = choice.undeliverables || choice.parked ? undefined : failureRecordsText(await waitingFailureRecords(context, queue.functions));
  const isNative = queue.native !== undefined || options.toQueue !== undefined;
  const common = { queueUrl, isFifo, isNative, aborted, copies, noRoomFor: noRoomRule(dlq.overflowBucket, queue) };
  const originWith = (more: Omit<QueueReaderOptions, keyof typeof common>) =>
    new QueueReader(sqs, objects, deadLetterQueue, { ...common, ...more });
  // What comes after the plan was shown waits for the next one: nobody has agreed to it.
  let looked: QueueReader | undefined;
  return {
    name: queueUrl,
    approximate: messages.visible,
    isFifo,
    dlq: { queueUrl, auditLogGroup: dlq.auditLogGroup },
    queue,
    objects,
    notes: waiting === undefined ? [] : [`Note: ${waiting}. They are not part of this plan.`],
    look: () => (looked = originWith({ visibilityTimeout: LOOK_SECONDS, ahead: 100 })),
    take: async ({ isBusy, onLost, deleteWaitMillis }) =>
      originWith({
        sentUntil: looked?.sentUntil,
        visibilityTimeout: options.visibilityTimeout,
        // Some receives at a time where many dead letters are sent at a time, and no more messages hidden than needed.
        ahead: Math.min(100, 10 + 2 * options.concurrency),
        onLost,
        // On a FIFO queue the next message of the group waits for the delete.
        ...(isFifo ? { isBusy } : { deleteWaitMillis }),
      }),
  };
}

/** What is left of a message that has its body in S3, or is near the limit of the queue, may be over that limit as well. */
function noRoomRule(overflowBucket: string | undefined, { queueUrl, maxMessageBytes }: ChosenQueue): (message: Message) => Reason | undefined {
  return (message) => {
    if (overflowBucket !== undefined) return undefined;
    if (!pointerIn(message) && messageBytes(message.Body ?? '', message.MessageAttributes ?? {}) <= maxMessageBytes) return undefined;
    return {
      name: 'NoOverflowBucket',
      message: `it is over the limit of ${queueUrl}, and no overflow bucket is known for what the target may not take of it: give --stack NAME instead of --queue, ` +
        'or allow the operator tag:GetResources and lambda:GetFunctionConfiguration',
    };
  };
}

/**
 * @param isNative whether all messages are native dead letters
 * @throws CliError
 */
export async function fileSource(context: Context, file: string, to: string, isNative = false): Promise<DeadLetterSource<QueuedDeadLetter>> {
  // What "rescue --to-queue" or "import" has sent is in a queue too.
  const [origin, { finished: inQueue, file: imported }] = await Promise.all([FileReader.open(file, to, isNative), Journal.open(`${file}.imported`, '', () => true)]);
  const { queue, stack } = context.options;
  // No queue is needed: one that is named all the same may have a log group.
  const { auditLogGroup } = queue !== undefined || stack !== undefined ? await context.dlq() : {};
  const { finished, sentElsewhere, file: journal } = origin.journal;
  return {
    name: file,
    isFifo: false,
    dlq: { queueUrl: file, auditLogGroup },
    notes: [
      ...(inQueue > 0 ? [`Warning: ${count(inQueue, 'message')} of it ${inQueue === 1 ? 'is' : 'are'} in a queue as well, as ${imported} says: a "redrive" of that queue and one of the file send the same.`] : []),
      'What "export" wrote is in its queue still, and a plain "redrive" would send it once more; what "discard" or "rescue" wrote is not.',
      ...(finished > 0 ? [`${count(finished, 'message')} of it ${finished === 1 ? 'was' : 'were'} sent before, as ${journal} says: delete that file to send them again.`] : []),
      ...(sentElsewhere > 0 ? [`Note: ${count(sentElsewhere, 'message')} of it went to another destination before, as ${journal} says, and would go to this one as well.`] : []),
    ],
    look: () => origin,
    take: async () => {
      await origin.journal.prepare();
      return origin;
    },
  };
}
