import { createHash } from 'node:crypto';
import type { KinesisStreamRecord } from 'aws-lambda';
import { ROLE_ARN } from '../sample-dead-letters';

export const TARGETS = ['processor', 'stream'] as const;
export type TargetKind = (typeof TARGETS)[number];

/** Counts of expected, repeated, missing and unexpected deliveries. */
export interface DeliveryCounts {
  /** Events or records that arrived once, unchanged. */
  readonly once: number;
  readonly again: number;
  readonly missing: number;
  /** Events or records that are in no dead letter, or that changed. */
  readonly unexpected: number;
  /** Dead letters that were deleted before all of their records had arrived. */
  readonly deletedTooEarly: number;
}

const IDENTITY = `"invokeIdentityArn":"${ROLE_ARN}",`;

interface Part {
  readonly deadLetter: number;
  arrivals: number;
}

/** Compares what arrives at the processor or in the stream with what the dead letters hold, byte for byte. */
export class DeliveryTracker {
  private readonly parts = new Map<string, Part>();
  private readonly pending: number[] = [];
  private strange = 0;
  private deletedTooEarly = 0;

  /** Adds a dead letter. Dead letters are numbered in the order of these calls. */
  expect(target: TargetKind, functionArn: string, payload: { readonly Records: readonly KinesisStreamRecord[] }): void {
    const keys = target === 'processor'
      ? [invocation(functionArn, JSON.stringify(payload))]
      : payload.Records.map(({ kinesis }) => streamRecord(kinesis.partitionKey, kinesis.data));
    const deadLetter = this.pending.push(keys.length) - 1;
    for (const key of keys) this.parts.set(key, { deadLetter, arrivals: 0 });
  }

  /** A redrive adds the role of the function to each record, which a dead letter does not have. */
  invoked(functionArn: string, event: Buffer): void {
    this.arrived(invocation(functionArn, event.toString().replaceAll(IDENTITY, '')));
  }

  /** @param data base64 */
  put(partitionKey: string, data: string): void {
    this.arrived(streamRecord(partitionKey, data));
  }

  deleted(deadLetter: number): void {
    if (this.pending[deadLetter] !== 0) this.deletedTooEarly++;
  }

  get counts(): DeliveryCounts {
    const parts = [...this.parts.values()];
    return {
      once: parts.filter(({ arrivals }) => arrivals === 1).length,
      again: parts.filter(({ arrivals }) => arrivals > 1).length,
      missing: parts.filter(({ arrivals }) => arrivals === 0).length,
      unexpected: this.strange,
      deletedTooEarly: this.deletedTooEarly,
    };
  }

  private arrived(key: string): void {
    const part = this.parts.get(key);
    if (!part) {
      this.strange++;
      return;
    }
    if (part.arrivals++ === 0) this.pending[part.deadLetter]--;
  }
}

function invocation(functionArn: string, event: string | Buffer): string {
  return `${functionArn} ${digest(event)}`;
}

function streamRecord(partitionKey: string, data: string): string {
  return `${partitionKey} ${digest(data)}`;
}

function digest(bytes: string | Buffer): string {
  return createHash('sha1').update(bytes).digest('base64');
}
