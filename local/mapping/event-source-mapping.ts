import { EventEmitter } from 'node:events';
import { RecordFilter } from '../../cli/mapping-filters/record-filter';
import type { InvocableFunction } from '../account';
import { Clock } from '../clock';
import { functionMetric, mappingMetric } from '../cloudwatch/service-metrics';
import { ServiceEndpoints } from '../endpoints';
import { isDenial } from '../iam/authorization';
import { lambdaEvent } from './batch';
import { BatchProcessor } from './batch-processor';
import { BatchWorker } from './batch-worker';
import { ConditionVariable } from './condition-variable';
import { ConsolidateFailures } from './consolidation';
import { type FailureDestination, type FailureDestinationDeps, createFailureDestination } from './failure-destination';
import { FailureRecord, failureRecord, GivenUp } from './failure-record';
import { BatchEvent, MappingCounters, MappingEvents, newCounters } from './mapping-events';
import { isConsumerArn, MappingSpec, validateMappingSpec } from './mapping-spec';
import { ShardPoller } from './shard-poller';
import { StreamBusyError, StreamReader, StreamPosition, StreamShard } from './stream-reader';
import { createStreamReader, type StreamReaderDeps } from './stream-reader-factory';

export type { ConsolidateFailures } from './consolidation';
export type { FailureDestination, S3Payload } from './failure-destination';
export type { FailureRecord } from './failure-record';
export type { AttemptOutcome, BatchEvent, BisectEvent, MappingCounters, MappingEvents } from './mapping-events';
export type { MappingSpec } from './mapping-spec';

export interface MappingDeps extends StreamReaderDeps, FailureDestinationDeps {
  readonly clock: Clock;
  /** The gateway's: the mapping reads the stream and sends failure records with the function's role. */
  readonly endpoints: ServiceEndpoints;
  /** @default 'adjacent' */
  readonly consolidateFailures?: ConsolidateFailures;
  /** Replaces the stream that the spec's ARN names. */
  readonly stream?: StreamReader;
  /** Replaces the destinations that specs name. */
  readonly destination?: FailureDestination | ((arn: string) => FailureDestination);
}

/**
 * A Lambda event source mapping on a stream. Where AWS documents nothing, it follows public recordings of AWS: the waits between retries
 * (`backoff.ts`), the size of the halves of a batch, request IDs. `consolidateFailures` sets which failed pieces share a failure record. A
 * failure record that its destination denies is lost: AWS does not promise a retry.
 */
export class EventSourceMapping extends EventEmitter<MappingEvents> {
  readonly counters: MappingCounters = newCounters();
  /** As GetEventSourceMapping returns it. */
  lastProcessingResult = 'No records processed';
  private readonly pollers = new Map<string, ShardPoller>();
  /** Shards that were closed already when a mapping at LATEST started. */
  private readonly skipped = new Set<string>();
  private readonly running = new Map<string, Promise<void>>();
  private readonly changed = new ConditionVariable();
  private readonly consolidateFailures: ConsolidateFailures;
  /** Failure records on their way to the destination. */
  private readonly sending = new Set<Promise<void>>();
  private current: MappingSpec;
  private filter: RecordFilter;
  private stopping?: AbortController;
  private failure?: Error;
  private stream?: StreamReader;
  private destination?: FailureDestination;

  constructor(spec: MappingSpec, private readonly deps: MappingDeps) {
    super();
    validateMappingSpec(spec);
    this.current = spec;
    if (isConsumerArn(spec.eventSourceArn) && !deps.admin && !deps.stream) {
      throw new Error(`mapping ${spec.uuid}: a stream consumer needs the emulator's own endpoint; pass it as admin.kinesis`);
    }
    this.consolidateFailures = deps.consolidateFailures ?? 'adjacent';
    this.filter = new RecordFilter(spec.filters ?? []);
  }

  get spec(): MappingSpec {
    return this.current;
  }

