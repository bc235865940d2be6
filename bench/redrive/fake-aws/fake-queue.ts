import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

export type MessageAttributes = Readonly<Record<string, MessageAttributeValue>>;

/** Whatever a request may ask for beside the body. */
export interface Wanted {
  readonly attributes: boolean;
  readonly messageAttributes: boolean;
}

export interface Receive extends Wanted {
  readonly max: number;
  readonly visibilitySeconds: number;
  readonly waitSeconds: number;
}

interface Stored {
  readonly messageId: string;
  readonly number: number;
  /** JSON of what never changes, written once: members of an object, without its braces. */
  readonly body: Buffer;
  readonly messageAttributes: Buffer;
  readonly sentAt: number;
  state: 'visible' | 'in flight' | 'gone';
  receives: number;
  firstReceivedAt: number;
  hiddenUntil: number;
}

interface Waiting extends Receive {
  readonly answer: (messages: Buffer[]) => void;
  readonly timer: NodeJS.Timeout;
}

const SWEEP_MILLIS = 100;

/** A standard queue in memory, fast enough that a client is what is measured. */
export class FakeQueue {
  private readonly all: Stored[] = [];
  /** In the order in which they became visible. What was deleted meanwhile is passed over. */
  private visible: Stored[] = [];
  private head = 0;
  private readonly inFlight = new Set<Stored>();
  private readonly waiting = new Set<Waiting>();
  private readonly sweeper = setInterval(() => this.sweep(), SWEEP_MILLIS).unref();

  constructor(private readonly now: () => number = Date.now) {}

  /** @returns the number that `delete` gives back */
  add(body: string, attributes: MessageAttributes): { number: number; messageId: string; bodyMd5: string } {
    const number = this.all.length;
    const messageId = `00000000-0000-4000-a000-${String(number).padStart(12, '0')}`;
    const bodyMd5 = createHash('md5').update(body).digest('hex');
    const message: Stored = {
      messageId,
      number,
      body: Buffer.from(`"MessageId":"${messageId}","MD5OfBody":"${bodyMd5}","Body":${JSON.stringify(body)}`),
      messageAttributes: Buffer.from(`,"MessageAttributes":${JSON.stringify(attributes)}`),
      sentAt: this.now(),
      state: 'in flight',
      receives: 0,
      firstReceivedAt: 0,
      hiddenUntil: 0,
    };
    this.all.push(message);
    this.show(message);
    return { number, messageId, bodyMd5 };
  }

  get counts(): { readonly visible: number; readonly inFlight: number } {
    const visible = this.visible.slice(this.head).filter(({ state }) => state === 'visible').length;
    return { visible, inFlight: this.inFlight.size };
  }

  /** Messages as JSON, at once or when there are some. A client that has gone away takes none. */
  async receive(asked: Receive, gone: AbortSignal): Promise<Buffer[]> {
    const messages = this.take(asked);
    if (messages.length > 0 || asked.waitSeconds === 0 || gone.aborted) return messages;
    return new Promise((resolve) => {
      const answer = (found: Buffer[]) => {
        clearTimeout(waiting.timer);
        this.waiting.delete(waiting);
        resolve(found);
      };
      const waiting: Waiting = { ...asked, answer, timer: setTimeout(() => answer([]), asked.waitSeconds * 1_000) };
      this.waiting.add(waiting);
      gone.addEventListener('abort', () => answer([]), { once: true });
    });
  }

  /** @returns whether the message was in flight, which it must be */
  changeVisibility(receiptHandle: string, seconds: number): boolean {
    const message = this.byHandle(receiptHandle);
    if (message?.state !== 'in flight') return false;
    if (seconds === 0) this.show(message);
    else message.hiddenUntil = this.now() + seconds * 1_000;
    return true;
  }

  /** @returns its number, the first time */
  delete(receiptHandle: string): number | undefined {
    const message = this.byHandle(receiptHandle);
    if (!message || message.state === 'gone') return undefined;
    message.state = 'gone';
    this.inFlight.delete(message);
    return message.number;
  }

  stop(): void {
    clearInterval(this.sweeper);
    for (const { answer } of this.waiting) answer([]);
  }

  private take({ max, visibilitySeconds, ...wanted }: Receive): Buffer[] {
    const taken: Buffer[] = [];
    while (taken.length < max && this.head < this.visible.length) {
      const message = this.visible[this.head++];
      if (message.state !== 'visible') continue;
      message.state = 'in flight';
      message.receives++;
      message.firstReceivedAt ||= this.now();
      message.hiddenUntil = this.now() + visibilitySeconds * 1_000;
      this.inFlight.add(message);
      taken.push(written(message, wanted));
    }
    if (this.head > 10_000) {
      this.visible = this.visible.slice(this.head);
      this.head = 0;
    }
    return taken;
  }

  private show(message: Stored): void {
    message.state = 'visible';
    this.inFlight.delete(message);
    this.visible.push(message);
    const [waiting] = this.waiting;
    waiting?.answer(this.take(waiting));
  }

  private sweep(): void {
    for (const message of this.inFlight) {
      if (message.hiddenUntil <= this.now()) this.show(message);
    }
  }

  /** A handle of an earlier receive still serves, as it does with SQS most of the time. */
  private byHandle(receiptHandle: string): Stored | undefined {
    return this.all[Number(receiptHandle.split('-')[0])];
  }
}

function written(message: Stored, wanted: Wanted): Buffer {
  const { number, receives, sentAt, firstReceivedAt } = message;
  const attributes = {
    SenderId: 'AROAEXAMPLE:hydrate',
    SentTimestamp: String(sentAt),
    ApproximateReceiveCount: String(receives),
    ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
  };
  return Buffer.concat([
    Buffer.from('{'),
    message.body,
    Buffer.from(`,"ReceiptHandle":"${number}-${receives}"${wanted.attributes ? `,"Attributes":${JSON.stringify(attributes)}` : ''}`),
    ...(wanted.messageAttributes ? [message.messageAttributes] : []),
    Buffer.from('}'),
  ]);
}
