import { EventEmitter } from 'node:events';
import type { Account, InvocableFunction } from '../account';
import type { Clock } from '../clock';
import { mappingMetric, type MappingMetricName } from '../cloudwatch/service-metrics';
import { FunctionThrottledError } from '../functions/errors';
import type { InvokeResult } from '../functions/function-spec';
import { isDenial } from '../iam/authorization';
import { backoffMillis } from './backoff';
import { batchLength, lambdaEvent } from './batch';
import { ConditionVariable } from './condition-variable';
import { MessageFilter } from './message-filter';
import { reportedItems } from './partial-response';
import { QueueClient, type Received } from './queue-client';
import { isFifo, type QueueMappingSpec, validateQueueMappingSpec } from './queue-mapping-spec';

export type { QueueMappingSpec } from './queue-mapping-spec';

export interface QueueMappingDeps {
  readonly account: Account;
  readonly clock: Clock;
  /** The gateway's: messages are received and deleted with the function's role. */
  readonly endpoints: { readonly sqs: string };
}

/** One call of the function. */
export interface QueueBatchEvent {
  readonly messageIds: readonly string[];
  /** Failed messages, which stay in the queue and are visible again after their visibility timeout. */
  readonly failedMessageIds: readonly string[];
  /** A throttled batch is tried again for as long as its messages are hidden, and then has another outcome. */
  readonly outcome: 'ok' | 'error' | 'partial' | 'throttled';
}

export interface QueueMappingEvents {
  batch: [QueueBatchEvent];
  /** The role may not receive or delete messages: the mapping stays enabled, asks again, and goes on once it may. */
  denied: [{ readonly error: Error }];
  /** The mapping has stopped for good; `idle` is rejected with the same error. */
  failed: [Error];
}

export interface QueueMappingCounters {
  /** Messages, each as often as it was received. */
  messagesReceived: number;
  /** Messages that no filter accepts, which are deleted without a call of the function. */
  messagesFiltered: number;
  /** After they were processed. */
  messagesDeleted: number;
  /** Calls of the function, throttled ones not counted. */
  invocations: number;
}

/** The concurrency that Lambda starts with. Scaling up is not emulated. */
const INITIAL_CONCURRENCY = 5;
const POLL_MILLIS = 1_000;
/** The shortest wall time between polls of an empty queue, so that a fast clock does not cause a busy loop. */
const SHORTEST_POLL_MILLIS = 20;

/**
 * A Lambda event source mapping on a queue. A failed message stays in the queue and is visible again after the queue's visibility timeout,
 * divided by the clock's speed, but not before ten seconds. The queue's redrive policy sets how often.
 */
export class QueueMapping extends EventEmitter<QueueMappingEvents> {
  readonly counters: QueueMappingCounters = { messagesReceived: 0, messagesFiltered: 0, messagesDeleted: 0, invocations: 0 };
  private readonly changed = new ConditionVariable();
  private readonly running = new Set<Promise<void>>();
  private readonly concurrency: number;
  private readonly filter: MessageFilter;
  /** Batches that wait because the function is throttled. */
  private throttled = 0;
  private polls = 0;
  /** The number of the last receive call that gave nothing while nothing was under way. */
  private lastQuietPoll = 0;
  private nap?: AbortController;
  private stopping?: AbortController;
  private polling?: Promise<void>;
  private failure?: Error;
  private warnedOf?: string;
  private queue?: QueueClient;

  constructor(readonly spec: QueueMappingSpec, private readonly deps: QueueMappingDeps) {
    super();
    validateQueueMappingSpec(spec);
    this.concurrency = Math.min(spec.maximumConcurrency ?? INITIAL_CONCURRENCY, INITIAL_CONCURRENCY);
    this.filter = new MessageFilter(spec.filters ?? []);
  }

  async start(): Promise<void> {
    if (this.stopping) throw new Error(`mapping ${this.spec.uuid} already runs`);
    const { account, clock, endpoints } = this.deps;
    this.queue = new QueueClient(this.spec.queueArn, this.requireFunction().roleArn, { account, endpoint: endpoints.sqs, speed: clock.speed });
    this.stopping = new AbortController();
    this.failure = undefined;
    this.polling = this.poll(this.stopping.signal).catch((error: Error) => this.fail(error));
  }

