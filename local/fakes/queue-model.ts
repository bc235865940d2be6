import { randomUUID } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

/** A message as the queue has it. */
export interface StoredMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Record<string, MessageAttributeValue>;
  readonly sentAt: number;
  readonly groupId?: string;
  /** Other attributes that SQS sets. */
  readonly system?: Readonly<Record<string, string>>;
  receives: number;
  firstReceivedAt?: number;
  hiddenUntil: number;
  receiptHandle?: string;
}

export interface NewMessage extends Partial<Pick<StoredMessage, 'messageId' | 'body' | 'attributes' | 'sentAt' | 'groupId' | 'system'>> {
  readonly deduplicationId?: string;
}

export interface Receive {
  readonly max: number;
  readonly visibilitySeconds: number;
}

export interface Poll extends Receive {
  readonly waitSeconds: number;
}

export interface QueueModelOptions {
  readonly now?: () => number;
  /** Where messages go that were received too often, asked at every receive. */
  redrivePolicy?(): { readonly maxReceiveCount: number; readonly target?: QueueModel } | undefined;
}

const DEDUPLICATION_MILLIS = 300_000;
/** How often a poll looks for what became visible by its time alone. */
const POLL_MILLIS = 100;
/** Messages that are gone, before the list of all is cut. */
const MOST_GONE = 10_000;

/**
 * A queue of SQS in memory: visibility, receipt handles, receive counts, the redrive policy, groups and deduplication of FIFO queues. What a
 * receive or a delete takes does not grow with the queue, so that a bench measures its client.
 */
export class QueueModel {
  private all: StoredMessage[] = [];
  /** Of `all`: those before it are gone. */
  private first = 0;
  private readonly there = new Set<StoredMessage>();
  private readonly byHandle = new Map<string, StoredMessage>();
  private readonly sent = new Map<string, { readonly message: StoredMessage; readonly until: number }>();
  private readonly polls = new Set<() => void>();
  private isFifo = false;

  constructor(private readonly options: QueueModelOptions = {}) {}

  /** Messages in their order, in flight or not. */
  get messages(): readonly StoredMessage[] {
    return [...this.there];
  }

  /** Messages that a consumer could get now. */
  get visible(): readonly StoredMessage[] {
    return this.messages.filter((message) => this.isVisible(message));
  }

  /** The message, or within five minutes the one that was sent with the same deduplication id. */
  send({ deduplicationId, body = '{}', attributes = {}, sentAt = this.now(), groupId, system, messageId = randomUUID() }: NewMessage): StoredMessage {
    const known = deduplicationId === undefined ? undefined : this.sent.get(deduplicationId);
    if (known && known.until > this.now()) return known.message;
    const message: StoredMessage = { messageId, body, attributes, sentAt, groupId, system, receives: 0, hiddenUntil: 0 };
    if (deduplicationId !== undefined) this.sent.set(deduplicationId, { message, until: this.now() + DEDUPLICATION_MILLIS });
    this.add(message);
    return message;
  }

  /** Has the queue hold a message that is there already in form: one of another queue, or one that was deleted. */
  add(message: StoredMessage): void {
    this.isFifo ||= message.groupId !== undefined;
    this.all.push(message);
    this.there.add(message);
    this.wake();
  }

  /** Puts messages into another order, or takes some away: SQS promises neither that it keeps their order nor that all can be had. */
  arrange(order: (messages: readonly StoredMessage[]) => readonly StoredMessage[]): void {
    this.all = [...order(this.messages)];
    this.first = 0;
    this.there.clear();
    for (const message of this.all) this.there.add(message);
  }

  receive({ max, visibilitySeconds }: Receive): StoredMessage[] {
    const taken: StoredMessage[] = [];
    const locked = this.lockedGroups();
    for (let place = this.first; place < this.all.length && taken.length < max; place++) {
      const message = this.all[place];
      if (!this.there.has(message)) {
        if (place === this.first) this.first++;
        continue;
      }
      if (!this.isVisible(message) || locked.has(message.groupId) || this.movesAway(message)) continue;
      this.hide(message, visibilitySeconds);
      taken.push(message);
    }
    if (this.first > MOST_GONE) {
      this.all = this.all.slice(this.first);
      this.first = 0;
    }
    return taken;
  }

  /** The same at once, or when there are some. A client that has gone away meanwhile takes none. */
  async poll({ waitSeconds, ...receive }: Poll, gone: AbortSignal): Promise<StoredMessage[]> {
    const until = this.now() + waitSeconds * 1_000;
    for (;;) {
      const taken = this.receive(receive);
      if (taken.length > 0 || gone.aborted || this.now() >= until) return taken;
      await this.change(Math.min(POLL_MILLIS, until - this.now()), gone);
      if (gone.aborted) return [];
    }
  }

  /** What was found by a receipt handle: that of the latest receive alone is one. */
  changeVisibility(receiptHandle: string, seconds: number): 'changed' | 'not in flight' | 'unknown' {
    const message = this.find(receiptHandle);
    if (!message) return 'unknown';
    if (!this.there.has(message) || this.isVisible(message)) return 'not in flight';
    message.hiddenUntil = this.now() + seconds * 1_000;
    if (seconds === 0) this.wake();
    return 'changed';
  }

  /** The message, the first time. A handle that a later receive has replaced deletes nothing, and no error says so. */
  delete(receiptHandle: string): StoredMessage | undefined {
    const message = this.find(receiptHandle);
    return message && this.there.delete(message) ? message : undefined;
  }

  private find(receiptHandle: string): StoredMessage | undefined {
    const message = this.byHandle.get(receiptHandle);
    return message?.receiptHandle === receiptHandle ? message : undefined;
  }

  private hide(message: StoredMessage, seconds: number): void {
    message.receives++;
    message.firstReceivedAt ??= this.now();
    message.hiddenUntil = this.now() + seconds * 1_000;
    message.receiptHandle = randomUUID();
    this.byHandle.set(message.receiptHandle, message);
  }

  /** Groups of which a message is in flight: the others of them wait. */
  private lockedGroups(): ReadonlySet<string | undefined> {
    if (!this.isFifo) return new Set();
    return new Set(this.messages.filter((it) => it.groupId !== undefined && !this.isVisible(it)).map(({ groupId }) => groupId));
  }

  /** As the redrive policy has it, a message that was received too often goes elsewhere. */
  private movesAway(message: StoredMessage): boolean {
    const policy = this.options.redrivePolicy?.();
    if (!policy || message.receives < policy.maxReceiveCount) return false;
    this.there.delete(message);
    policy.target?.add(message);
    return true;
  }

  private isVisible({ hiddenUntil }: Pick<StoredMessage, 'hiddenUntil'>): boolean {
    return hiddenUntil <= this.now();
  }

  private async change(millis: number, gone: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        gone.removeEventListener('abort', done);
        this.polls.delete(done);
        resolve();
      };
      const timer = setTimeout(done, millis);
      gone.addEventListener('abort', done);
      this.polls.add(done);
    });
  }

  private wake(): void {
    for (const done of [...this.polls]) done();
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }
}
