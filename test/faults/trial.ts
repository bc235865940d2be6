import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { failureNotification, type FailedBatch, type Notification } from './notification';
import { byList, type Planned } from './plan';
import { receive, reckon, type Reckoning } from './reckoning';
import type { Source, TrimmedStart } from './source';
import { Stage, type StageOptions } from './stage';
import type { PastRecord } from './stream-history';

export interface Outcome {
  readonly account: Reckoning;
  readonly letters: readonly DeadLetter[];
  readonly undeliverables: readonly Message[];
  /** Invocations of the hydrate function. */
  readonly invocations: number;
}

/** A stage for cases that are spelt out, with one shard of records. */
export class Trial<Datum> {
  static async start<Datum>(source: Source<Datum>, data: readonly Datum[], options: StageOptions = {}): Promise<Trial<Datum>> {
    const how: { trimmedStart: TrimmedStart } = { trimmedStart: 'skipped' };
    // Waits for retries take a third of a second and two thirds.
    const stage = await Stage.start(source, { speed: 200, trimmedStart: () => how.trimmedStart, ...options });
    try {
      await stage.put(data);
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return new Trial(stage, how);
  }

  private number = 0;

  private constructor(
    readonly stage: Stage<Datum>,
    private readonly how: { trimmedStart: TrimmedStart },
  ) {}

  get shard(): readonly PastRecord[] {
    const { history } = this.stage;
    return history.shard(history.shardIds[0]);
  }

  /** Drops what is before an index, and says what the stream does with a start that it has dropped. */
  trim(before: number, trimmedStart: TrimmedStart = 'skipped'): void {
    this.stage.history.trim(this.shard[0].shardId, before);
    this.how.trimmedStart = trimmedStart;
  }

  /** The failure record of a range of records, from one to another, both included. */
  failure(from: number, to: number, more: Partial<FailedBatch> = {}): Notification {
    const failed = this.shard.slice(from, to + 1);
    return failureNotification(++this.number, { ...this.stage.failureSource, failed, ...more });
  }

  /** Publishes while requests go wrong as listed, waits for the end, and looks into both queues. */
  async outcomeOf(
    notifications: readonly Notification[],
    faults: readonly Planned[] = [],
    publish = async () => this.stage.notify(notifications.map(({ message }) => message)),
  ): Promise<Outcome> {
    const { stage } = this;
    stage.injector.follow(byList(...faults));
    await publish();
    await stage.settle();
    const [deadLetters, undeliverables] = [await stage.deadLetterMessages(), await stage.undeliverables()];
    const client = stage.pipeline.cloud.clients.s3;
    const account = await reckon({ notifications, history: stage.history, deadLetters, undeliverables, s3: client });
    expect([...stage.injector.met.keys()]).toEqual(expect.arrayContaining(faults.map(({ action, fault }) => `${action}: ${fault.name}`)));
    expect(account).toMatchObject({ lost: [], wrong: [] });
    const letters = await Promise.all(deadLetters.map(async (message) => (await receive(message, client)).letter));
    return { account, letters, undeliverables, invocations: stage.injector.invocations.size };
  }

  async stop(): Promise<void> {
    await this.stage.stop();
  }
}
