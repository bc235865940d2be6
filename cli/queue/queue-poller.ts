import { type Message, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { InFlightMessages } from './in-flight-messages';
import { ServerClock } from './server-clock';

/** The most messages of one receive. */
const MOST_MESSAGES = 10;
/** Long enough that SQS asks all of its servers. */
const WAIT_SECONDS = 1;
/** A single empty answer may be wrong on a queue that nobody has polled for a while. */
const EMPTY_POLLS = 2;
/** Answers that had room for more, and brought newcomers only: nothing else is there. */
const NEWCOMER_POLLS = 10;
/** Answers full of newcomers: others may send faster than this polls. */
const FLOODED_POLLS = 100;
/** SQS has about 120,000 messages of a queue in flight and no more. Whoever polls long gets empty answers then, and no error. */
const MOST_IN_FLIGHT = 100_000;

/** Why nothing more came. */
export type PollEnd =
  /** There was nothing more. */
  | 'exhausted'
  /** Others sent so many that what was there before may not have come. */
  | 'flooded'
  /** SQS gives out no more until some of what is in flight is deleted or given back. */
  | 'inFlightLimit';

export interface PollOptions {
  readonly queueUrl: string;
  /** Time of the service, in milliseconds: what was sent later waits for the next one. By default when this one begins. */
  readonly sentUntil?: number;
  /** Ends after as many messages. */
  readonly limit?: number;
  /** Messages that may be received before they are asked for, at least ten. More than ten: several receives at a time. */
  readonly ahead?: number;
  /** Aborted: nothing more is received, what is under way comes to its end. */
  readonly stopped?: AbortSignal;
  /** Aborted: what is under way is let go of. */
  readonly aborted?: AbortSignal;
  /** Whether the tool itself has sent a message meanwhile: it says nothing of how fast others send. */
  isOwn?(messageId: string): boolean;
  /** Whether messages are worked on that others are waiting behind: an empty answer says nothing as long as it is so. */
  isBusy?(): boolean;
}

/**
 * The messages of a queue, each once, as they are asked for. Only those that were there when it was made: what is sent later waits for the
 * next one. Every message is held from the moment it is received; whoever made the hold gives it back.
 *
 * On a FIFO queue no message of a group comes while another of it is held: first ones that are not deleted keep the others back.
 */
export class QueuePoller implements AsyncIterable<Message> {
  private readonly clock = new ServerClock();
  private readonly beganAt = Date.now();
  private readonly waiting: Message[] = [];
  private readonly receives = new Set<Promise<void>>();
  private given = 0;
  private emptyPolls = 0;
  private newcomerPolls = 0;
  private floodedPolls = 0;
  private refusedPolls = 0;
  private failure?: { readonly error: unknown };

  constructor(
    private readonly client: SQSClient,
    private readonly hold: InFlightMessages,
    private readonly options: PollOptions,
  ) {}

  /** Why nothing more came. Undefined while it goes on, and where it was stopped or is at its limit. */
  get end(): PollEnd | undefined {
    if (this.refusedPolls >= EMPTY_POLLS) return 'inFlightLimit';
    if (this.emptyPolls >= EMPTY_POLLS) return this.hold.size >= MOST_IN_FLIGHT ? 'inFlightLimit' : 'exhausted';
    if (this.newcomerPolls >= NEWCOMER_POLLS) return 'exhausted';
    return this.floodedPolls >= FLOODED_POLLS ? 'flooded' : undefined;
  }

  /** Whether it went on until there was nothing more. */
  get isExhausted(): boolean {
    return this.end === 'exhausted';
  }

  /** Time of the service up to which messages are given. */
  get sentUntil(): number {
    return this.options.sentUntil ?? this.clock.at(this.beganAt);
  }

  /** Messages that it has given. */
  get givenCount(): number {
    return this.given;
  }

  /** Messages that were sent after it had begun, and are left for the next one. */
  get newcomers(): number {
    return this.hold.received.size - this.given - this.waiting.length;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, void> {
    try {
      for (;;) {
        this.receiveAhead();
        if (this.failure) throw this.failure.error;
        const message = this.isStopped ? undefined : this.waiting.shift();
        if (message) {
          this.given++;
          yield message;
        } else if (this.receives.size > 0 && !this.isStopped) {
          await Promise.race(this.receives);
        } else {
          return;
        }
      }
    } finally {
      // What is under way may bring messages still: they are held, and given back with the others.
      await Promise.all(this.receives);
    }
  }

  private get isStopped(): boolean {
    return this.options.stopped?.aborted === true || this.options.aborted?.aborted === true;
  }

  private receiveAhead(): void {
    const { limit = Infinity, ahead = MOST_MESSAGES } = this.options;
    for (;;) {
      const inHand = this.waiting.length + this.receives.size * MOST_MESSAGES;
      const count = Math.min(MOST_MESSAGES, limit - this.given - inHand);
      if (count < 1 || inHand + MOST_MESSAGES > Math.max(ahead, MOST_MESSAGES)) return;
      if (this.isStopped || this.end !== undefined || this.failure) return;
      // Those that are under way may be the last ones that are needed.
      if (this.emptyPolls > 0 && this.emptyPolls + this.receives.size >= EMPTY_POLLS) return;
      const receive: Promise<void> = this.receive(count)
        .catch((error: unknown) => this.fail(error))
        .finally(() => this.receives.delete(receive));
      this.receives.add(receive);
    }
  }

  private async receive(count: number): Promise<void> {
    const visibilityTimeout = this.hold.visibilityTimeout;
    const command = new ReceiveMessageCommand({
      QueueUrl: this.options.queueUrl,
      MaxNumberOfMessages: count,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
      VisibilityTimeout: visibilityTimeout,
      WaitTimeSeconds: WAIT_SECONDS,
    });
    this.clock.watch(command);
    const { Messages = [] } = await this.client.send(command, { abortSignal: this.options.aborted });
    for (const message of Messages) this.hold.add(message, visibilityTimeout);
    await this.deleteAgain(Messages);
    this.take(Messages, count);
  }

  private take(messages: readonly Message[], asked: number): void {
    const fresh = messages.filter(({ MessageId }) => this.hold.received.add(MessageId!));
    const older = fresh.filter((message) => this.wasThere(message));
    this.waiting.push(...older);
    if (messages.length > 0) this.refusedPolls = 0;
    if (older.length > 0) this.emptyPolls = this.newcomerPolls = this.floodedPolls = 0;
    else if (fresh.some(({ MessageId }) => this.options.isOwn?.(MessageId!))) return;
    else if (messages.length === asked) this.floodedPolls++;
    else if (messages.length > 0) this.newcomerPolls++;
    else if (!this.options.isBusy?.()) this.emptyPolls++;
  }

  /** SQS may deliver what was deleted. */
  private async deleteAgain(messages: readonly Message[]): Promise<void> {
    for (const message of messages.filter(({ MessageId }) => this.hold.hasDeleted(MessageId!))) {
      await this.hold.delete(message);
    }
  }

  private wasThere({ Attributes }: Message): boolean {
    return Number(Attributes?.SentTimestamp ?? 0) <= this.sentUntil;
  }

  private fail(error: unknown): void {
    if (this.options.aborted?.aborted) return;
    // SQS has as many of its messages in flight as it allows: no more come until some are deleted.
    if ((error as Error).name === 'OverLimit') this.refusedPolls++;
    else this.failure ??= { error };
  }
}