  /** Resolves when every shard has its position. The mapping reads all records that are written from then on. */
  async start(): Promise<void> {
    if (this.stopping) throw new Error(`mapping ${this.spec.uuid} already runs`);
    this.stopping = new AbortController();
    this.failure = undefined;
    try {
      const fn = this.requireFunction();
      this.stream ??= this.deps.stream ?? createStreamReader(this.spec, fn, this.deps);
      this.destination ??= this.createDestination(this.spec);
      await this.takePositions();
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.runReadyShards();
  }

  /**
   * Resolves when all records that were in the stream at the call are processed or given up. Rejects when the mapping has failed, and
   * when its role cannot read the stream.
   */
  async idle(): Promise<void> {
    if (this.stopping) {
      let denial: Error | undefined;
      const denied = new AbortController();
      const onDenied = ({ error }: { readonly error: Error }) => {
        denial ??= error;
        denied.abort();
      };
      this.on('denied', onDenied);
      await this.caughtUp(AbortSignal.any([this.stopping.signal, denied.signal]));
      this.off('denied', onDenied);
      if (denial) throw denial;
    }
    if (this.failure) throw this.failure;
  }

  private async caughtUp(signal: AbortSignal): Promise<void> {
    // A new shard is the child of a finished shard, so wait for it too.
    const seen = new Set<ShardPoller>();
    for (;;) {
      const waiting = [...this.pollers.values()].filter((poller) => !seen.has(poller));
      if (!waiting.length || signal.aborted) break;
      for (const poller of waiting) seen.add(poller);
      await Promise.all(waiting.map(async (poller) => {
        await poller.caughtUp(signal);
        // A finished shard leaves `running` when its children are known.
        while (poller.finished && this.running.has(poller.shardId) && !signal.aborted) await this.changed.wait(signal);
      }));
    }
  }

  /** Stops after the current invocations. Unfinished records stay for the next start. */
  async stop(): Promise<void> {
    this.stopping?.abort();
    await Promise.all(this.running.values());
    this.stopping = undefined;
    this.stream?.close();
    this.destination?.close();
    this.destination = undefined;
  }

  /**
   * Changes settings, and keeps the position. A batch in progress continues with its records and its attempts so far; the new settings of
   * retries and the new destination apply to it. With another number of workers or another window, it begins again, as after an interruption.
   */
  async update(spec: MappingSpec): Promise<void> {
    validateMappingSpec(spec);
    const { current: before, destination } = this;
    const isElsewhere = before.onFailureArn !== spec.onFailureArn;
    // What can fail comes first.
    const next = isElsewhere ? this.createDestination(spec) : undefined;
    const restarts = this.stopping !== undefined && needsRestart(before, spec);
    if (restarts) await this.stop();
    this.current = spec;
    this.filter = new RecordFilter(spec.filters ?? []);
    if (isElsewhere) this.destination = next;
    if (needsRestart(before, spec)) for (const poller of this.pollers.values()) poller.replaceWorkers(this.createWorkers(poller.shardId));
    if (restarts) await this.start();
    if (!isElsewhere) return;
    await Promise.all(this.sending);
    destination?.close();
  }

  private createDestination(spec: MappingSpec): FailureDestination | undefined {
    const { onFailureArn } = spec;
    if (onFailureArn === undefined) return undefined;
    const { destination = () => createFailureDestination(spec, this.requireFunction().roleArn, this.deps) } = this.deps;
    return typeof destination === 'function' ? destination(onFailureArn) : destination;
  }

  private requireFunction(): InvocableFunction {
    const fn = this.deps.account.functions.get(this.spec.functionArn);
    if (!fn) throw new Error(`mapping ${this.spec.uuid}: function ${this.spec.functionArn} does not exist`);
    return fn;
  }

  private async takePositions(): Promise<void> {
    const first = this.pollers.size === 0;
    try {
      await this.retryWhileBusy(undefined, async () => this.discover(first));
      const open = [...this.pollers.values()].filter((poller) => this.isReady(poller));
      await Promise.all(open.map(async (poller) => this.retryWhileBusy(poller.shardId, async () => poller.open())));
    } catch (error) {
      // Lambda does not create such a mapping, but an existing mapping continues.
      if (first || !isDenial(error)) throw error;
      this.denied(error);
    }
  }

  /**
   * Adds a poller for each new shard. Shards that exist at the start begin at the mapping's position, and later shards at their oldest
   * record.
   */
  private async discover(first: boolean): Promise<void> {
    for (const shard of await this.stream!.listShards()) {
      if (this.pollers.has(shard.shardId) || this.skipped.has(shard.shardId)) continue;
      if (first && shard.closed && this.spec.startingPosition === 'LATEST') {
        this.skipped.add(shard.shardId);
        continue;
      }
      const poller = this.createPoller(shard, first ? this.startingPosition() : { type: 'TRIM_HORIZON' });
      this.pollers.set(shard.shardId, poller);
    }
  }

  /** Retries while the stream is busy. */
  private async retryWhileBusy(shardId: string | undefined, attempt: () => Promise<void>): Promise<void> {
    const { signal } = this.stopping!;
    while (!signal.aborted) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (!(error instanceof StreamBusyError)) throw error;
        this.emit('busy', { shardId, error });
        await this.deps.clock.sleep(1_000, signal);
      }
    }
  }

  private denied(error: Error, shardId?: string): void {
    const result = `PROBLEM: ${error.message}`;
    if (!this.emit('denied', { shardId, error }) && result !== this.lastProcessingResult) {
      process.emitWarning(`mapping ${this.spec.uuid} cannot read: ${error.message}`);
    }
    this.lastProcessingResult = result;
  }

  private startingPosition(): StreamPosition {
    const { startingPosition: type, startingPositionTimestamp: timestamp } = this.spec;
    return type === 'AT_TIMESTAMP' ? { type, timestamp: timestamp! } : { type };
  }

  private createWorkers(ofShard: string): readonly BatchWorker[] {
    const { clock } = this.deps;
    const processor = new BatchProcessor(this, ofShard, {
      clock,
      consolidateFailures: this.consolidateFailures,
      counters: this.counters,
      invoke: async (event, requestId) => this.requireFunction().invoke(event, requestId),
      onBatch: (event) => {
        if (event.outcome === 'ok') this.lastProcessingResult = 'OK';
        if (event.outcome === 'error') this.lastProcessingResult = 'PROBLEM: Function call failed';
        this.recordIteratorAge(event);
        this.emit('batch', event);
      },
      onBisect: (event) => this.emit('bisect', event),
      publish: async (givenUp, shardId) => this.publish(givenUp, shardId),
    });
    return Array.from({ length: this.spec.parallelizationFactor }, () => new BatchWorker({
      mapping: this,
      clock,
      process: async (batch, signal) => processor.process(batch, signal),
    }));
  }

  private createPoller({ shardId: id, parentShardIds }: StreamShard, position: StreamPosition): ShardPoller {
    return new ShardPoller(id, parentShardIds, position, this.createWorkers(id), {
      stream: this.stream!,
      clock: this.deps.clock,
      accepts: (record) => {
        const accepted = this.filter.accepts(record);
        if (!accepted) this.counters.recordsFiltered++;
        return accepted;
      },
      onBusy: (shardId, error) => this.emit('busy', { shardId, error }),
      onDenied: (shardId, error) => this.denied(error, shardId),
    });
  }

  /** Whether all parents of a shard are finished: Lambda reads a child after its parents. */
  private isReady(poller: ShardPoller): boolean {
    if (poller.finished || this.running.has(poller.shardId)) return false;
    return poller.parentShardIds.every((id) => this.pollers.get(id)?.finished ?? true);
  }

  private runReadyShards(): void {
    for (const poller of this.pollers.values()) {
      if (!this.stopping!.signal.aborted && this.isReady(poller)) this.running.set(poller.shardId, this.run(poller));
    }
  }

  private async run(poller: ShardPoller): Promise<void> {
    const { signal } = this.stopping!;
    try {
      await poller.run(signal);
      await this.findChildren(poller.shardId, signal);
    } catch (error) {
      this.fail(error as Error);
    }
    this.running.delete(poller.shardId);
    this.runReadyShards();
    this.changed.notifyAll();
  }

  private async findChildren(shardId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.retryWhileBusy(shardId, async () => this.discover(false));
        return;
      } catch (error) {
        if (!isDenial(error)) throw error;
        this.denied(error, shardId);
        await this.deps.clock.sleep(1_000, signal);
      }
    }
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.stopping!.abort();
    if (!this.emit('failed', error)) process.emitWarning(`mapping ${this.spec.uuid} has stopped: ${error.message}`);
  }

  private async publish(givenUp: GivenUp, shardId: string): Promise<void> {
    const record: FailureRecord = failureRecord(givenUp, shardId, {
      functionArn: this.spec.functionArn,
      eventSourceArn: this.spec.eventSourceArn,
      batchInfoKey: this.stream!.batchInfoKey,
      formatArrival: (arrivedAt) => this.stream!.formatArrival(arrivedAt),
    });
    this.emit('giveUp', { failureRecord: record });
    if (!this.destination) {
      this.recordDropped(givenUp);
      return;
    }
    const sent = this.send(this.destination, record, givenUp).finally(() => this.sending.delete(sent));
    this.sending.add(sent);
    await sent;
  }

  private async send(destination: FailureDestination, record: FailureRecord, givenUp: GivenUp): Promise<void> {
    try {
      await destination.send(record, lambdaEvent(givenUp.records, givenUp.window));
      this.counters.failureRecords++;
    } catch (error) {
      this.counters.failedDeliveries++;
      this.deps.account.metrics.record(functionMetric('DestinationDeliveryFailures', this.spec.functionArn), 1);
      this.recordDropped(givenUp);
      this.emit('destinationFailed', { failureRecord: record, error: error as Error });
    }
  }

  /** Lambda emits it when it invokes the function. */
  private recordIteratorAge({ outcome, iteratorAgeMillis }: BatchEvent): void {
    if (outcome === 'throttled' || outcome === 'oversized' || iteratorAgeMillis === undefined) return;
    this.deps.account.metrics.record(functionMetric('IteratorAge', this.spec.functionArn), iteratorAgeMillis);
  }

  /** Records that reach no destination. */
  private recordDropped({ records }: GivenUp): void {
    const { countsEvents, uuid } = this.spec;
    if (countsEvents) this.deps.account.metrics.record(mappingMetric('DroppedEventCount', uuid), records.length);
  }
}

/** Whether records must be handed out anew. */
function needsRestart(before: MappingSpec, after: MappingSpec): boolean {
  return before.parallelizationFactor !== after.parallelizationFactor
    || (before.tumblingWindowSeconds ?? 0) !== (after.tumblingWindowSeconds ?? 0);
}
