import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetter, FailedRedrives } from '../../lambda/shared/dead-letter/dead-letter';
import { readDeadLetter } from '../../lambda/shared/dead-letter/dead-letter-message';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import type { ReceivedDeadLetter } from '../../lambda/shared/dead-letter/received-dead-letter';
import { withFailedRedrives } from '../../lambda/shared/redrive/failed-redrives';
import { isOutcomeUnknown } from '../../lambda/shared/redrive/send-error';
import type { Reason } from '../../lambda/shared/redrive/target';
import { isFatal } from '../aws/aws-error';
import { messageSummary } from '../messages/message-summary';
import { messageDocument } from '../native/message-document';
import { isMoved, type NativeMessage, nativeMessageOf } from '../native/native-message';
import { count, shortName } from '../output/text';
import { IdSet } from '../queue/id-set';
import { InFlightMessages, type InFlightOptions } from '../queue/in-flight-messages';
import { QueuePoller } from '../queue/queue-poller';
import { NOT_COUNTED, type RemainingMessages, remainingMessages } from '../queue/remaining-messages';
import { readBody } from './bodies';
import { type DeadLetterReader, type FoundDeadLetter, NotNotedError } from './dead-letter-reader';
import type { MessageCopies } from './message-copies';

/** Before a delete is tried again. The SDK has tried some times by then. */
const PAUSE_MILLIS = [1_000, 3_000];

export interface QueueReaderOptions extends Pick<InFlightOptions, 'queueUrl' | 'visibilityTimeout' | 'deleteWaitMillis'> {
  readonly isFifo: boolean;
  /** Whether all messages are native dead letters, whatever their bodies look like. */
  readonly isNative?: boolean;
  /** Time of the service: what was sent later is left. By default when dead letters are first asked for. */
  readonly sentUntil?: number;
  /** How messages are written again, where failed redrives are noted. */
  readonly copies?: Pick<MessageCopies, 'send'>;
  /** Why there is no place for what would be left of a message, if there is none. */
  noRoomFor?(message: Message): Reason | undefined;
  /** Messages to take in advance. */
  readonly ahead?: number;
  readonly aborted: AbortSignal;
  /** Whether dead letters are worked on: on a FIFO queue others of their group come only after them. */
  isBusy?(): boolean;
  onLost?(deadLetter: { readonly messageId: string }, reason: string): void;
  readonly pauseMillis?: readonly number[];
}

/** A message, in its queue or in a file, with what was found in it. */
export interface QueuedDeadLetter extends FoundDeadLetter {
  readonly message: Message;
  /** URL of the queue that it was in, where it is a native dead letter of a file. */
  readonly queueUrl?: string;
}

/** Dead letters of a queue, hidden from others until they are removed, or given back at the end. */
export class QueueReader implements DeadLetterReader<QueuedDeadLetter> {
  private readonly hold: InFlightMessages;
  private readonly sent = new IdSet();
  private sweep?: QueuePoller;

  constructor(
    private readonly client: SQSClient,
    private readonly objects: ObjectReader,
    /** Where smaller dead letters go. */
    private readonly queue: { send(deadLetter: DeadLetter, signal: AbortSignal): Promise<unknown> },
    private readonly options: QueueReaderOptions,
  ) {
    const { onLost } = options;
    this.hold = new InFlightMessages(client, { ...options, onVisible: (messageId, reason) => onLost?.({ messageId }, reason) });
  }

  get name(): string {
    return this.options.queueUrl;
  }

  /** Time of the service up to which dead letters were given. */
  get sentUntil(): number | undefined {
    return this.sweep?.sentUntil;
  }

  async *deadLetters(ending: AbortSignal): AsyncGenerator<QueuedDeadLetter, void, void> {
    const { queueUrl, sentUntil, ahead, aborted, isBusy } = this.options;
    this.sweep = new QueuePoller(this.client, this.hold, {
      queueUrl, sentUntil, ahead, stopped: ending, aborted, isBusy, isOwn: (messageId) => this.sent.has(messageId),
    });
    for await (const message of this.sweep) yield this.deadLetterOf(message);
  }

