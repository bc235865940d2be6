import { randomUUID } from 'node:crypto';
import { Clock } from '../clock';
import { InvokeResult } from '../functions/lambda-function';
import { backoffMillis } from './backoff';
import { ConsolidateFailures, consolidate } from './consolidation';
import { GivenUp, ResponseContext } from './failure-record';
import { Invocation, invokeFunction } from './invocation';
import { BatchEvent, BisectEvent, MappingCounters } from './mapping-events';
import { MappingSpec } from './mapping-spec';
import { trimExpired } from './record-age';
import { StreamRecord } from './stream-reader';
import { TumblingWindows } from './tumbling-window';

export interface BatchProcessorDeps {
  readonly clock: Clock;
  readonly consolidateFailures: ConsolidateFailures;
  readonly counters: MappingCounters;
  invoke(event: unknown, requestId: string): Promise<InvokeResult>;
  onBatch(event: BatchEvent): void;
  onBisect(event: BisectEvent): void;
  /** Writes a failure record and sends it. */
  publish(givenUp: GivenUp, shardId: string): Promise<void>;
}

type Records = readonly StreamRecord[];

/** The final call of a tumbling window: it has no records. */
const FINAL: Records = [];

/** What becomes of a piece: it is done, it was aborted, or these pieces take its place. */
type PieceEnd = 'done' | 'aborted' | readonly Records[];

/** Brings batches of one shard to an end: every record is processed or given up, in order. */
export class BatchProcessor {
  private readonly windows?: TumblingWindows;

  /** @param mapping its `spec` can change: the settings of retries apply from the next attempt on */
  constructor(
    private readonly mapping: { readonly spec: MappingSpec },
    private readonly shardId: string,
    private readonly deps: BatchProcessorDeps,
  ) {
    const { tumblingWindowSeconds: seconds, eventSourceArn: eventSourceARN } = mapping.spec;
    if (seconds) this.windows = new TumblingWindows((seconds * 1000) / deps.clock.speed, { shardId, eventSourceARN });
  }

  /** @returns false when it was aborted on the way: the batch has to be processed anew then */
  async process(batch: Records, signal: AbortSignal): Promise<boolean> {
    const { windows } = this;
    if (!windows) return this.processBatch(batch, signal);
    for (const part of windows.parts(batch)) {
      if (windows.isOver(part[0]) && !(await this.finishWindow(windows, signal))) return false;
      windows.open(part[0]);
      if (!(await this.processBatch(part, signal))) return false;
      if (windows.isStateTooLarge && !(await this.finishWindow(windows, signal))) return false;
    }
    return true;
  }

  private async finishWindow(windows: TumblingWindows, signal: AbortSignal): Promise<boolean> {
    if (!(await this.processBatch(FINAL, signal))) return false;
    windows.close();
    return true;
  }

  private async processBatch(batch: Records, signal: AbortSignal): Promise<boolean> {
    const { counters, consolidateFailures, publish } = this.deps;
    if (batch !== FINAL) counters.batches++;
    const givenUp: GivenUp[] = [];

    const pieces: Records[] = [batch];
    for (let piece = pieces.shift(); piece; piece = pieces.shift()) {
      const end = await this.processPiece(piece, givenUp, signal);
      if (end === 'aborted') return false;
      if (end !== 'done') pieces.unshift(...end);
      if (signal.aborted && pieces.length) return false;
    }
    // Failure records leave when the whole batch is at its end, however early their pieces failed.
    for (const merged of consolidate(givenUp, batch, consolidateFailures)) {
      counters.recordsGivenUp += merged.records.length;
      await publish(merged, this.shardId);
    }
    return true;
  }

  private async processPiece(piece: Records, givenUp: GivenUp[], signal: AbortSignal): Promise<PieceEnd> {
    const { clock, counters } = this.deps;
    // All calls of a piece have one request id, and the failure record names it.
    const requestId = randomUUID();
    let records = piece;
    let attempts = 0;
    let throttles = 0;
    let called = false;

    while (!signal.aborted) {
      const { expired, rest } = trimExpired(records, this.mapping.spec.maximumRecordAgeSeconds, clock);
      if (expired.length) {
        givenUp.push({
          requestId, condition: 'RecordAgeExceeded', records: expired, approximateInvokeCount: Math.max(1, attempts), window: this.windows?.fields(false),
        });
      }
      records = rest;
      if (!records.length && piece !== FINAL) return 'done';

      const window = this.windows?.fields(piece === FINAL);
      const lastArrival = records.at(-1)?.arrivedAt;
      const iteratorAgeMillis = lastArrival === undefined ? undefined : Math.max(0, clock.age(lastArrival));
      const { reportBatchItemFailures } = this.mapping.spec;
      const invocation = await invokeFunction(records, async (event) => this.invoke(event, requestId, piece), reportBatchItemFailures, window);
      this.report(records, attempts + 1, invocation, iteratorAgeMillis);
      if (invocation.kind === 'throttled') {
        // Uses no retry: only the record age ends it.
        await clock.sleep(backoffMillis(++throttles), signal);
        continue;
      }
      throttles = 0;
      if (invocation.kind !== 'oversized') {
        counters.invocations++;
        if (called) counters.retries++;
        called = true;
      }

      if (invocation.kind === 'ok') {
        counters.recordsProcessed += records.length;
        return 'done';
      }
      if (invocation.kind === 'partial' && invocation.failedFrom > 0) {
        counters.recordsProcessed += invocation.failedFrom;
        // Progress: the rest begins with all of its retries, at once.
        return [records.slice(invocation.failedFrom)];
      }
      const { maximumRetryAttempts, bisectBatchOnFunctionError } = this.mapping.spec;
      // A partial response without progress is split as an error is.
      if (invocation.kind !== 'oversized' && bisectBatchOnFunctionError && records.length > 1) return this.bisect(records);
      attempts++;
      if (maximumRetryAttempts !== -1 && attempts > maximumRetryAttempts) {
        const responseContext: ResponseContext | undefined = invocation.kind === 'oversized' ? undefined : invocation.responseContext;
        givenUp.push({ requestId, condition: 'RetryAttemptsExhausted', records, approximateInvokeCount: attempts, responseContext, window });
        return 'done';
      }
      await clock.sleep(backoffMillis(attempts), signal);
    }
    return 'aborted';
  }

  private async invoke(event: unknown, requestId: string, piece: Records): Promise<InvokeResult> {
    const answer = await this.deps.invoke(event, requestId);
    // With the final call the state ends, whatever is answered.
    return piece === FINAL ? answer : this.windows?.take(answer) ?? answer;
  }

  /** Of an odd number, the smaller half comes first. */
  private bisect(records: Records): [Records, Records] {
    const middle = Math.floor(records.length / 2);
    this.deps.counters.splits++;
    this.deps.onBisect({ shardId: this.shardId, batchSize: records.length, pieces: [middle, records.length - middle] });
    return [records.slice(0, middle), records.slice(middle)];
  }

  private report(records: Records, attempt: number, invocation: Invocation, iteratorAgeMillis?: number): void {
    const reported = invocation.kind === 'error' && invocation.reported;
    this.deps.onBatch({
      shardId: this.shardId,
      batchSize: records.length,
      startSequenceNumber: records[0]?.sequenceNumber ?? '',
      endSequenceNumber: records.at(-1)?.sequenceNumber ?? '',
      attempt,
      outcome: reported ? 'partial' : invocation.kind,
      iteratorAgeMillis,
    });
  }
}
