import { randomUUID } from 'node:crypto';
import { Clock } from '../clock';
import { InvokeResult } from '../functions/lambda-function';
import { backoffMillis } from './backoff';
import { ConsolidateFailures, consolidate } from './consolidation';
import { GivenUp, ResponseContext } from './failure-record';
import { Invocation, invokeWith } from './invocation';
import { BatchEvent, BisectEvent, MappingCounters } from './mapping-events';
import { MappingSpec } from './mapping-spec';
import { trimExpired } from './record-age';
import { StreamRecord } from './stream-port';

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

/** What becomes of a piece: it is done, it was aborted, or these pieces take its place. */
type PieceEnd = 'done' | 'aborted' | readonly Records[];

/** Brings batches of one shard to an end: every record is processed or given up, in order. */
export class BatchProcessor {
  constructor(
    private readonly spec: MappingSpec,
    private readonly shardId: string,
    private readonly deps: BatchProcessorDeps,
  ) {}

  /** @returns false when it was aborted on the way: the batch has to be processed anew then */
  async process(batch: Records, signal: AbortSignal): Promise<boolean> {
    const { counters, consolidateFailures, publish } = this.deps;
    counters.batches++;
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
    const { clock, counters, invoke } = this.deps;
    const { maximumRetryAttempts, maximumRecordAgeSeconds, bisectBatchOnFunctionError, reportBatchItemFailures } = this.spec;
    // All calls of a piece have one request id, and the failure record names it.
    const requestId = randomUUID();
    let records = piece;
    let attempts = 0;
    let throttles = 0;
    let called = false;

    while (!signal.aborted) {
      const { expired, rest } = trimExpired(records, maximumRecordAgeSeconds, clock);
      if (expired.length) {
        givenUp.push({ requestId, condition: 'RecordAgeExceeded', records: expired, approximateInvokeCount: Math.max(1, attempts) });
      }
      records = rest;
      if (!records.length) return 'done';

      const invocation = await invokeWith(records, async (event) => invoke(event, requestId), reportBatchItemFailures);
      this.report(records, attempts + 1, invocation);
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
      // A partial response without progress is split as an error is.
      if (invocation.kind !== 'oversized' && bisectBatchOnFunctionError && records.length > 1) return this.bisect(records);
      attempts++;
      if (maximumRetryAttempts !== -1 && attempts > maximumRetryAttempts) {
        const responseContext: ResponseContext | undefined = invocation.kind === 'oversized' ? undefined : invocation.responseContext;
        givenUp.push({ requestId, condition: 'RetryAttemptsExhausted', records, approximateInvokeCount: attempts, responseContext });
        return 'done';
      }
      await clock.sleep(backoffMillis(attempts), signal);
    }
    return 'aborted';
  }

  /** Of an odd number, the smaller half comes first. */
  private bisect(records: Records): [Records, Records] {
    const middle = Math.floor(records.length / 2);
    this.deps.counters.splits++;
    this.deps.onBisect({ shardId: this.shardId, batchSize: records.length, pieces: [middle, records.length - middle] });
    return [records.slice(0, middle), records.slice(middle)];
  }

  private report(records: Records, attempt: number, invocation: Invocation): void {
    const reported = invocation.kind === 'error' && invocation.reported;
    this.deps.onBatch({
      shardId: this.shardId,
      batchSize: records.length,
      startSequenceNumber: records[0].sequenceNumber,
      endSequenceNumber: records[records.length - 1].sequenceNumber,
      attempt,
      outcome: reported ? 'partial' : invocation.kind,
    });
  }
}
