import { setTimeout as sleep } from 'node:timers/promises';
import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { inconsistencyOf, readDeadLetter, summaryOf } from '../../lambda/shared/dead-letter/dead-letter-message';
import { parseJson } from '../../lambda/shared/dead-letter/failure-record';
import { NewerFormatError } from '../../lambda/shared/dead-letter/format-version';
import type { ObjectReader } from '../../lambda/shared/dead-letter/object-reader';
import { UndeliverableError } from '../../lambda/shared/dead-letter/undeliverable-error';
import type { Reason } from '../../lambda/shared/redrive/target';
import { type NewerFormat, newerFormat } from '../newer-format';
import { MessageHold } from '../queue/message-hold';
import { QueueSweep } from '../queue/queue-sweep';
import { NOT_ASKED, type Unreached, unreachedBy } from '../queue/unreached';
import { concernsAll } from './concerns-all';
import type { LetterOrigin, OriginLetter } from './letter-origin';

/** Before a delete is tried again. The SDK has tried some times by then. */
const PAUSE_MILLIS = [1_000, 3_000];

export interface QueueOriginOptions {
  readonly queueUrl: string;
  readonly isFifo: boolean;
  /** Time of the service: what was sent later is left. By default when letters are first asked for. */
  readonly sentUntil?: number;
  /** Why there is no place for what would be left of a message, if there is none. */
  noRoomFor?(message: Message): Reason | undefined;
  readonly visibilityTimeout: number;
  /** Messages to take in advance. */
  readonly ahead?: number;
  readonly aborted: AbortSignal;
  /** Whether letters are worked on: on a FIFO queue others of their group come only after them. */
  isBusy?(): boolean;
  onLost?(letter: { readonly messageId: string }, reason: string): void;
  readonly pauseMillis?: readonly number[];
}

/** A message with what was found in it. */
export interface QueueLetter extends OriginLetter {
  readonly message: Message;
}

/** Dead letters of a queue, hidden from others until they are removed, or given back at the end. */
export class QueueOrigin implements LetterOrigin<QueueLetter> {
  private readonly hold: MessageHold;
  private sweep?: QueueSweep;

  constructor(
    private readonly client: SQSClient,
    private readonly objects: ObjectReader,
    /** Where smaller dead letters go. */
    private readonly queue: { send(letter: DeadLetter, signal: AbortSignal): Promise<void> },
    private readonly options: QueueOriginOptions,
  ) {
    const { queueUrl, visibilityTimeout, onLost } = options;
    this.hold = new MessageHold(client, { queueUrl, visibilityTimeout, onLost: (messageId, reason) => onLost?.({ messageId }, reason) });
  }

  get name(): string {
    return this.options.queueUrl;
  }

  /** Time of the service up to which letters were given. */
  get sentUntil(): number | undefined {
    return this.sweep?.sentUntil;
  }

  async *letters(ending: AbortSignal): AsyncGenerator<QueueLetter, void, void> {
    const { queueUrl, sentUntil, ahead, aborted, isBusy } = this.options;
    this.sweep = new QueueSweep(this.client, this.hold, { queueUrl, sentUntil, ahead, stopped: ending, aborted, isBusy });
    for await (const message of this.sweep) yield this.letterOf(message);
  }

  isOurs({ messageId }: QueueLetter): boolean {
    return this.hold.has(messageId);
  }

  async keepRemainder(_letter: QueueLetter, remainder: DeadLetter, signal: AbortSignal): Promise<void> {
    await this.queue.send(remainder, signal);
  }

  async remove({ message }: QueueLetter, _result: 'sent' | 'partly', signal: AbortSignal): Promise<void> {
    const { pauseMillis = PAUSE_MILLIS } = this.options;
    for (let attempt = 0; ; attempt++) {
      const wasHidden = this.hold.has(message.MessageId!);
      try {
        await this.hold.delete(message, signal);
        // SQS says the same whether it deleted a message, or somebody else has it and the receipt handle means nothing any more.
        if (wasHidden) return;
        break;
      } catch (error) {
        if (attempt === pauseMillis.length || concernsAll(error) || signal.aborted) throw error;
      }
      await sleep(pauseMillis[attempt], undefined, { signal }).catch(() => undefined);
    }
    throw new LostError();
  }

  async unreached(signal: AbortSignal): Promise<Unreached> {
    return this.sweep ? unreachedBy(this.client, this.sweep, this.hold, this.options, signal) : NOT_ASKED;
  }

  async close(signal: AbortSignal): Promise<string | undefined> {
    const left = await this.hold.release(signal);
    if (!left) return undefined;
    return `${left.messages} messages could not be given back (${left.reason}): they are in the queue again in ${left.seconds} seconds at the latest`;
  }

  private letterOf(message: Message): QueueLetter {
    const { MessageId: messageId = '', Attributes = {} } = message;
    const { summary, defect } = summaryIn(message);
    return {
      message,
      messageId,
      sentAt: new Date(Number(Attributes.SentTimestamp ?? 0)),
      summary,
      defect,
      group: Attributes.MessageGroupId,
      noRoom: this.options.noRoomFor?.(message),
      read: async (signal) => readDeadLetter(message, this.objects, signal),
    };
  }
}

/** A message was hidden no longer when it was deleted. */
export class LostError extends Error {
  readonly name = 'Lost';

  constructor() {
    super('it was hidden no longer when it was deleted: it may be in the queue still, or with somebody else');
  }
}

/** Of the reason why a dead letter of a newer format is left. */
export const NEWER_FORMAT = 'NewerFormat';

/** Of the reason why a message is left whose attributes say something else than its body. */
export const INCONSISTENT = 'Inconsistent';

/** What a message says of itself, or why it is no dead letter that this version reads. Both where its body, if that is in it, says something else. */
export function summaryIn(message: Message, body = jsonIn(message)): Pick<OriginLetter, 'summary' | 'defect'> & { readonly newerFormat?: NewerFormat } {
  try {
    const summary = summaryOf(message);
    const defect = summary.pointer ? undefined : inconsistencyOf(message, body);
    return { summary, ...(defect !== undefined && { defect: { name: INCONSISTENT, message: defect } }) };
  } catch (error) {
    if (error instanceof NewerFormatError) return { defect: { name: NEWER_FORMAT, message: error.message }, newerFormat: newerFormat(error) };
    if (error instanceof UndeliverableError) return { defect: { name: 'NotADeadLetter', message: error.message } };
    throw error;
  }
}

function jsonIn({ Body: body = '' }: Message): unknown {
  return parseJson(body);
}