  /**
   * Resolves when the queue has no visible messages and no invocation is in progress. Does not wait for messages in their visibility
   * timeout, nor for a function with a reserved concurrency of 0. Rejects when the mapping has failed, and when its role cannot receive or
   * delete messages.
   */
  async idle(): Promise<void> {
    const signal = this.stopping?.signal;
    const before = this.polls;
    let denial: Error | undefined;
    const onDenied = ({ error }: { readonly error: Error }) => {
      denial ??= error;
    };
    this.on('denied', onDenied);
    while (signal && !signal.aborted && !denial && this.lastQuietPoll <= before && this.blocked < this.concurrency) {
      this.nap?.abort();
      await this.changed.wait(signal);
    }
    this.off('denied', onDenied);
    if (this.failure ?? denial) throw this.failure ?? denial;
  }

  /** Stops after the current invocations. */
  async stop(): Promise<void> {
    this.stopping?.abort();
    await this.polling;
    await Promise.all(this.running);
    this.stopping = undefined;
    this.queue?.close();
  }

  /** How many batches wait for a function that must not run at all. */
  private get blocked(): number {
    return this.requireFunction().spec?.reservedConcurrency === 0 ? this.throttled : 0;
  }

  private requireFunction(): InvocableFunction {
    const fn = this.deps.account.functions.get(this.spec.functionArn);
    if (!fn) throw new Error(`mapping ${this.spec.uuid}: function ${this.spec.functionArn} does not exist`);
    return fn;
  }

