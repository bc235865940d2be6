import type { SQSRecord } from 'aws-lambda';
import { hydrateHandler } from '../../lambda/hydrate/hydrate';
import { KinesisReader } from '../../lambda/shared/stream/kinesis-reader';
import { ReadPace } from '../../lambda/shared/stream/read-pace';
import { BatchInfoKey, MAX_INTAKE_RECEIVES } from '../../src/contract';
import type { Delivery, Storm } from './delivery';

/** A receive of SQS, and Lambda's way to the function. */
const RECEIVE_MILLIS = 30;
const EMPTY_POLL_MILLIS = 1_000;

interface Message {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receives: number;
}

export interface QueueSettings {
  readonly maxConcurrency: number;
  readonly batchSize: number;
}

/** SNS sends notifications to a queue, from which a mapping with `maxConcurrency` invokes the function with batches. It runs its real handler. */
export function queuedBatches(settings: QueueSettings): Delivery {
  return async (storm) => {
    const queue = new IntakeModel(storm, settings.batchSize);
    await Promise.all([queue.fill(), ...Array.from({ length: settings.maxConcurrency }, async () => poll(queue, storm, settings))]);
    return { undeliverable: queue.undeliverable };
  };
}

/** One poller with its instance of the function. */
async function poll(queue: IntakeModel, storm: Storm, { maxConcurrency }: QueueSettings): Promise<void> {
  const { time } = storm;
  const pace = new ReadPace(maxConcurrency);
  const reader = new KinesisReader(storm.client(), { maxBytes: storm.maxBytes, pace });
  const handler = hydrateHandler({
    pace,
    readers: { [BatchInfoKey.KINESIS]: async () => reader, [BatchInfoKey.DYNAMODB]: async () => reader },
    queue: { send: async (deadLetter) => {
      await storm.send(deadLetter);
      return { overflowBytes: 0 };
    } },
    undeliverables: { send: async () => undefined },
    intake: {
      delay: async (message) => queue.delay(message),
      release: async ({ messageId }) => queue.hide(messageId, 0),
      delete: async ({ messageId }) => queue.delete([messageId]),
    },
  });
  await time.sleep(storm.coldStartMillis());
  while (!queue.isEmpty) {
    await time.sleep(RECEIVE_MILLIS);
    const messages = queue.receive();
    if (messages.length === 0) {
      await time.sleep(EMPTY_POLL_MILLIS);
      continue;
    }
    const end = time.now() + storm.timeoutMillis;
    const failed = await handler({ Records: messages.map(recordOf) }, { getRemainingTimeInMillis: () => end - time.now() }).then(
      ({ batchItemFailures }) => new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)),
      () => new Set(messages.map(({ id }) => id)),
    );
    queue.delete(messages.map(({ id }) => id).filter((id) => !failed.has(id)));
  }
}

/** A standard queue, whose receives give any of its visible messages. */
class IntakeModel {
  undeliverable = 0;
  private readonly messages = new Map<string, Message>();
  private readonly visible: Message[] = [];
  private readonly hidden = new Set<Message>();
  private expected: number;

  constructor(private readonly storm: Storm, private readonly batchSize: number) {
    this.expected = storm.failures.length;
  }

  get isEmpty(): boolean {
    return this.expected === 0 && this.messages.size === 0;
  }

  async fill(): Promise<void> {
    const { time, random, failures } = this.storm;
    await Promise.all(failures.map(async (body, index) => {
      await time.sleep(random() * 1_000);
      const id = String(index);
      const message = { id, body, visibleAt: 0, receives: 0 };
      this.messages.set(id, message);
      this.visible.push(message);
      this.expected--;
    }));
  }

  receive(): Message[] {
    const { time, random, timeoutMillis } = this.storm;
    const { visible } = this;
    for (const message of this.hidden) {
      if (message.visibleAt > time.now()) continue;
      this.hidden.delete(message);
      if (this.messages.has(message.id)) visible.push(message);
    }
    const taken: Message[] = [];
    while (taken.length < this.batchSize && visible.length > 0) {
      const index = Math.floor(random() * visible.length);
      const message = visible[index];
      visible[index] = visible.at(-1)!;
      visible.pop();
      message.receives++;
      if (message.receives > MAX_INTAKE_RECEIVES) {
        this.messages.delete(message.id);
        this.undeliverable++;
        continue;
      }
      message.visibleAt = time.now() + 6 * timeoutMillis;
      this.hidden.add(message);
      taken.push(message);
    }
    return taken;
  }

  async delay({ messageId, attributes }: SQSRecord): Promise<number> {
    const seconds = 30 * 2 ** (Number(attributes.ApproximateReceiveCount) - 1);
    await this.hide(messageId, seconds);
    return seconds;
  }

  async hide(id: string, seconds: number): Promise<void> {
    this.messages.get(id)!.visibleAt = this.storm.time.now() + seconds * 1_000;
  }

  delete(ids: readonly string[]): void {
    for (const id of ids) {
      const message = this.messages.get(id);
      if (message) this.hidden.delete(message);
      this.messages.delete(id);
    }
  }
}

function recordOf({ id, body, receives }: Message): SQSRecord {
  return { messageId: id, receiptHandle: id, body, attributes: { ApproximateReceiveCount: String(receives) } } as unknown as SQSRecord;
}