  isHidden({ messageId }: QueuedDeadLetter): boolean {
    return this.hold.has(messageId);
  }

  async keepRemainder(_letter: QueuedDeadLetter, remainder: DeadLetter, signal: AbortSignal): Promise<void> {
    await this.queue.send(remainder, signal);
  }

  async noteFailure(
    deadLetter: QueuedDeadLetter, { text }: Pick<ReceivedDeadLetter, 'text'>, failed: FailedRedrives, signal: AbortSignal,
  ): Promise<void> {
    const { isFifo, copies } = this.options;
    if (isFifo) throw new NotNotedError('the queue is FIFO, and new messages would come after all others');
    // Another consumer may have it.
    if (!this.isHidden(deadLetter)) throw new NotNotedError('it became visible again');
    const body = withFailedRedrives(text, failed);
    if (body === undefined || !copies) throw new NotNotedError('the body cannot be written again');
    let messageId: string | undefined;
    try {
      messageId = await copies.send(deadLetter.message, body, signal);
    } catch (error) {
      const { name, message } = error as Error;
      if (isOutcomeUnknown(error)) {
        throw new NotNotedError(
          `it is not known whether message ${deadLetter.messageId} was written again (${name}: ${message}): where it was, the queue has it twice, ` +
          'and the next run sends both',
        );
      }
      throw new NotNotedError(`the message could not be written again (${name}: ${message})`);
    }
    if (messageId !== undefined) this.sent.add(messageId);
    await this.remove(deadLetter, 'noted', signal);
  }

  async remove({ message }: QueuedDeadLetter, _result: 'sent' | 'partly' | 'noted', signal: AbortSignal): Promise<void> {
    const { pauseMillis = PAUSE_MILLIS } = this.options;
    for (let attempt = 0; ; attempt++) {
      try {
        if (await this.hold.delete(message)) return;
        break;
      } catch (error) {
        if (attempt === pauseMillis.length || isFatal(error) || signal.aborted) throw error;
      }
      await sleep(pauseMillis[attempt], undefined, { signal }).catch(() => undefined);
    }
    throw new VisibleAgainError();
  }

  async remaining(signal: AbortSignal): Promise<RemainingMessages> {
    return this.sweep ? remainingMessages(this.client, this.sweep, this.hold, this.options, signal) : NOT_COUNTED;
  }

  async close(signal: AbortSignal): Promise<string | undefined> {
    const left = await this.hold.release(signal);
    if (!left) return undefined;
    return `${count(left.messages, 'message')} could not be made visible again (${left.reason}): visible again within ${left.seconds} seconds`;
  }

  private deadLetterOf(message: Message): QueuedDeadLetter {
    const { MessageId: messageId = '', Attributes = {} } = message;
    const { isFifo, isNative } = this.options;
    const found = {
      message,
      messageId,
      sentAt: new Date(Number(Attributes.SentTimestamp ?? 0)),
      // In a standard queue a group has no order.
      group: isFifo ? Attributes.MessageGroupId : undefined,
      read: async (signal: AbortSignal) => readDeadLetter(message, this.objects, signal),
    };
    const { summary, defect, newerFormat } = isNative ? {} : messageSummary(message);
    if (isNative || (!summary && !newerFormat && isMoved(message))) {
      const document = async (signal: AbortSignal) => messageDocument(message, await readBody(message, this.objects, signal));
      const native = nativeMessageOf(message);
      return { ...found, native, document, ...(!isNative && { defect: movedReason(native) }) };
    }
    return {
      ...found,
      summary,
      defect,
      noRoom: this.options.noRoomFor?.(message),
    };
  }
}

/** Among other dead letters, why it is none of those. */
function movedReason({ sourceArn = '' }: NativeMessage): Reason {
  return { name: 'Native', message: `SQS moved it here from ${shortName(sourceArn)} as it was sent: "redrive ID --to-queue NAME" sends it to a queue` };
}

/** A message was hidden no longer when it was deleted. */
export class VisibleAgainError extends Error {
  readonly name = 'Lost';

  constructor() {
    super('it was visible again when it was deleted: it may still be in the queue, or another consumer may have it');
  }
}
