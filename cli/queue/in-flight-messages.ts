import { ChangeMessageVisibilityBatchCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { DeleteBatches, type DeleteBatchesOptions } from './delete-batches';
import { IdSet } from './id-set';
import { inBatches } from './in-batches';

/** Messages that are kept hidden for as long as was asked for. Of more, each is hidden for longer, so that SQS has a pause. */
const MESSAGES_PER_SECOND = 1_000;
/** SQS hides no message for longer. */
const LONGEST_SECONDS = 43_200;
const RELEASE_ROUNDS = 3;

export interface InFlightOptions extends DeleteBatchesOptions {
  /** Seconds for which a message is hidden at a time: if the tool is killed, SQS gives it back after as many. */
  readonly visibilityTimeout: number;
  /** Told when a message is hidden no longer, and others may have it. */
  onVisible?(messageId: string, reason: string): void;
}

/** What could not be given back. It is hidden until its timeout is over. */
export interface NotReleased {
  readonly messages: number;
  readonly seconds: number;
  readonly reason: string;
}

interface TrackedMessage {
  messageId: string;
  receiptHandle: string;
  /** By the clock of this process, which nobody sets. */
  hiddenUntil: number;
  /** By the clock of the machine, which goes on while the machine sleeps. */
  hiddenUntilDate: number;
  isLeaving: boolean;
}

/** Keeps messages hidden while they are worked on, and gives them back. Bodies are not kept. */
export class InFlightMessages {
  private readonly held = new Map<string, TrackedMessage>();
  /** Messages that were received. Those that were deleted here are marked. */
  readonly received = new IdSet();
  private readonly deletes: DeleteBatches;
  private timer?: NodeJS.Timeout;
  private beat?: Promise<void>;
  private isReleased = false;

  constructor(
    private readonly client: SQSClient,
    private readonly options: InFlightOptions,
  ) {
    this.deletes = new DeleteBatches(client, options);
  }

  /** Messages that are held now. */
  get size(): number {
    return this.held.size;
  }

  /** Seconds to receive the next messages with. */
  get visibilityTimeout(): number {
    const needed = Math.ceil((3 * this.held.size) / MESSAGES_PER_SECOND);
    return Math.min(LONGEST_SECONDS, Math.max(this.options.visibilityTimeout, needed));
  }

  /** Whether a message is hidden from others, as far as is known. */
  has(messageId: string): boolean {
    const held = this.held.get(messageId);
    return held !== undefined && held.hiddenUntil > performance.now() && held.hiddenUntilDate > Date.now();
  }

  /** Takes a message that was just received with `visibilityTimeout`. One that was lost and came again is held again. */
  add({ MessageId: messageId, ReceiptHandle: receiptHandle }: Message, visibilityTimeout: number): void {
    const now = { messageId: messageId!, receiptHandle: receiptHandle!, ...hiddenFor(visibilityTimeout) };
    this.held.set(messageId!, Object.assign(this.held.get(messageId!) ?? { isLeaving: false }, now));
    this.schedule(this.options.visibilityTimeout);
  }

  /**
   * Deletes a message from its queue. Returns whether it was hidden until SQS answered: SQS says the same whether it deleted a message, or
   * somebody else has it and the receipt handle means nothing any more.
   * @throws what SQS says: the message is held on then
   */
  async delete({ MessageId: messageId, ReceiptHandle: receiptHandle }: Message): Promise<boolean> {
    const held = this.held.get(messageId!);
    const wasHidden = this.has(messageId!);
    // Of a message that is on its way out a heartbeat may be refused: it is not lost.
    if (held) held.isLeaving = true;
    try {
      // A message that came again has a new handle. One that was lost can often be deleted still.
      await this.deletes.delete(held?.receiptHandle ?? receiptHandle!);
    } catch (error) {
      if (held) held.isLeaving = false;
      throw error;
    }
    const isHidden = wasHidden && this.has(messageId!);
    this.held.delete(messageId!);
    this.received.mark(messageId!);
    return isHidden;
  }

  /** Whether it was deleted here. */
  hasDeleted(messageId: string): boolean {
    return this.received.isMarked(messageId);
  }

  /** Holds a message no longer: it comes back when its time is over. */
  stopTracking(messageId: string): void {
    this.held.delete(messageId);
  }

  /** Gives everything back that is held. Never throws: it is called on the way out, whatever led there. */
  async release(signal?: AbortSignal): Promise<NotReleased | undefined> {
    this.isReleased = true;
    clearTimeout(this.timer);
    // A heartbeat that is under way would hide again what is given back here.
    await this.beat;
    let reason = '';
    for (let round = 0; round < RELEASE_ROUNDS && this.held.size > 0 && !signal?.aborted; round++) {
      await this.changeVisibility([...this.held.values()], 0, signal, (held, failure) => {
        // What SQS refuses for good is not in flight any more: there is nothing to give back.
        if (failure && !failure.isFinal) reason = failure.reason;
        else this.held.delete(held.messageId);
      });
    }
    if (this.held.size === 0) return undefined;
    const last = Math.max(...[...this.held.values()].map(({ hiddenUntil }) => hiddenUntil));
    const left = { messages: this.held.size, seconds: Math.max(0, Math.ceil((last - performance.now()) / 1_000)), reason: reason || 'stopped' };
    this.held.clear();
    return left;
  }

  private schedule(visibilityTimeout: number): void {
    if (this.timer || this.isReleased) return;
    this.timer = setTimeout(() => {
      this.beat = this.extend().finally(() => (this.beat = undefined));
    }, (visibilityTimeout * 1_000) / 3);
    this.timer.unref();
  }

  private async extend(): Promise<void> {
    const seconds = this.visibilityTimeout;
    this.timer = undefined;
    // From now on, not from the end of it: what takes long would eat up the time that is left.
    this.schedule(seconds);
    await this.changeVisibility([...this.held.values()], seconds, undefined, (held, failure) => {
      if (!failure) Object.assign(held, hiddenFor(seconds));
      else if (failure.isFinal || held.hiddenUntil <= performance.now()) this.lose(held, failure.reason);
    });
  }

  private lose(held: TrackedMessage, reason: string): void {
    if (held.isLeaving || this.held.get(held.messageId) !== held) return;
    this.held.delete(held.messageId);
    this.options.onVisible?.(held.messageId, reason);
  }

  private async changeVisibility(
    messages: readonly TrackedMessage[],
    seconds: number,
    signal: AbortSignal | undefined,
    settle: (held: TrackedMessage, failure?: { readonly isFinal: boolean; readonly reason: string }) => void,
  ): Promise<void> {
    await inBatches(messages, async (batch) => {
      const Entries = batch.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }));
      try {
        const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.options.queueUrl, Entries });
        const { Failed = [] } = await this.client.send(command, { abortSignal: signal });
        const failures = new Map(Failed.map((failed) => [failed.Id, failed]));
        batch.forEach((held, index) => {
          const failed = failures.get(String(index));
          settle(held, failed && { isFinal: failed.SenderFault === true, reason: failed.Message ?? failed.Code ?? 'refused' });
        });
      } catch (error) {
        batch.forEach((held) => settle(held, { isFinal: false, reason: (error as Error).message }));
      }
    });
  }
}

function hiddenFor(seconds: number): Pick<TrackedMessage, 'hiddenUntil' | 'hiddenUntilDate'> {
  return { hiddenUntil: performance.now() + seconds * 1_000, hiddenUntilDate: Date.now() + seconds * 1_000 };
}