  private async poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.running.size >= this.concurrency) {
        await this.changed.wait(signal);
        continue;
      }
      const poll = ++this.polls;
      const quiet = this.running.size === this.blocked;
      const messages = await this.gather(signal).catch((error: unknown) => this.denied(error));
      if (!messages) {
        await this.pause(signal);
        continue;
      }
      if (messages !== 'empty') {
        // Received messages are processed even while the mapping stops.
        if (messages.length > 0) this.run(messages);
        continue;
      }
      if (quiet) this.lastQuietPoll = poll;
      this.changed.notifyAll();
      await this.pause(signal);
    }
  }

  private run(messages: readonly Received[]): void {
    const handled: Promise<void> = this.handle(messages)
      .catch((error: unknown) => this.denied(error))
      .catch((error: Error) => this.fail(error))
      .finally(() => {
        this.running.delete(handled);
        this.changed.notifyAll();
        this.nap?.abort();
      });
    this.running.add(handled);
  }

  /** Receives the messages of a batch: one call, or several within the batching window. Without messages, there is no window. */
  private async gather(signal: AbortSignal): Promise<Received[] | 'empty'> {
    const { batchSize, maximumBatchingWindowSeconds: window } = this.spec;
    const first = await this.queue!.receive(batchSize);
    if (first.length === 0) return 'empty';
    const messages = await this.accepted(first);
    const since = Date.now();
    while (messages.length > 0 && messages.length < batchSize && !signal.aborted && this.deps.clock.age(since) < window * 1_000) {
      const more = await this.queue!.receive(batchSize - messages.length);
      messages.push(...await this.accepted(more));
      if (more.length === 0) await this.pause(signal);
    }
    return messages;
  }

  /** Deletes the messages that no filter accepts, and returns the others. */
  private async accepted(received: readonly Received[]): Promise<Received[]> {
    this.counters.messagesReceived += received.length;
    this.record('PolledEventCount', received.length);
    const accepted = received.filter((message) => this.filter.accepts(message));
    const filtered = await this.queue!.delete(received.filter((message) => !accepted.includes(message)));
    this.counters.messagesFiltered += filtered;
    this.record('FilteredOutEventCount', filtered);
    return accepted;
  }

  /** Invokes the function, several times if one event cannot hold all messages. */
  private async handle(messages: readonly Received[]): Promise<void> {
    let rest = messages;
    while (rest.length > 0) {
      const { length } = batchLength(rest, this.spec.batchSize);
      const isProcessed = await this.invoke(rest.slice(0, length));
      // Later messages of a group must not overtake those that failed.
      if (!isProcessed && isFifo(this.spec.queueArn)) return;
      rest = rest.slice(length);
    }
  }

  /** @returns whether all messages are processed */
  private async invoke(batch: readonly Received[]): Promise<boolean> {
    const messageIds = batch.map(({ event }) => event.messageId);
    const answer = await this.call(batch, messageIds);
    if (!answer) return false;
    this.counters.invocations++;
    this.record('InvokedEventCount', batch.length);
    const failedMessageIds = this.failedOf(answer, messageIds);
    const failed = new Set(failedMessageIds);
    this.record('FailedInvokeEventCount', failed.size);
    const deleted = await this.queue!.delete(batch.filter(({ event }) => !failed.has(event.messageId)));
    this.counters.messagesDeleted += deleted;
    this.record('DeletedEventCount', deleted);
    const outcome = failed.size === 0 ? 'ok' : failed.size < batch.length ? 'partial' : 'error';
    this.emit('batch', { messageIds, failedMessageIds, outcome });
    return failed.size === 0;
  }

  /** Calls the function. While it is throttled, Lambda calls it again until the messages are visible again. */
  private async call(batch: readonly Received[], messageIds: readonly string[]): Promise<InvokeResult | undefined> {
    const { clock } = this.deps;
    const { signal } = this.stopping!;
    let hiddenUntil: number | undefined;
    for (let attempts = 1; ; attempts++) {
      const stopHiding = this.queue!.keepHidden(batch);
      try {
        return await this.requireFunction().invoke(lambdaEvent(batch));
      } catch (error) {
        if (!(error instanceof FunctionThrottledError)) throw error;
      } finally {
        stopHiding();
      }
      if (attempts === 1) this.emit('batch', { messageIds, failedMessageIds: messageIds, outcome: 'throttled' });
      hiddenUntil ??= Math.min(...batch.map(({ receivedAt }) => receivedAt)) + await this.queue!.visibilityTimeoutSeconds() * 1_000;
      const wait = backoffMillis(attempts);
      if (Date.now() + wait / clock.speed >= hiddenUntil) return undefined;
      this.throttled++;
      this.changed.notifyAll();
      await clock.sleep(wait, signal);
      this.throttled--;
      if (signal.aborted) return undefined;
    }
  }

  private failedOf({ functionError, payload }: InvokeResult, messageIds: readonly string[]): readonly string[] {
    if (functionError) return messageIds;
    if (!this.spec.reportBatchItemFailures) return [];
    const reported = reportedItems(payload, messageIds);
    if (reported.kind === 'items') return reported.identifiers;
    return reported.kind === 'failure' ? messageIds : [];
  }

  private async pause(signal: AbortSignal): Promise<void> {
    this.nap = new AbortController();
    const { clock } = this.deps;
    await clock.sleep(Math.max(POLL_MILLIS, SHORTEST_POLL_MILLIS * clock.speed), AbortSignal.any([signal, this.nap.signal]));
    this.nap = undefined;
  }

  private record(name: MappingMetricName, count: number): void {
    const { countsEvents, uuid } = this.spec;
    if (countsEvents) this.deps.account.metrics.record(mappingMetric(name, uuid), count);
  }

  /** @throws any error that is not a denial */
  private denied(error: unknown): void {
    if (!isDenial(error)) throw error;
    if (!this.emit('denied', { error }) && error.message !== this.warnedOf) {
      this.warnedOf = error.message;
      process.emitWarning(`mapping ${this.spec.uuid} cannot receive or delete messages: ${error.message}`);
    }
    this.changed.notifyAll();
  }

  private fail(error: Error): void {
    this.failure ??= error;
    this.stopping!.abort();
    if (!this.emit('failed', error)) process.emitWarning(`mapping ${this.spec.uuid} has stopped: ${error.message}`);
  }
}
