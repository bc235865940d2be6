import type { Message } from '@aws-sdk/client-sqs';
import type { DeadLetter } from '../../lambda/shared/dead-letter/dead-letter';
import { readDeadLetter, checkDelivery, type DeliveryReport } from './delivery-report';
import { listedFaults, type PlannedFault } from './fault-plan';
import { HydratePipeline, type HydratePipelineOptions } from './hydrate-pipeline';
import { failureNotification, type FailedBatch, type Notification } from './notification';
import type { Source, TrimmedStart } from './source';
import type { PastRecord } from './stream-history';

export interface ScenarioResult {
  readonly report: DeliveryReport;
  readonly deadLetters: readonly DeadLetter[];
  readonly undeliverables: readonly Message[];
  /** Invocations of the hydrate function. */
  readonly invocations: number;
}

/** A hydrate pipeline with one shard of records, for single test cases. */
export class HydrateScenario<Datum> {
  static async start<Datum>(source: Source<Datum>, data: readonly Datum[], options: HydratePipelineOptions = {}): Promise<HydrateScenario<Datum>> {
    const how: { trimmedStart: TrimmedStart } = { trimmedStart: 'skipped' };
    // The waits before retries take a third of a second and two thirds.
    const stage = await HydratePipeline.start(source, { speed: 200, trimmedStart: () => how.trimmedStart, ...options });
    try {
      await stage.put(data);
    } catch (error) {
      await stage.stop();
      throw error;
    }
    return new HydrateScenario(stage, how);
  }

  private number = 0;

  private constructor(
    readonly pipeline: HydratePipeline<Datum>,
    private readonly how: { trimmedStart: TrimmedStart },
  ) {}

  get shard(): readonly PastRecord[] {
    const { history } = this.pipeline;
    return history.shard(history.shardIds[0]);
  }

  /** Trims the shard before an index, and sets what the stream does with a start that is trimmed. */
  trim(before: number, trimmedStart: TrimmedStart = 'skipped'): void {
    this.pipeline.history.trim(this.shard[0].shardId, before);
    this.how.trimmedStart = trimmedStart;
  }

  /** The failure record of a range of records, both ends included. */
  failure(from: number, to: number, more: Partial<FailedBatch> = {}): Notification {
    const failed = this.shard.slice(from, to + 1);
    return failureNotification(++this.number, { ...this.pipeline.failureSource, failed, ...more });
  }

  /** Publishes notifications while the listed faults are injected, waits until all is processed, and checks both queues. */
  async run(
    notifications: readonly Notification[],
    faults: readonly PlannedFault[] = [],
    publish = async () => this.pipeline.notify(notifications.map(({ message }) => message)),
  ): Promise<ScenarioResult> {
    const { pipeline: stage } = this;
    stage.injector.follow(listedFaults(...faults));
    await publish();
    await stage.settle();
    const [deadLetters, undeliverables] = [await stage.deadLetterMessages(), await stage.undeliverables()];
    const client = stage.pipeline.cloud.clients.s3;
    const account = await checkDelivery({ notifications, history: stage.history, deadLetters, undeliverables, s3: client });
    expect([...stage.injector.met.keys()]).toEqual(expect.arrayContaining(faults.map(({ action, fault }) => `${action}: ${fault.name}`)));
    expect(account).toMatchObject({ lost: [], wrong: [] });
    const letters = await Promise.all(deadLetters.map(async (message) => (await readDeadLetter(message, client)).deadLetter));
    return { report: account, deadLetters: letters, undeliverables, invocations: stage.injector.invocations.size };
  }

  async stop(): Promise<void> {
    await this.pipeline.stop();
  }
}
