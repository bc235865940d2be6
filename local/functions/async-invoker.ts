import { randomUUID } from 'node:crypto';
import { EventEmitter, setMaxListeners } from 'node:events';
import { Clock } from '../clock';
import { functionMetric } from '../cloudwatch/service-metrics';
import { asyncInvocationRecord, AsyncOutcome } from './async-record';
import { Destination, DestinationDeps } from './destination';
import { FunctionThrottledError, PayloadTooLargeError } from './errors';
import { InvokeResult } from './function-spec';

export interface AsyncInvokeConfig {
  /** After a function error: 0 to 2. Default: 2. */
  readonly maximumRetryAttempts?: number;
  /** Default: 21600, six hours. */
  readonly maximumEventAgeSeconds?: number;
  readonly onFailureArn?: string;
  readonly onSuccessArn?: string;
  /** The function's own dead-letter queue or topic: gets the bare event. */
  readonly deadLetterArn?: string;
}

/** What is invoked: a `LambdaFunction`, or whatever answers like one. */
export interface AsyncTarget {
  readonly functionArn: string;
  readonly roleArn: string;
  invoke(event: unknown): Promise<InvokeResult>;
}

export interface AsyncInvokerDeps extends DestinationDeps {
  readonly clock: Clock;
}

export interface FailedDelivery {
  readonly destinationArn: string;
  readonly body: string;
  readonly error: Error;
}

interface AsyncInvokerEvents {
  destinationFailed: [FailedDelivery];
}

/** Lambda's limit for the event of an asynchronous invocation. */
export const ASYNC_PAYLOAD_BYTES = 1_048_576;

const RETRY_DELAYS_MILLIS = [60_000, 120_000];
const THROTTLE_DELAY_MILLIS = 1_000;
const MAXIMUM_THROTTLE_DELAY_MILLIS = 300_000;
const SIX_HOURS_IN_SECONDS = 21_600;

/**
 * A function's asynchronous queue. Two retries after function errors, a minute and two minutes later; throttles are
 * retried until the event is too old. What is given up goes to the on-failure destination and to the dead-letter queue,
 * written with the function's role. A destination that refuses is not tried again: the event is lost, counted in
 * `failedDeliveries` and in a metric.
 */
export class AsyncInvoker extends EventEmitter<AsyncInvokerEvents> {
  readonly failedDeliveries: FailedDelivery[] = [];
  private readonly running = new Set<Promise<void>>();
  private readonly closing = new AbortController();
  private readonly onFailure?: Destination;
  private readonly onSuccess?: Destination;
  private readonly deadLetter?: Destination;

  constructor(
    private readonly fn: AsyncTarget,
    private readonly config: AsyncInvokeConfig,
    private readonly deps: AsyncInvokerDeps,
  ) {
    super();
    const retries = config.maximumRetryAttempts ?? 2;
    if (![0, 1, 2].includes(retries)) {
      throw new Error(`${fn.functionArn}: asynchronous retries must be 0 to 2, got: ${retries}`);
    }
    const destination = (arn?: string) => arn === undefined ? undefined : new Destination(arn, fn.roleArn, deps);
    this.onFailure = destination(config.onFailureArn);
    this.onSuccess = destination(config.onSuccessArn);
    this.deadLetter = destination(config.deadLetterArn);
    // Every event that waits for a retry listens.
    setMaxListeners(0, this.closing.signal);
  }

  /** @throws PayloadTooLargeError when the event is over 1 MB; nothing is queued then */
  enqueue(event: unknown): void {
    if (this.closing.signal.aborted) throw new Error(`${this.fn.functionArn}: its asynchronous queue is closed`);
    const bytes = Buffer.byteLength(JSON.stringify(event) ?? 'null');
    if (bytes > ASYNC_PAYLOAD_BYTES) throw new PayloadTooLargeError(this.fn.functionArn, bytes, ASYNC_PAYLOAD_BYTES);
    const handled: Promise<void> = this.handle(event).finally(() => this.running.delete(handled));
    this.running.add(handled);
  }

  /** Events queued or under way, those waiting for a retry included. */
  get pending(): number {
    return this.running.size;
  }

  /** Resolves when nothing is queued or under way. */
  async idle(): Promise<void> {
    while (this.running.size) await Promise.all(this.running);
  }

  /** Drops what is queued and waits for what is under way. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.idle();
    for (const destination of [this.onFailure, this.onSuccess, this.deadLetter]) destination?.close();
  }

  private async handle(event: unknown): Promise<void> {
    const { clock } = this.deps;
    const { signal } = this.closing;
    const maximumAge = (this.config.maximumEventAgeSeconds ?? SIX_HOURS_IN_SECONDS) * 1000;
    const retries = this.config.maximumRetryAttempts ?? 2;
    const queuedAt = Date.now();
    const outcome = { requestId: randomUUID(), functionArn: this.fn.functionArn, event };
    let invokeCount = 0;
    let throttles = 0;
    let answer: InvokeResult | undefined;

    for (;;) {
      if (signal.aborted) return;
      if (clock.age(queuedAt) > maximumAge) {
        return this.fail({ ...outcome, condition: 'EventAgeExceeded', invokeCount, answer });
      }

      let delay: number;
      try {
        answer = await this.fn.invoke(event);
        invokeCount++;
        throttles = 0;
        if (!answer.functionError) return await this.succeed({ ...outcome, condition: 'Success', invokeCount, answer });
        if (invokeCount > retries) return await this.fail({ ...outcome, condition: 'RetriesExhausted', invokeCount, answer });
        delay = RETRY_DELAYS_MILLIS[invokeCount - 1];
      } catch (error) {
        if (!(error instanceof FunctionThrottledError)) {
          if (signal.aborted) return;
          throw error;
        }
        // Lambda does not wait for a function that may never run.
        if (error.reservedConcurrency === 0) return this.fail({ ...outcome, condition: 'RetriesExhausted', invokeCount, answer });
        delay = Math.min(THROTTLE_DELAY_MILLIS * 2 ** throttles++, MAXIMUM_THROTTLE_DELAY_MILLIS);
      }
      // No longer than until the event is too old.
      await clock.sleep(Math.max(1, Math.min(delay, maximumAge - clock.age(queuedAt) + 1)), signal);
    }
  }

  private async succeed(outcome: AsyncOutcome): Promise<void> {
    if (this.onSuccess) await this.send(this.onSuccess, JSON.stringify(asyncInvocationRecord(outcome)));
  }

  private async fail(outcome: AsyncOutcome): Promise<void> {
    if (this.onFailure) await this.send(this.onFailure, JSON.stringify(asyncInvocationRecord(outcome)));
    if (!this.deadLetter) return;
    const message = outcome.answer ? (JSON.parse(outcome.answer.payload) as { errorMessage?: unknown }).errorMessage : undefined;
    await this.send(this.deadLetter, JSON.stringify(outcome.event), {
      RequestID: outcome.requestId,
      ErrorCode: outcome.answer?.statusCode ?? 429,
      ErrorMessage: typeof message === 'string' && message ? message.slice(0, 1024) : outcome.condition,
    });
  }

  private async send(destination: Destination, body: string, attributes?: Record<string, string | number>): Promise<void> {
    try {
      await destination.send(body, attributes);
    } catch (error) {
      const failed = { destinationArn: destination.arn, body, error: error as Error };
      this.failedDeliveries.push(failed);
      const name = destination === this.deadLetter ? 'DeadLetterErrors' : 'DestinationDeliveryFailures';
      this.deps.account.metrics.record(functionMetric(name, this.fn.functionArn), 1);
      this.emit('destinationFailed', failed);
    }
  }
}
