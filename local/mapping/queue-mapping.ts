import { EventEmitter } from 'node:events';
import { DeleteMessageBatchCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { Account, InvocableFunction } from '../account';
import type { Clock } from '../clock';
import { FunctionThrottledError } from '../functions/errors';
import type { InvokeResult } from '../functions/function-spec';
import { isDenial } from '../iam/authorization';
import { batchLength, lambdaEvent } from './batch';
import { ConditionVariable } from './condition-variable';
import { reportedItems } from './partial-response';
import { type QueueMappingSpec, validateQueueMappingSpec } from './queue-mapping-spec';
import { sqsEventRecord } from './sqs-event';

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
  messagesDeleted: number;
  /** Calls of the function, throttled ones not counted. */
  invocations: number;
}

/** A message on its way through the mapping. */
interface Received {
  readonly message: Message;
  readonly event: ReturnType<typeof sqsEventRecord>;
}

/** What one call of ReceiveMessage or DeleteMessageBatch takes. */
const CALL_LIMIT = 10;
/** The concurrency that Lambda starts with. Scaling up is not emulated. */
const INITIAL_CONCURRENCY = 5;
const POLL_MILLIS = 1_000;
/** The shortest wall time between polls of an empty queue, so that a fast clock does not cause a busy loop. */
const SHORTEST_POLL_MILLIS = 20;

/**
 * A Lambda event source mapping on a queue. A failed message stays in the queue and is visible again after the queue's visibility timeout,
 * which is wall time. The queue's redrive policy sets how often.
 */
export class QueueMapping extends EventEmitter<QueueMappingEvents> {
  readonly counters: QueueMappingCounters = { messagesReceived: 0, messagesDeleted: 0, invocations: 0 };
  private readonly changed = new ConditionVariable();
  private readonly running = new Set<Promise<void>>();
  private readonly concurrency: number;
  private readonly queueUrl: string;
  private polls = 0;
  /** The number of the last receive call that gave nothing while nothing was under way. */
  private lastQuietPoll = 0;
  private nap?: AbortController;
  private stopping?: AbortController;
  private polling?: Promise<void>;
  private failure?: Error;
  private warnedOf?: string;
  private sqs?: SQSClient;

  constructor(readonly spec: QueueMappingSpec, private readonly deps: QueueMappingDeps) {
    super();
    validateQueueMappingSpec(spec);
    this.concurrency = Math.min(spec.maximumConcurrency ?? INITIAL_CONCURRENCY, INITIAL_CONCURRENCY);
    const [, , , , accountId, name] = spec.queueArn.split(':');
    this.queueUrl = `${deps.endpoints.sqs}/${accountId}/${name}`;
  }

  async start(): Promise<void> {
    if (this.stopping) throw new Error(`mapping ${this.spec.uuid} already runs`);
    const { account, endpoints } = this.deps;
    const credentials = account.credentialsFor(this.requireFunction().roleArn);
    this.sqs = new SQSClient({ region: account.region, credentials, endpoint: endpoints.sqs, requestHandler: new NodeHttpHandler() });
    this.stopping = new AbortController();
    this.failure = undefined;
    this.polling = this.poll(this.stopping.signal).catch((error: Error) => this.fail(error));
  }

  /**
   * Resolves when the queue has no visible messages and no invocation is in progress. Does not wait for messages in their visibility
   * timeout. Rejects when the mapping has failed, and when its role cannot receive or delete messages.
   */
  async idle(): Promise<void> {
    const signal = this.stopping?.signal;
    const before = this.polls;
    let denial: Error | undefined;
    const onDenied = ({ error }: { readonly error: Error }) => {
      denial ??= error;
    };
    this.on('denied', onDenied);
    while (signal && !signal.aborted && !denial && this.lastQuietPoll <= before) {
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
    this.sqs?.destroy();
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
      const quiet = this.running.size === 0;
      const messages = await this.gather(signal).catch((error: unknown) => {
        this.denied(error);
        return undefined;
      });
      if (!messages) {
        await this.pause(signal);
        continue;
      }
      if (messages.length > 0) {
        // Received messages are processed even while the mapping stops.
        this.run(messages);
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

  /** Receives the messages of a batch: one call, or several within the batching window. */
  private async gather(signal: AbortSignal): Promise<Received[]> {
    const { batchSize, maximumBatchingWindowSeconds: window } = this.spec;
    const messages = await this.receive(batchSize);
    const since = Date.now();
    while (messages.length > 0 && messages.length < batchSize && !signal.aborted && this.deps.clock.age(since) < window * 1_000) {
      const more = await this.receive(batchSize - messages.length);
      messages.push(...more);
      if (more.length === 0) await this.pause(signal);
    }
    return messages;
  }

  private async receive(most: number): Promise<Received[]> {
    const { Messages: messages = [] } = await this.sqs!.send(new ReceiveMessageCommand({
      QueueUrl: this.queueUrl,
      MaxNumberOfMessages: Math.min(most, CALL_LIMIT),
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }));
    this.counters.messagesReceived += messages.length;
    const names = { awsRegion: this.deps.account.region, eventSourceARN: this.spec.queueArn };
    return messages.map((message) => ({ message, event: sqsEventRecord(message, names) }));
  }

  /** Invokes the function, several times if one event cannot hold all messages. */
  private async handle(messages: readonly Received[]): Promise<void> {
    let rest = messages;
    while (rest.length > 0) {
      const { length } = batchLength(rest, this.spec.batchSize);
      await this.invoke(rest.slice(0, length));
      rest = rest.slice(length);
    }
  }

  private async invoke(batch: readonly Received[]): Promise<void> {
    const messageIds = batch.map(({ event }) => event.messageId);
    let answer: InvokeResult;
    try {
      answer = await this.requireFunction().invoke(lambdaEvent(batch));
    } catch (error) {
      if (!(error instanceof FunctionThrottledError)) throw error;
      this.emit('batch', { messageIds, failedMessageIds: messageIds, outcome: 'throttled' });
      return;
    }
    this.counters.invocations++;
    const failedMessageIds = this.failedOf(answer, messageIds);
    const failed = new Set(failedMessageIds);
    await this.delete(batch.filter(({ event }) => !failed.has(event.messageId)));
    const outcome = failed.size === 0 ? 'ok' : failed.size < batch.length ? 'partial' : 'error';
    this.emit('batch', { messageIds, failedMessageIds, outcome });
  }

  private failedOf({ functionError, payload }: InvokeResult, messageIds: readonly string[]): readonly string[] {
    if (functionError) return messageIds;
    if (!this.spec.reportBatchItemFailures) return [];
    const reported = reportedItems(payload, messageIds);
    if (reported.kind === 'items') return reported.identifiers;
    return reported.kind === 'failure' ? messageIds : [];
  }

  private async delete(messages: readonly Received[]): Promise<void> {
    for (let start = 0; start < messages.length; start += CALL_LIMIT) {
      const part = messages.slice(start, start + CALL_LIMIT);
      const { Successful: deleted = [] } = await this.sqs!.send(new DeleteMessageBatchCommand({
        QueueUrl: this.queueUrl,
        Entries: part.map(({ message }, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle })),
      }));
      // A message that is not deleted is received again, as on AWS.
      this.counters.messagesDeleted += deleted.length;
    }
  }

  private async pause(signal: AbortSignal): Promise<void> {
    this.nap = new AbortController();
    const { clock } = this.deps;
    await clock.sleep(Math.max(POLL_MILLIS, SHORTEST_POLL_MILLIS * clock.speed), AbortSignal.any([signal, this.nap.signal]));
    this.nap = undefined;
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
